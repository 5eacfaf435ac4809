/* SPDX-License-Identifier: MIT */
/* Netlink requests in a network namespace of the test's own: what is refused says so with the
 * kernel's errno, and an exchange takes all of its answers and none of another's. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firewall.h"
#include "netlink.h"
#include "run.h"

#define LO 1 /* the number of `lo` in every namespace */

static struct netlink *netlink;

static void begin(void)
{
	ck_assert_int_eq(netlink_open(&netlink), 0);
	ck_assert_int_eq(netlink_link_up(netlink, "lo"), 0);
}

static void end(void)
{
	netlink_close(netlink);
}

START_TEST(error_is_the_kernels)
{
	const union address local = {.in = {AF_INET, htons(1), {htonl(INADDR_LOOPBACK)}, {0}}},
			    peer = {.in = {AF_INET, htons(2), {htonl(INADDR_LOOPBACK)}, {0}}};
	const struct in_addr host = {htonl(0xc0000263)};
	struct netlink_frames frames;
	int state = -1, can = netlink_can_destroy(netlink);

	ck_assert_int_eq(netlink_link_up(netlink, "nosuch0"), -ENODEV);
	ck_assert_int_eq(netlink_frames(netlink, 9999, &frames), -ENODEV);
	ck_assert_int_eq(netlink_host_route(netlink, AF_INET, &host, RTN_UNSPEC), -ESRCH);
	ck_assert_int_eq(netlink_host_route(netlink, AF_INET, &host, 99), -EINVAL);
	ck_assert_int_eq(netlink_state(netlink, &local, &peer, &state), 0);
	ck_assert_int_eq(state, 0);
	ck_assert_int_eq(netlink_destroy(netlink, &local, &peer), can ? can : -ENOENT);
}
END_TEST

START_TEST(refusal_leaves_nothing_behind)
{
	struct netlink_frames frames = {1, 1};

	for (unsigned i = 0; i < 100; i++) {
		ck_assert_int_eq(netlink_frames(netlink, 9999, &frames), -ENODEV);
		ck_assert_int_eq(netlink_quickack_routes(netlink, i % 2), 0);
	}
	ck_assert_int_eq(netlink_frames(netlink, LO, &frames), 0);
	ck_assert_uint_eq(frames.received, frames.sent);
}
END_TEST

static void count(struct nlmsghdr *answer, void *data)
{
	++*(int *)data;
}

static struct nl_msg *ask_for_family(const char *name, uint32_t sequence, int flags)
{
	struct nl_msg *message = nlmsg_alloc_simple(GENL_ID_CTRL, NLM_F_REQUEST | flags);
	struct genlmsghdr generic = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};

	ck_assert_ptr_nonnull(message);
	nlmsg_hdr(message)->nlmsg_seq = sequence;
	nlmsg_append(message, &generic, sizeof(generic), NLMSG_ALIGNTO);
	nla_put_string(message, CTRL_ATTR_FAMILY_NAME, name);
	return message;
}

static const struct {
	const char *family;
	int flags, want, want_answers;
} exchanges[] = {
	{"nlctrl", 0, 0, 1},
	{"nlctrl", NLM_F_ACK, 0, 1}, /* the answer, then the acknowledgement */
	{"nosuch", 0, -ENOENT, 0},
	{"nosuch", NLM_F_ACK, -ENOENT, 0},
};

START_TEST(exchange_takes_all)
{
	int fd = netlink_socket(NETLINK_GENERIC), answers = 0;
	struct nl_msg *message = ask_for_family(exchanges[_i].family, 7, exchanges[_i].flags);
	char left[64];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(netlink_exchange(fd, message, count, &answers), exchanges[_i].want);
	ck_assert_int_eq(answers, exchanges[_i].want_answers);
	ck_assert_int_eq(recv(fd, left, sizeof(left), MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	nlmsg_free(message);
	close(fd);
}
END_TEST

START_TEST(answer_to_another_is_refused)
{
	int fd = netlink_socket(NETLINK_GENERIC), answers = 0;
	struct nl_msg *earlier = ask_for_family("nlctrl", 6, 0),
		      *message = ask_for_family("nlctrl", 7, 0);
	const struct nlmsghdr *header = nlmsg_hdr(earlier);

	ck_assert_int_eq(send(fd, header, header->nlmsg_len, 0), (int)header->nlmsg_len);
	ck_assert_int_eq(netlink_exchange(fd, message, count, &answers), -EPROTO);
	ck_assert_int_eq(answers, 0);
	nlmsg_free(earlier);
	nlmsg_free(message);
	close(fd);
}
END_TEST

START_TEST(batch_is_done_or_refused)
{
	int r;

	ck_assert_int_eq(firewall_set(netlink, LO, FIREWALL_INPUT, FIREWALL_DROP), -EOPNOTSUPP);
	r = netlink_open_filter(netlink);
	if (!r)
		r = firewall_set(netlink, LO, FIREWALL_INPUT, FIREWALL_DROP);
	if (r == -EPROTONOSUPPORT || r == -EOPNOTSUPP)
		return; /* no nf_tables here */
	ck_assert_int_eq(r, 0);
	for (int verdict = FIREWALL_ACCEPT; verdict <= FIREWALL_PROHIBITED; verdict++)
		ck_assert_int_eq(firewall_set(netlink, LO, FIREWALL_OUTPUT, verdict), 0);
	/* Who has left the namespace's user namespace may not. */
	ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
	ck_assert_int_eq(firewall_set(netlink, LO, FIREWALL_OUTPUT, FIREWALL_DROP), -EPERM);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("netlink");

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return tests_skip("no network namespace to be had");
	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, error_is_the_kernels);
	tcase_add_test(tests, refusal_leaves_nothing_behind);
	tcase_add_loop_test(tests, exchange_takes_all, 0, sizeof(exchanges) / sizeof(*exchanges));
	tcase_add_test(tests, answer_to_another_is_refused);
	tcase_add_test(tests, batch_is_done_or_refused);
	return tcase_run(tests);
}
