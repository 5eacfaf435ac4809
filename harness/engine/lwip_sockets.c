/* SPDX-License-Identifier: MIT */
/* Descriptors that stand for sockets of lwIP. Its numbers begin at 1 and mean nothing to the
 * kernel: each gets a descriptor of its own, an eventfd(2) that nobody uses, so that no number ever
 * means two things and what a descriptor is to the kernel (FD_CLOEXEC, EBADF once it is closed)
 * stays the kernel's. Constants need no translation: Debian builds lwIP with the system's headers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "delivered.h"
#include "lwip.h"

#define DESCRIPTORS 1024
#define FILTERS 8
#define STATE_TIME_WAIT 6 /* as Linux numbers it */

static const struct lwip_adapter *adapter;
static struct lwip_host meant_hosts[2]; /* this one, the other */

static struct {
	int number; /* of lwIP; -1: none */
	int family;
} rows[DESCRIPTORS];

/* Of the connection that the socket has; peer 0: it has none yet, or is a listener. */
static struct filter {
	int fd;
	uint16_t local, peer;
} filters[FILTERS];
static unsigned n_filters;
static pthread_mutex_t filters_lock = PTHREAD_MUTEX_INITIALIZER;

static int number_of(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? rows[fd].number : -1;
}

/* The call by lwIP if the descriptor is of one of its sockets, else by the kernel. */
#define CALL(name, fd, ...)                                                   \
	(number_of(fd) >= 0 ? adapter->calls.name(number_of(fd), __VA_ARGS__) \
			    : kernel_sockets.name(fd, __VA_ARGS__))

static int enter(int number, int family)
{
	int fd = number < 0 ? -1 : eventfd(0, EFD_CLOEXEC);

	if (fd >= DESCRIPTORS) {
		close(fd);
		errno = EMFILE;
		fd = -1;
	}
	if (fd >= 0) {
		rows[fd].number = number;
		rows[fd].family = family;
	} else if (number >= 0) {
		adapter->calls.close(number);
	}
	return fd;
}

static int lwip_call_socket(int domain, int type, int protocol)
{
	return enter(adapter->calls.socket(domain, type & ~SOCK_CLOEXEC, protocol), domain);
}

static bool is_loopback6(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address);
}

static bool is_mapped_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr32[3] == htonl(INADDR_LOOPBACK);
}

/* lwIP has no loopback interface here: the loopback address stands for the host that is meant. */
static socklen_t meant(const struct lwip_host *host, const struct sockaddr *address,
	socklen_t length, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, address, length < sizeof(*ret) ? length : sizeof(*ret));
	if (ret->any.sa_family == AF_INET && ret->in.sin_addr.s_addr == htonl(INADDR_LOOPBACK))
		memcpy(&ret->in.sin_addr, host->ip4, sizeof(host->ip4));
	else if (ret->any.sa_family == AF_INET6 && is_loopback6(&ret->in6.sin6_addr))
		memcpy(&ret->in6.sin6_addr, host->ip6, sizeof(host->ip6));
	else if (ret->any.sa_family == AF_INET6 && is_mapped_loopback(&ret->in6.sin6_addr))
		memcpy(&ret->in6.sin6_addr.s6_addr[12], host->ip4, sizeof(host->ip4));
	return length;
}

static int lwip_call_bind(int fd, const struct sockaddr *address, socklen_t length)
{
	union address own;

	length = meant(&meant_hosts[0], address, length, &own);
	return CALL(bind, fd, &own.any, length);
}

static int lwip_call_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	union address other;

	length = meant(&meant_hosts[1], address, length, &other);
	return CALL(connect, fd, &other.any, length);
}

static int lwip_call_listen(int fd, int backlog)
{
	return CALL(listen, fd, backlog);
}

static int lwip_call_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	if (number_of(fd) < 0)
		return kernel_sockets.accept4(fd, address, length, flags);
	return enter(
		adapter->calls.accept4(number_of(fd), address, length, flags), rows[fd].family);
}

static int lwip_call_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	return CALL(getsockname, fd, address, length);
}

static int lwip_call_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return CALL(getpeername, fd, address, length);
}

static struct filter connection_of(int fd)
{
	union address local = {0}, peer = {0};
	socklen_t length = sizeof(local), peer_length = sizeof(peer);

	adapter->calls.getsockname(number_of(fd), &local.any, &length);
	adapter->calls.getpeername(number_of(fd), &peer.any, &peer_length);
	return (struct filter){fd, address_port(&local), address_port(&peer)};
}

static int attach_filter(int fd)
{
	struct filter filter = connection_of(fd);

	pthread_mutex_lock(&filters_lock);
	filters[n_filters++ % FILTERS] = filter;
	pthread_mutex_unlock(&filters_lock);
	return 0;
}

static int detach_filter(int fd)
{
	pthread_mutex_lock(&filters_lock);
	for (unsigned i = 0; i < FILTERS; i++)
		if (filters[i].fd == fd)
			filters[i] = (struct filter){0};
	pthread_mutex_unlock(&filters_lock);
	return 0;
}

/* A filter may be there before the connection is. */
static void keep_up(struct filter *filter)
{
	if (!filter->peer && number_of(filter->fd) >= 0)
		*filter = connection_of(filter->fd);
}

/* Ends what was attached to a socket without a connection: that ends with its descriptor. */
static void end_filters(int fd)
{
	pthread_mutex_lock(&filters_lock);
	for (unsigned i = 0; i < FILTERS; i++)
		if (filters[i].fd == fd) {
			keep_up(&filters[i]);
			if (!filters[i].peer)
				filters[i] = (struct filter){0};
		}
	pthread_mutex_unlock(&filters_lock);
}

/* As the kernel has it: a filter is a socket's, outlives its descriptor, and ends with it; a
 * TIME-WAIT has none. What comes to a listener is what no connection is there for. */
static bool matches(const struct filter *filter, uint16_t local, uint16_t peer)
{
	int state = adapter->state(local, peer);

	if (!filter->local || filter->local != local)
		return false;
	return filter->peer ? filter->peer == peer && state && state != STATE_TIME_WAIT : !state;
}

bool lwip_is_filtered(const uint8_t *frame, size_t length)
{
	const uint8_t delivered[] = {DELIVERED_SOURCE >> 24, DELIVERED_SOURCE >> 16 & 0xff,
		DELIVERED_SOURCE >> 8 & 0xff, DELIVERED_SOURCE & 0xff};
	size_t at = 14;
	bool is_filtered = false;

	if (!n_filters || length < at + 24 || !memcmp(frame + DELIVERED_SOURCE_AT, delivered, 4))
		return false;
	at += frame[at] >> 4 == 4 ? (frame[at] & 15) * 4u : 40;
	if (length < at + 4)
		return false;
	pthread_mutex_lock(&filters_lock);
	for (unsigned i = 0; i < FILTERS; i++) {
		keep_up(&filters[i]);
		is_filtered |= matches(&filters[i], (uint16_t)(frame[at + 2] << 8 | frame[at + 3]),
			(uint16_t)(frame[at] << 8 | frame[at + 1]));
	}
	pthread_mutex_unlock(&filters_lock);
	return is_filtered;
}

/* What `vanish` asks for before its close(): that this be without a segment. */
static int forget(int fd)
{
	struct filter connection = connection_of(fd);

	adapter->forget(connection.local, connection.peer);
	return 0;
}

static int lwip_call_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	if (number_of(fd) >= 0 && level == SOL_SOCKET && option == SO_ATTACH_FILTER)
		return attach_filter(fd);
	if (number_of(fd) >= 0 && level == SOL_SOCKET && option == SO_DETACH_FILTER)
		return detach_filter(fd);
	if (number_of(fd) >= 0 && level == IPPROTO_TCP && option == TCP_REPAIR)
		return forget(fd);
	return CALL(setsockopt, fd, level, option, value, length);
}

static int lwip_call_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	if (number_of(fd) >= 0 && level == SOL_SOCKET && option == SO_DOMAIN) {
		*(int *)value = rows[fd].family; /* which the harness asks, not the case */
		return 0;
	}
	return CALL(getsockopt, fd, level, option, value, length);
}

static int lwip_call_fcntl(int fd, int command, int argument)
{
	if (command == F_GETFL || command == F_SETFL)
		return CALL(fcntl, fd, command, argument);
	return kernel_sockets.fcntl(fd, command, argument);
}

static int lwip_call_ioctl(int fd, unsigned long request, void *argument)
{
	return CALL(ioctl, fd, request, argument);
}

static ssize_t lwip_call_send(int fd, const void *bytes, size_t length, int flags)
{
	return CALL(send, fd, bytes, length, flags);
}

static ssize_t lwip_call_sendto(int fd, const void *bytes, size_t length, int flags,
	const struct sockaddr *address, socklen_t address_length)
{
	return CALL(sendto, fd, bytes, length, flags, address, address_length);
}

static ssize_t lwip_call_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return CALL(sendmsg, fd, message, flags);
}

static ssize_t lwip_call_write(int fd, const void *bytes, size_t length)
{
	return CALL(write, fd, bytes, length);
}

static ssize_t lwip_call_writev(int fd, const struct iovec *parts, int count)
{
	return CALL(writev, fd, parts, count);
}

static ssize_t lwip_call_recv(int fd, void *bytes, size_t length, int flags)
{
	return CALL(recv, fd, bytes, length, flags);
}

static ssize_t lwip_call_recvmsg(int fd, struct msghdr *message, int flags)
{
	return CALL(recvmsg, fd, message, flags);
}

static ssize_t lwip_call_read(int fd, void *bytes, size_t length)
{
	return CALL(read, fd, bytes, length);
}

/* Of one descriptor, as all that ask ask for one. */
static int lwip_call_poll(struct pollfd *asked, nfds_t count, int timeout_ms)
{
	struct pollfd own = {.fd = number_of(asked->fd), .events = asked->events};
	int r;

	if (own.fd < 0)
		return kernel_sockets.poll(asked, count, timeout_ms);
	r = adapter->calls.poll(&own, 1, timeout_ms);
	asked->revents = own.revents;
	return r;
}

static void move_bit(fd_set *set, int from, int to)
{
	bool is_set = set && FD_ISSET(from, set);

	if (is_set) {
		FD_CLR(from, set);
		FD_SET(to, set);
	}
}

static int lwip_call_select(
	int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
	int fd = count - 1, own = number_of(fd), r;

	if (own < 0)
		return kernel_sockets.select(count, in, out, except, timeout);
	move_bit(in, fd, own);
	move_bit(out, fd, own);
	move_bit(except, fd, own);
	r = adapter->calls.select(own + 1, in, out, except, timeout);
	move_bit(in, own, fd);
	move_bit(out, own, fd);
	move_bit(except, own, fd);
	return r;
}

static int lwip_call_shutdown(int fd, int how)
{
	return CALL(shutdown, fd, how);
}

/* A close() that fails leaves lwIP's socket as it was. */
static int lwip_call_close(int fd)
{
	int number = number_of(fd);

	if (number >= 0)
		end_filters(fd);
	if (number >= 0 && adapter->calls.close(number))
		return -1;
	if (number >= 0)
		rows[fd].number = -1;
	return close(fd);
}

static const struct socket_calls calls = {
	.socket = lwip_call_socket,
	.bind = lwip_call_bind,
	.listen = lwip_call_listen,
	.connect = lwip_call_connect,
	.accept4 = lwip_call_accept4,
	.getsockname = lwip_call_getsockname,
	.getpeername = lwip_call_getpeername,
	.setsockopt = lwip_call_setsockopt,
	.getsockopt = lwip_call_getsockopt,
	.fcntl = lwip_call_fcntl,
	.ioctl = lwip_call_ioctl,
	.send = lwip_call_send,
	.sendto = lwip_call_sendto,
	.sendmsg = lwip_call_sendmsg,
	.write = lwip_call_write,
	.writev = lwip_call_writev,
	.recv = lwip_call_recv,
	.recvmsg = lwip_call_recvmsg,
	.read = lwip_call_read,
	.poll = lwip_call_poll,
	.select = lwip_call_select,
	.shutdown = lwip_call_shutdown,
	.close = lwip_call_close,
};

const struct socket_calls *lwip_sockets(const struct lwip_adapter *of)
{
	adapter = of;
	for (unsigned fd = 0; fd < DESCRIPTORS; fd++)
		rows[fd].number = -1;
	return &calls;
}

void lwip_set_hosts(const struct lwip_host *own, const struct lwip_host *other)
{
	meant_hosts[0] = *own;
	meant_hosts[1] = *other;
}
