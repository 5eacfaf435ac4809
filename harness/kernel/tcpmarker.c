/* SPDX-License-Identifier: MIT */
/* A socket that is connected to its own port (a simultaneous open with itself). */
#include "tcpmarker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int tcp_marker_open(struct tcp_marker *ret)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, r;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, length) ||
		getsockname(fd, (struct sockaddr *)&address, &length) ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
		connect(fd, (struct sockaddr *)&address, length)) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret = (struct tcp_marker){fd, ntohs(address.sin_port)};
	return 0;
}

void tcp_marker_close(struct tcp_marker *marker)
{
	if (marker->fd)
		close(marker->fd);
	marker->fd = 0;
}

int tcp_marker_pass(struct tcp_marker *marker, int deadline_ms)
{
	struct pollfd arrived = {.fd = marker->fd, .events = POLLIN};
	char byte = 0;
	int r;

	if (send(marker->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		r = poll(&arrived, 1, deadline_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r ? -errno : -ETIMEDOUT;
	return recv(marker->fd, &byte, 1, 0) == 1 ? 0 : -errno;
}
