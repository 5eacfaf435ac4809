/* SPDX-License-Identifier: MIT */
#include "touch.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void touch_send(int fd, unsigned bytes)
{
	static const char zeros[65536];

	while (bytes) {
		size_t part = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
		ssize_t n = send(fd, zeros, part, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes -= (unsigned)n;
	}
}

void touch_read(int fd, unsigned most)
{
	char buffer[65536];
	unsigned got = 0;

	while (!most || got < most) {
		size_t part = most && most - got < sizeof(buffer) ? most - got : sizeof(buffer);
		ssize_t n = recv(fd, buffer, part, 0);

		if (n <= 0)
			return;
		got += (unsigned)n;
	}
}

void touch_zero_linger(int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void touch_dissolve(int fd)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	connect(fd, &nowhere, sizeof(nowhere));
}

void touch_vanish(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
}

void touch_deafen(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &none};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void touch_hear(int fd)
{
	int ignored = 0;

	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored));
}

void touch_ttl(int fd, int ttl)
{
	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(
		fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)); /* one of the two fits */
}

void touch_kill_holder(int fd)
{
	int ready[2], status;
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC))
		return;
	pid = fork();
	if (!pid) {
		dup2(fd, 3);
		dup2(ready[1], 4);
		close_range(5, ~0U, 0);
		if (write(4, "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1) {
		close(fd);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	close(ready[0]);
}

bool touch_is_acknowledged(int fd)
{
	int left = 1;

	return !touch_is_ended(fd) && !ioctl(fd, SIOCOUTQ, &left) && !left; /* tcp(7) */
}

bool touch_is_ended(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) &&
		info.tcpi_state == TCP_CLOSE;
}
