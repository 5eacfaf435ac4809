/* SPDX-License-Identifier: MIT */
/* What /proc/net says is what netlink says, in a network namespace of the test's own; and the byte
 * of a TCP marker comes by. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procnet.h"
#include "run.h"
#include "tcpmarker.h"

#define LO 1 /* the number of `lo` in every namespace */

static struct netlink *netlink;

static void begin(void)
{
	ck_assert_int_eq(netlink_open(&netlink), 0);
	ck_assert_int_eq(netlink_link_up(netlink, "lo"), 0);
	ck_assert_int_eq(
		netlink_quickack_routes(netlink, true), 0); /* a FIN is acknowledged at once */
}

static void end(void)
{
	netlink_close(netlink);
}

struct pair {
	int listener, client, server;
	union address near, far; /* the client's, the server's */
};

static struct pair connect_pair(int family)
{
	union address any = {.any.sa_family = (sa_family_t)family};
	struct pair pair;
	socklen_t size = family == AF_INET ? sizeof(any.in) : sizeof(any.in6), length = size;

	if (family == AF_INET)
		any.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		any.in6.sin6_addr = in6addr_loopback;
	pair.far = pair.near = any;
	pair.listener = socket(family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(pair.listener, &any.any, size), 0);
	ck_assert_int_eq(listen(pair.listener, 1), 0);
	ck_assert_int_eq(getsockname(pair.listener, &pair.far.any, &length), 0);
	pair.client = socket(family, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair.client, &pair.far.any, size), 0);
	ck_assert_int_eq(getsockname(pair.client, &pair.near.any, &length), 0);
	pair.server = accept(pair.listener, NULL, NULL);
	ck_assert_int_ge(pair.server, 0);
	return pair;
}

static uint64_t inode_of(int fd)
{
	struct stat status;

	ck_assert_int_eq(fstat(fd, &status), 0);
	return status.st_ino;
}

static int state_of(const union address *local, const union address *peer, uint64_t inode)
{
	int state = -1, said = -1, r = procnet_state(local, peer, inode, &state);

	ck_assert_int_eq(netlink_state(netlink, local, peer, &said), 0);
	if (!r)
		ck_assert_int_eq(state, said);
	return r ? r : state;
}

START_TEST(states_are_those_that_netlink_says)
{
	struct pair pair = connect_pair(_i ? AF_INET6 : AF_INET);
	const union address nobody = {0};

	ck_assert_int_eq(state_of(&pair.near, &pair.far, inode_of(pair.client)), TCP_ESTABLISHED);
	ck_assert_int_eq(state_of(&pair.far, &pair.near, inode_of(pair.server)), TCP_ESTABLISHED);
	ck_assert_int_eq(state_of(&pair.far, &nobody, inode_of(pair.listener)), TCP_LISTEN);
	ck_assert_int_eq(shutdown(pair.client, SHUT_WR), 0);
	ck_assert_int_eq(state_of(&pair.near, &pair.far, 0), TCP_FIN_WAIT2);
	ck_assert_int_eq(state_of(&pair.far, &pair.near, 0), TCP_CLOSE_WAIT);
}
END_TEST

START_TEST(end_that_is_not_listed_is_not_known)
{
	struct pair pair = connect_pair(AF_INET);

	ck_assert_int_eq(procnet_state(&pair.near, &pair.near, 0, &(int){0}), -ENODATA);
	ck_assert_int_eq(procnet_state(&pair.near, &pair.far, 1, &(int){0}), -ENODATA);
}
END_TEST

START_TEST(frames_are_those_that_netlink_counts)
{
	struct netlink_frames said, counted;

	connect_pair(AF_INET);
	connect_pair(AF_INET6);
	ck_assert_int_eq(netlink_frames(netlink, LO, &said), 0);
	ck_assert_int_eq(procnet_frames("lo", &counted), 0);
	ck_assert_uint_ge(counted.received, 6);
	ck_assert_uint_eq(counted.received, said.received);
	ck_assert_uint_eq(counted.sent, said.sent);
	ck_assert_int_eq(procnet_frames("nosuch0", &counted), -ENODEV);
}
END_TEST

START_TEST(marker_comes_by)
{
	struct tcp_marker marker = {0};
	struct netlink_frames before, after;

	ck_assert_int_eq(tcp_marker_open(&marker), 0);
	ck_assert_int_ne(marker.port, 0);
	ck_assert_int_eq(procnet_frames("lo", &before), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(tcp_marker_pass(&marker, 5000), 0);
	ck_assert_int_eq(procnet_frames("lo", &after), 0);
	ck_assert_uint_ge(after.received, before.received + 100);
	tcp_marker_close(&marker);
	tcp_marker_close(&marker);
	ck_assert_int_eq(marker.fd, 0);
}
END_TEST

START_TEST(marker_that_cannot_pass_says_so)
{
	struct tcp_marker marker = {0};

	ck_assert_int_eq(tcp_marker_open(&marker), 0);
	ck_assert_int_eq(shutdown(marker.fd, SHUT_WR), 0);
	ck_assert_int_eq(tcp_marker_pass(&marker, 100), -EPIPE);
	tcp_marker_close(&marker);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("procnet");

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return tests_skip("no network namespace to be had");
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, states_are_those_that_netlink_says, 0, 2);
	tcase_add_test(tcase, end_that_is_not_listed_is_not_known);
	tcase_add_test(tcase, frames_are_those_that_netlink_counts);
	tcase_add_test(tcase, marker_comes_by);
	tcase_add_test(tcase, marker_that_cannot_pass_says_so);
	return tcase_run(tcase);
}
