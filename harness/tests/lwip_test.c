/* SPDX-License-Identifier: MIT */
/* lwIP without lwIP: what is said to be lacking, by cases that ask for it; and the descriptors that
 * stand for its sockets, with calls that only take notes. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delivered.h"
#include "lwip.h"
#include "run.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

/* What the library has. */

static int theirs_select(int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *time)
{
	return 0;
}

static int theirs_poll(struct pollfd *asked, nfds_t count, int timeout_ms)
{
	ck_assert_uint_eq(count, 1);
	asked->revents = (short)(asked->fd == 7 ? POLLIN : POLLNVAL);
	return 1;
}

static const struct socket_calls whole = {.select = theirs_select, .poll = theirs_poll}, bare;

static const struct lack {
	const char *lines;
	enum variant variant;
	const char *reason; /* NULL: it lacks nothing */
} lacks[] = {
	{"client close = 0", VARIANT_IPV4, NULL},
	{"client close = 0", VARIANT_IPV6, NULL},
	{"client close = 0", VARIANT_MAPPED, NULL},
	{"client send 7 MORE|NOSIGNAL = 7", VARIANT_IPV4, NULL},
	{"client recv 7 PEEK|DONTWAIT = 7", VARIANT_IPV4, NULL},
	{"client setsockopt SO_LINGER 1 0 = 0", VARIANT_IPV4, NULL},
	{"client select IN now = IN", VARIANT_IPV4, NULL},
	{"client ioctl SIOCINQ = 0", VARIANT_IPV4, NULL},
	{"peer > FIN,ACK = sent", VARIANT_IPV4, NULL},
	{"client dup as b = fd", VARIANT_IPV4, "lwip has no dup"},
	{"client fork 2 = pid", VARIANT_IPV4, "lwip has no fork: a stack lives in one process"},
	{"client:2 close = 0", VARIANT_IPV4,
		"lwip has no threads: one thread uses a socket (LWIP_NETCONN_FULLDUPLEX is 0)"},
	{"client send 7 OOB = 7", VARIANT_IPV4, "lwip has no flag OOB"},
	{"client recv 7 PEEK|WAITALL = 7", VARIANT_IPV4, "lwip has no flag WAITALL"},
	{"client setsockopt TCP_LINGER2 5 = 0", VARIANT_IPV4, "lwip has no TCP_LINGER2"},
	{"client getsockopt TCP_INFO = ESTABLISHED", VARIANT_IPV4, "lwip has no TCP_INFO"},
	{"client ioctl SIOCOUTQ = 0", VARIANT_IPV4, "lwip has no SIOCOUTQ"},
	{"client kill STOP = stopped", VARIANT_IPV4,
		"lwip has no kill STOP: a stack stops with its process"},
	{"client kill KILL = killed SIGKILL", VARIANT_IPV4,
		"lwip has no kill KILL: a stack ends with its process"},
	{"client signal USR1 catch = 0\nclient kill USR1 = caught", VARIANT_IPV4, NULL},
	{"client signal USR1 catch = 0\nserver kill USR1 = killed SIGUSR1", VARIANT_IPV4,
		"lwip has no kill USR1: a stack ends with its process"},
	{"server exit 0 = exited 0", VARIANT_IPV4,
		"lwip has no exit: a stack ends with its process"},
	{"client bind 1 other = 0", VARIANT_IPV4, "lwip has no second address"},
	{"client socket as b = fd\nclient bind 1 on b = 0\nclient connect 1 on b = 0", VARIANT_IPV4,
		"lwip has no loopback interface (LWIP_HAVE_LOOPIF is 0)"},
	{"sysctl   net.ipv4.tcp_timestamps 0\n\nclient close = 0", VARIANT_IPV4, NULL},
	{"sysctl   net.ipv4.tcp_timestamps 1\n\nclient close = 0", VARIANT_IPV4,
		"lwip has no sysctl net.ipv4.tcp_timestamps"},
	{"sysctl   net.ipv4.tcp_rto_min_us 5000000\n\nclient close = 0", VARIANT_IPV4, NULL},
	{"sysctl   net.ipv4.tcp_fin_timeout 1\n\nclient close = 0", VARIANT_IPV4,
		"lwip has no sysctl net.ipv4.tcp_fin_timeout"},
	{"server close = 0", VARIANT_UNIX, "lwip has no Unix sockets"},
	{"server close = 0", VARIANT_MPTCP, "lwip has no MPTCP"},
};

static void read_case(const char *lines, struct test_case *ret)
{
	struct complaint complaint;
	char text[512];
	int length = snprintf(text, sizeof(text),
		"# The connection ends as it should.\ncite     RFC 9293\nrun      ipv4\n\n%s\n",
		lines);

	if (case_parse("lacks.case", text, (size_t)length, ret, &complaint))
		ck_abort_msg("%s: %s", lines, complaint.text);
}

START_TEST(lacking_is_named)
{
	const struct lack *row = &lacks[_i];
	char reason[RECORD_TEXT_SIZE] = "";
	struct test_case test_case;
	bool lacking;

	read_case(row->lines, &test_case);
	lacking = lwip_lacks(&whole, &test_case.script, row->variant, reason);
	ck_assert_msg(lacking == !!row->reason, "%s: %s", row->lines, reason);
	ck_assert_str_eq(reason, row->reason ? row->reason : "");
	case_free(&test_case);
}
END_TEST

START_TEST(what_was_left_out_is_named)
{
	char reason[RECORD_TEXT_SIZE] = "";
	struct test_case test_case;

	read_case("client select IN now = IN", &test_case);
	ck_assert(lwip_lacks(&bare, &test_case.script, VARIANT_IPV4, reason));
	ck_assert_str_eq(reason, "lwip has no select (LWIP_SOCKET_SELECT is 0)");
	case_free(&test_case);
}
END_TEST

/* A library of one socket, number 7. */

static struct {
	union address bound, connected;
	int closed, flags, close_result;
	uint16_t state_of[2];
	int state;
	bool is_unconnected;
} noted;

static int theirs_socket(int domain, int type, int protocol)
{
	ck_assert_int_eq(type, SOCK_STREAM);
	return 7;
}

static int theirs_bind(int s, const struct sockaddr *address, socklen_t length)
{
	ck_assert_int_eq(s, 7);
	memcpy(&noted.bound, address, length);
	return 0;
}

static int theirs_connect(int s, const struct sockaddr *address, socklen_t length)
{
	ck_assert_int_eq(s, 7);
	memcpy(&noted.connected, address, length);
	return 0;
}

static ssize_t theirs_send(int s, const void *bytes, size_t length, int flags)
{
	ck_assert_int_eq(s, 7);
	noted.flags = flags;
	return (ssize_t)length;
}

static int theirs_getsockname(int s, struct sockaddr *address, socklen_t *length)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(0x1234)};

	memcpy(address, &local, sizeof(local));
	return 0;
}

static int theirs_getpeername(int s, struct sockaddr *address, socklen_t *length)
{
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(0x5678)};

	if (noted.is_unconnected) {
		errno = ENOTCONN;
		return -1;
	}
	memcpy(address, &peer, sizeof(peer));
	return 0;
}

static int theirs_close(int s)
{
	noted.closed = s;
	errno = EBADF;
	return noted.close_result;
}

static int theirs_state(uint16_t local, uint16_t peer)
{
	noted.state_of[0] = local;
	noted.state_of[1] = peer;
	return noted.state;
}

static void theirs_forget(uint16_t local, uint16_t peer)
{
	noted.state_of[0] = local;
	noted.state_of[1] = peer;
}

static const struct lwip_adapter adapter = {
	.forget = theirs_forget,
	.state = theirs_state,
	.calls =
		{
			.socket = theirs_socket,
			.bind = theirs_bind,
			.connect = theirs_connect,
			.send = theirs_send,
			.getsockname = theirs_getsockname,
			.getpeername = theirs_getpeername,
			.close = theirs_close,
			.poll = theirs_poll,
		},
};

static const struct lwip_host own = {.ip4 = {10, 0, 0, 1}, .ip6 = {0xfd, [15] = 1}},
			      other = {.ip4 = {10, 0, 0, 2}, .ip6 = {0xfd, [15] = 2}};

static const struct socket_calls *begin(void)
{
	const struct socket_calls *calls = lwip_sockets(&adapter);

	memset(&noted, 0, sizeof(noted));
	lwip_set_hosts(&own, &other);
	return calls;
}

START_TEST(descriptor_stands_for_a_socket)
{
	const struct socket_calls *calls = begin();
	int fd = calls->socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), domain = 0;
	socklen_t length = sizeof(domain);
	struct pollfd asked = {.fd = fd, .events = POLLIN};

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(calls->send(fd, "x", 1, MSG_DONTWAIT), 1);
	ck_assert_int_eq(noted.flags, MSG_DONTWAIT);
	ck_assert_int_eq(calls->poll(&asked, 1, 0), 1);
	ck_assert_int_eq(asked.revents, POLLIN);
	ck_assert_int_eq(asked.fd, fd);
	ck_assert_int_eq(calls->getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length), 0);
	ck_assert_int_eq(domain, AF_INET);
	ck_assert_int_eq(calls->close(fd), 0);
	ck_assert_int_eq(noted.closed, 7);
	ck_assert_int_eq(calls->send(fd, "x", 1, 0), -1);
	ck_assert_int_eq(errno, EBADF); /* the kernel's word */
}
END_TEST

START_TEST(failed_close_keeps_the_socket)
{
	const struct socket_calls *calls = begin();
	int fd = calls->socket(AF_INET, SOCK_STREAM, 0);

	noted.close_result = -1;
	ck_assert_int_eq(calls->close(fd), -1);
	ck_assert_int_eq(calls->send(fd, "x", 1, 0), 1);
	noted.close_result = 0;
	ck_assert_int_eq(calls->close(fd), 0);
}
END_TEST

START_TEST(other_descriptors_are_the_kernels)
{
	const struct socket_calls *calls = begin();
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(calls->write(fd, "x", 1), 1);
	ck_assert_int_eq(calls->send(fd, "x", 1, 0), -1);
	ck_assert_int_eq(errno, ENOTSOCK);
	ck_assert_int_eq(calls->close(fd), 0);
	ck_assert_int_eq(noted.closed, 0);
	ck_assert_int_eq(calls->recv(-1, &fd, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

static const struct meaning {
	const char *said, *bound, *connected;
} meanings[] = {
	{"127.0.0.1", "10.0.0.1", "10.0.0.2"},
	{"0.0.0.0", "0.0.0.0", "0.0.0.0"},
	{"192.0.2.1", "192.0.2.1", "192.0.2.1"},
	{"::1", "fd00::1", "fd00::2"},
	{"::", "::", "::"},
	{"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:10.0.0.2"},
};

static socklen_t put(const char *text, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	ret->in.sin_port = htons(2000);
	if (ret->any.sa_family == AF_INET6)
		inet_pton(AF_INET6, text, &ret->in6.sin6_addr);
	else
		inet_pton(AF_INET, text, &ret->in.sin_addr);
	return ret->any.sa_family == AF_INET6 ? sizeof(ret->in6) : sizeof(ret->in);
}

START_TEST(loopback_means_the_host)
{
	const struct meaning *row = &meanings[_i];
	const struct socket_calls *calls = begin();
	union address said, want;
	socklen_t length = put(row->said, &said);
	int fd = calls->socket(said.any.sa_family, SOCK_STREAM, 0);

	calls->bind(fd, &said.any, length);
	put(row->bound, &want);
	ck_assert_mem_eq(&noted.bound, &want, length);
	calls->connect(fd, &said.any, length);
	put(row->connected, &want);
	ck_assert_mem_eq(&noted.connected, &want, length);
	calls->close(fd);
}
END_TEST

/* From port 0x5678 to port 0x1234, IPv4. */
START_TEST(blackhole_drops_what_comes)
{
	const struct socket_calls *calls = begin();
	uint8_t frame[64] = {[14] = 0x45, [34] = 0x56, 0x78, 0x12, 0x34}, deliver[64];
	int fd = calls->socket(AF_INET, SOCK_STREAM, 0), unused = 0;

	memcpy(deliver, frame, sizeof(frame));
	memcpy(deliver + DELIVERED_SOURCE_AT, (const uint8_t[]){0x02, 0x6c, 0x61, 0x63}, 4);
	noted.state = 1;
	ck_assert(!lwip_is_filtered(frame, sizeof(frame)));
	ck_assert_int_eq(
		calls->setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &unused, sizeof(unused)), 0);
	ck_assert(lwip_is_filtered(frame, sizeof(frame)));
	ck_assert_uint_eq(noted.state_of[0], 0x1234);
	ck_assert_uint_eq(noted.state_of[1], 0x5678);
	ck_assert(!lwip_is_filtered(deliver, sizeof(deliver)));
	ck_assert(!lwip_is_filtered(frame, 20)); /* cut short */
	noted.state = 0; /* the socket has ended */
	ck_assert(!lwip_is_filtered(frame, sizeof(frame)));
	noted.state = 1;
	calls->setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	ck_assert(!lwip_is_filtered(frame, sizeof(frame)));
	calls->close(fd);
}
END_TEST

START_TEST(blackhole_is_there_before_the_connection)
{
	const struct socket_calls *calls = begin();
	uint8_t frame[64] = {[14] = 0x45, [34] = 0x56, 0x78, 0x12, 0x34};
	int fd = calls->socket(AF_INET, SOCK_STREAM, 0), unused = 0;

	noted.is_unconnected = true;
	calls->setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &unused, sizeof(unused));
	noted.is_unconnected = false;
	noted.state = 2;
	ck_assert(lwip_is_filtered(frame, sizeof(frame)));
	calls->close(fd); /* the connection still has it */
	ck_assert(lwip_is_filtered(frame, sizeof(frame)));
	noted.state = 0;
	ck_assert(!lwip_is_filtered(frame, sizeof(frame)));
}
END_TEST

START_TEST(blackhole_of_a_listener_ends_with_it)
{
	const struct socket_calls *calls = begin();
	uint8_t frame[64] = {[14] = 0x45, [34] = 0x56, 0x78, 0x12, 0x34};
	int fd = calls->socket(AF_INET, SOCK_STREAM, 0), unused = 0;

	noted.is_unconnected = true;
	calls->setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &unused, sizeof(unused));
	ck_assert(lwip_is_filtered(frame, sizeof(frame)));
	calls->close(fd);
	ck_assert(!lwip_is_filtered(frame, sizeof(frame)));
}
END_TEST

START_TEST(vanishing_forgets_the_connection)
{
	const struct socket_calls *calls = begin();
	int fd = calls->socket(AF_INET, SOCK_STREAM, 0), on = 1;

	ck_assert_int_eq(calls->setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)), 0);
	ck_assert_uint_eq(noted.state_of[0], 0x1234);
	ck_assert_uint_eq(noted.state_of[1], 0x5678);
	calls->close(fd);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("lwip");

	tcase_add_loop_test(tcase, lacking_is_named, 0, N_OF(lacks));
	tcase_add_test(tcase, what_was_left_out_is_named);
	tcase_add_test(tcase, descriptor_stands_for_a_socket);
	tcase_add_test(tcase, failed_close_keeps_the_socket);
	tcase_add_test(tcase, other_descriptors_are_the_kernels);
	tcase_add_loop_test(tcase, loopback_means_the_host, 0, N_OF(meanings));
	tcase_add_test(tcase, blackhole_drops_what_comes);
	tcase_add_test(tcase, blackhole_is_there_before_the_connection);
	tcase_add_test(tcase, blackhole_of_a_listener_ends_with_it);
	tcase_add_test(tcase, vanishing_forgets_the_connection);
	return tcase_run(tcase);
}
