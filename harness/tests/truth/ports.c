/* SPDX-License-Identifier: MIT */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "netlink.h"

int ports_open(struct ports *ports)
{
	return netlink_open(&ports->netlink);
}

void ports_close(struct ports *ports)
{
	if (ports->netlink)
		netlink_close(ports->netlink);
}

static union address address_of(const struct ports *ports, uint16_t port)
{
	union address address = {.any.sa_family = ports->family};

	if (ports->family == AF_INET6) {
		address.in6.sin6_port = htons(port);
		address.in6.sin6_addr = in6addr_loopback;
	} else {
		address.in.sin_port = htons(port);
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	return address;
}

static socklen_t length_of(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

static int tcp_socket(const struct ports *ports)
{
	int fd = socket(ports->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

int ports_listen(struct ports *ports, uint16_t port, int backlog)
{
	union address address = address_of(ports, port);
	int fd = tcp_socket(ports);

	if (fd < 0 || bind(fd, &address.any, length_of(&address)) || listen(fd, backlog))
		return stage_fail(ports->error, "cannot listen");
	return fd;
}

int ports_accept(struct ports *ports, int listener)
{
	int64_t deadline = stage_deadline();
	int fd;

	do {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			stage_pump(ports->stage);
	} while (fd < 0 && !stage_is_over(deadline));
	return fd < 0 ? stage_fail(ports->error, "an accepted connection was wanted") : fd;
}

int ports_server_state(struct ports *ports, uint16_t client, uint16_t server)
{
	union address local = address_of(ports, server), peer = address_of(ports, client);
	int state = 0;

	return netlink_state(ports->netlink, &local, &peer, &state) ? 0 : state;
}

/* Whether a SYN was sent. The answer to it is there already, if there is one. */
static bool has_begun(int fd, const union address *to, int *ret_error)
{
	socklen_t length = sizeof(*ret_error);

	if (connect(fd, &to->any, length_of(to))) {
		if (errno != EINPROGRESS)
			return false;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, ret_error, &length);
	}
	return true;
}

/* The descriptor; 0 if the port is still used, or in TIME-WAIT for less than tcp_tw_reuse_delay. */
static int try_port(struct ports *ports, uint16_t server, uint16_t client, int *ret_error)
{
	union address from = address_of(ports, client), to = address_of(ports, server);
	struct deeds *before = truths_latest(ports->truths, client, server);
	int fd;

	if (before)
		before->is_in_time_wait =
			ports_server_state(ports, client, server) == TCP_TIME_WAIT;
	fd = tcp_socket(ports);
	if (fd < 0)
		return stage_fail(ports->error, "cannot make a socket");
	if (!bind(fd, &from.any, length_of(&from)) && has_begun(fd, &to, ret_error))
		return fd;
	close(fd);
	return 0;
}

static bool is_taken(const struct ports *ports, uint16_t client, uint16_t server)
{
	const struct deeds *latest = truths_latest(ports->truths, client, server);

	return latest && latest->is_alive;
}

int ports_connect(
	struct ports *ports, uint16_t server, uint16_t wanted, uint16_t *ret_client, int *ret_error)
{
	int64_t deadline = stage_deadline();

	*ret_error = 0;
	do {
		for (unsigned i = 0; i < (wanted ? 1 : CLIENT_COUNT); i++) {
			unsigned next = wanted ? 0 : ports->next_client++ % CLIENT_COUNT;
			uint16_t port = wanted ? wanted : (uint16_t)(CLIENT_FIRST + next);
			int fd = wanted || !is_taken(ports, port, server)
				? try_port(ports, server, port, ret_error)
				: 0;

			*ret_client = port;
			if (fd)
				return fd;
		}
		stage_pump(ports->stage);
	} while (!stage_is_over(deadline));
	errno = ETIMEDOUT;
	return stage_fail(ports->error, "no client port is free");
}

/* A row of /proc/net/tcp (proc(5)). */
static bool is_quiet(const char *row)
{
	unsigned state, unacknowledged;

	if (sscanf(row, " %*u: %*s %*s %x %x", &state, &unacknowledged) != 2)
		return true; /* the line of names */
	return state == TCP_LISTEN ||
		(!unacknowledged && state != TCP_FIN_WAIT1 && state != TCP_CLOSING &&
			state != TCP_LAST_ACK);
}

bool ports_are_quiet(const struct ports *ports)
{
	FILE *stream = fopen(ports->family == AF_INET6 ? "/proc/thread-self/net/tcp6"
						       : "/proc/thread-self/net/tcp",
		"re");
	char row[512];
	bool are_quiet = stream;

	while (stream && are_quiet && fgets(row, sizeof(row), stream))
		are_quiet = is_quiet(row);
	if (stream)
		fclose(stream);
	return are_quiet;
}
