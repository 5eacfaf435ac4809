/* SPDX-License-Identifier: MIT */
/* The verbs that tune a socket and ask it: options, flags, names, filters. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "actor.h"
#include "calls.h"
#include "calls_common.h"
#include "delivered.h"
#include "sockets.h"

/* RFC 2385. Every key is the same: a case has one connection that has one. */
static struct outcome set_signature(int fd, bool has_key)
{
	static const char key[] = "lastack";
	struct tcp_md5sig signature = {.tcpm_keylen = has_key ? sizeof(key) - 1 : 0};
	socklen_t length = sizeof(signature.tcpm_addr);

	if (sockets->getpeername(fd, (struct sockaddr *)&signature.tcpm_addr, &length))
		return outcome_error(errno);
	memcpy(signature.tcpm_key, key, signature.tcpm_keylen);
	return call_result(
		sockets->setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof(signature)));
}

struct outcome call_set_option(
	int fd, const struct socket_option *option, int64_t first, int64_t second)
{
	struct linger linger = {.l_onoff = (int)first, .l_linger = (int)second};
	struct timeval time = {.tv_sec = first / 1000, .tv_usec = first % 1000 * 1000};
	int number = (int)first;

	switch (option->shape) {
	case OPTION_LINGER:
		return call_result(sockets->setsockopt(fd, option->level, option->number, &linger,
			second == OPERAND_ABSENT ? sizeof(int) : sizeof(linger)));
	case OPTION_MILLISECONDS:
		return call_result(sockets->setsockopt(
			fd, option->level, option->number, &time, sizeof(time)));
	case OPTION_SIGNATURE: return set_signature(fd, first);
	case OPTION_INT:
	case OPTION_ERROR:
	case OPTION_STATE: break;
	}
	return call_result(
		sockets->setsockopt(fd, option->level, option->number, &number, sizeof(number)));
}

struct outcome call_setsockopt(struct actor *actor, const struct action *action)
{
	return call_set_option(actor_fd(actor, action), &socket_options[action->operands[0]],
		action->operands[1], action->operands[2]);
}

static struct outcome pair(int first, int second)
{
	struct outcome outcome = outcome_number(first);

	outcome.has_second = true;
	outcome.second = second;
	return outcome;
}

struct outcome call_getsockopt(struct actor *actor, const struct action *action)
{
	const struct socket_option *option = &socket_options[action->operands[0]];
	union {
		int number;
		struct linger linger;
		struct timeval time;
		struct tcp_info info;
	} value = {0};
	socklen_t length = sizeof(value);

	if (action->operands[1] != OPERAND_ABSENT)
		length = (socklen_t)action->operands[1];
	if (sockets->getsockopt(
		    actor_fd(actor, action), option->level, option->number, &value, &length))
		return outcome_error(errno);
	switch (option->shape) {
	case OPTION_LINGER:
		return length < sizeof(value.linger)
			? outcome_number(value.number)
			: pair(value.linger.l_onoff, value.linger.l_linger);
	case OPTION_MILLISECONDS:
		return outcome_number(value.time.tv_sec * 1000 + value.time.tv_usec / 1000);
	case OPTION_ERROR:
		return value.number ? outcome_word(errno_name(value.number)) : outcome_number(0);
	case OPTION_STATE: return outcome_word(state_name(value.info.tcpi_state));
	case OPTION_INT:
	case OPTION_SIGNATURE: break;
	}
	return outcome_number(value.number);
}

/* TCP_INFO counts what the timer tried, whether or not it could be sent (tcp_retransmit_timer()).
 * No event tells of it. */
struct outcome call_await_retransmission(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action), before = -1;
	struct tcp_info info;

	for (;;) {
		socklen_t length = sizeof(info);

		if (sockets->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
			return outcome_error(errno);
		if (info.tcpi_state == TCP_CLOSE)
			return outcome_word("none");
		if (before >= 0 && info.tcpi_retransmits > before)
			return outcome_word("tried");
		if (before < 0)
			before = info.tcpi_retransmits;
		poll(NULL, 0, 1);
	}
}

struct outcome call_fcntl(struct actor *actor, const struct action *action)
{
	bool is_cloexec = action->operands[0] == 1, off = action->operands[1] == 0;
	int bit = is_cloexec ? FD_CLOEXEC : O_NONBLOCK, fd = actor_fd(actor, action);
	int flags = sockets->fcntl(fd, is_cloexec ? F_GETFD : F_GETFL, 0);

	if (flags < 0)
		return outcome_error(errno);
	return call_result(sockets->fcntl(
		fd, is_cloexec ? F_SETFD : F_SETFL, off ? flags & ~bit : flags | bit));
}

struct outcome call_getpeername(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = sizeof(address);

	return call_result(sockets->getpeername(actor_fd(actor, action), &address.any, &length));
}

struct outcome call_getsockname(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = sizeof(address);

	return call_result(sockets->getsockname(actor_fd(actor, action), &address.any, &length));
}

struct outcome call_peer_address(struct actor *actor, const struct action *action)
{
	union address address = {0};
	socklen_t length = sizeof(address);

	if (sockets->getpeername(actor_fd(actor, action), &address.any, &length))
		return outcome_error(errno);
	if (address.any.sa_family == AF_INET)
		return outcome_word("ipv4");
	return outcome_word(IN6_IS_ADDR_V4MAPPED(&address.in6.sin6_addr) ? "mapped" : "ipv6");
}

struct outcome call_ioctl(struct actor *actor, const struct action *action)
{
	int value = 0;

	if (sockets->ioctl(actor_fd(actor, action), (unsigned long)action->operands[0], &value))
		return outcome_error(errno);
	return outcome_number(value);
}

/* A classic BPF program (socket(7), SO_ATTACH_FILTER): keep 0 bytes, that is, drop, unless
 * `deliver` is where the segment comes from. */
static int attach_drop_all(int fd)
{
	struct sock_filter drop[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_LL_OFF + DELIVERED_SOURCE_AT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DELIVERED_SOURCE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {.len = sizeof(drop) / sizeof(*drop), .filter = drop};

	return sockets->setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

struct outcome call_blackhole(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action), unused = 0;

	if (action->operands[0])
		return call_result(attach_drop_all(fd));
	return call_result(
		sockets->setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)));
}

struct outcome call_vanish(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action), on = 1;

	if (sockets->setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return outcome_error(errno);
	return call_result(sockets->close(fd));
}
