/* SPDX-License-Identifier: MIT */
/* The verbs that make, name and connect sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "actor.h"
#include "calls.h"
#include "calls_common.h"
#include "sockets.h"

struct outcome call_socket(struct actor *actor, const struct action *action)
{
	int fd = action->operands[0] == OPERAND_ABSENT
		? actor_socket(actor)
		: sockets->socket((int)action->operands[0], SOCK_STREAM | SOCK_CLOEXEC, 0);

	return call_entered(actor, action, action->side == SIDE_LISTENER ? "listener" : "sock", fd);
}

struct outcome call_socketpair(struct actor *actor, const struct action *action)
{
	static const union address nobody;
	const struct shared *shared = actor->process->shared;
	struct action plain = {.side = SIDE_CLIENT};
	struct descriptor *first, *second;
	int fds[2];

	if (socketpair(shared->family, shared->type | SOCK_CLOEXEC, shared->protocol, fds))
		return outcome_error(errno);
	first = actor_enter(actor, &plain, "sock", fds[0]);
	second = actor_enter(actor, action, "pair", fds[1]);
	if (!first || !second)
		return outcome_error(EMFILE);
	actor_connected(actor, first, true, &nobody);
	actor_connected(actor, second, false, &nobody);
	return outcome_word("fd");
}

static unsigned port_operand(const struct action *action, unsigned place)
{
	return action->operands[place] == OPERAND_ABSENT ? 0 : (unsigned)action->operands[place];
}

/* Of this very socket: a step may have asked for another family than the variant's. */
static bool is_ipv6(struct actor *actor, const struct action *action)
{
	int family = actor->process->shared->family;
	socklen_t length = sizeof(family);

	sockets->getsockopt(actor_fd(actor, action), SOL_SOCKET, SO_DOMAIN, &family, &length);
	return family == AF_INET6;
}

/* The variant's address with this port, or that of the kind that operand 1 names. */
static socklen_t address_operand(struct actor *actor, const struct action *action, bool of_peer,
	unsigned port, union address *ret)
{
	static const char *const hosts_by_kind[][2] = {/* of IPv4 and IPv6 sockets */
		[ADDRESS_ANY] = {"0.0.0.0", "::"},
		[ADDRESS_IPV4] = {"127.0.0.1", "127.0.0.1"},
		[ADDRESS_IPV6] = {"::1", "::1"},
		[ADDRESS_MAPPED] = {"::ffff:127.0.0.1", "::ffff:127.0.0.1"},
		[ADDRESS_OTHER] = {"127.0.0.2", "127.0.0.2"}};
	socklen_t length = actor_address(actor, of_peer, port, ret);
	in_port_t number = ret->in.sin_port; /* where in6.sin6_port is, too */
	const char *host;

	if (action->operands[1] == OPERAND_ABSENT)
		return length;
	host = hosts_by_kind[action->operands[1]][is_ipv6(actor, action)];
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		length = sizeof(ret->in);
	} else {
		inet_pton(AF_INET6, host, &ret->in6.sin6_addr);
		ret->in6.sin6_family = AF_INET6;
		length = sizeof(ret->in6);
	}
	ret->in.sin_port = number;
	return length;
}

struct outcome call_bind_to(struct actor *actor, const struct action *action, unsigned port)
{
	union address address;
	socklen_t length = address_operand(actor, action, false, port, &address);
	struct descriptor *descriptor = actor_on(actor, action);
	int r = sockets->bind(actor_fd(actor, action), &address.any, length);

	if (!r && descriptor)
		actor_bound(actor, descriptor);
	return call_result(r);
}

struct outcome call_bind(struct actor *actor, const struct action *action)
{
	return call_bind_to(actor, action, port_operand(action, 0));
}

struct outcome call_listen(struct actor *actor, const struct action *action)
{
	return call_result(sockets->listen(actor_fd(actor, action), (int)action->operands[0]));
}

static struct outcome connect_address(struct actor *actor, const struct action *action,
	const union address *address, socklen_t length, bool is_opener)
{
	struct descriptor *descriptor = actor_on(actor, action);
	union address before = {0};
	int r, error;

	if (descriptor)
		before = actor_connecting(actor, descriptor, address);
	r = sockets->connect(actor_fd(actor, action), &address->any, length);
	error = errno;
	if (descriptor && (!r || error == EINPROGRESS || error == EINTR))
		actor_connected(actor, descriptor, is_opener, address);
	else if (descriptor)
		actor_connecting(actor, descriptor, &before);
	errno = error;
	return call_result(r);
}

struct outcome call_connect_to_port(
	struct actor *actor, const struct action *action, unsigned port, bool is_opener)
{
	union address address;
	socklen_t length = address_operand(actor, action, true, port, &address);

	return connect_address(actor, action, &address, length, is_opener);
}

/* The documentation addresses of RFC 5737 and RFC 3849 are nobody's. */
static const struct {
	const char *in, *in6; /* NULL: IPv6 has none */
} host_addresses[] = {
	[HOST_FAR] = {"192.0.2.1", "2001:db8::1"},
	[HOST_MULTICAST] = {"224.0.0.1", "ff02::1"},
	[HOST_BROADCAST] = {"127.255.255.255", NULL},
};

/* Puts the host in place of the loopback address; false if this family has no such host. */
static bool put_host(union address *address, bool is_mapped, int64_t host)
{
	const char *in = host_addresses[host].in, *in6 = host_addresses[host].in6;

	if (address->any.sa_family == AF_INET)
		return inet_pton(AF_INET, in, &address->in.sin_addr) == 1;
	if (address->any.sa_family != AF_INET6)
		return false;
	if (is_mapped)
		return inet_pton(AF_INET, in, &address->in6.sin6_addr.s6_addr32[3]) == 1;
	return in6 && inet_pton(AF_INET6, in6, &address->in6.sin6_addr) == 1;
}

struct outcome call_connect_to(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = actor_address(actor, true, port_operand(action, 1), &address);

	if (!put_host(&address, actor->process->shared->is_mapped, action->operands[0]))
		return outcome_error(EAFNOSUPPORT);
	return connect_address(actor, action, &address, length, true);
}

struct outcome call_connect(struct actor *actor, const struct action *action)
{
	return call_connect_to_port(actor, action, port_operand(action, 0), true);
}

struct outcome call_connect_unspec(struct actor *actor, const struct action *action)
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};

	return call_result(sockets->connect(actor_fd(actor, action), &address, sizeof(address)));
}

static struct outcome accept_from(struct actor *actor, const struct action *action, int listener)
{
	union address peer = {0};
	socklen_t length = action->operands[0] == ACCEPT_BAD_LENGTH ? (socklen_t)-1 : sizeof(peer);
	/* The first page is never mapped. */
	struct sockaddr *to =
		action->operands[0] == ACCEPT_BAD_ADDRESS ? (struct sockaddr *)8 : &peer.any;
	int fd = sockets->accept4(listener, to, &length, SOCK_CLOEXEC);
	struct descriptor *descriptor;

	if (fd < 0)
		return outcome_error(errno);
	descriptor = actor_enter(actor, action, "sock", fd);
	if (!descriptor)
		return outcome_error(errno);
	actor_connected(actor, descriptor, false, &peer);
	return outcome_word("fd");
}

struct outcome call_accept(struct actor *actor, const struct action *action)
{
	struct descriptor *listener =
		actor_find(actor, action->has_names_on ? action->on : "listener");

	return accept_from(actor, action, listener ? listener->fd : ACTOR_NO_FD);
}

struct outcome call_shutdown(struct actor *actor, const struct action *action)
{
	return call_result(sockets->shutdown(actor_fd(actor, action), (int)action->operands[0]));
}
