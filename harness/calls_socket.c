/* SPDX-License-Identifier: MIT */
/* The verbs that make, tune, connect and end sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "deliver.h"
#include "sockets.h"

#define DATAGRAM_CLIENT_PORT 1 /* the run's Unix name for the client; the server has 0 */

static struct outcome of_call(long result)
{
	return result < 0 ? outcome_error(errno) : outcome_number(result);
}

static struct outcome enter(
	struct actor *actor, const struct action *action, const char *fallback, int fd)
{
	if (fd < 0 || !actor_enter(actor, action, fallback, fd))
		return outcome_error(errno);
	return outcome_word("fd");
}

struct outcome call_socket(struct actor *actor, const struct action *action)
{
	int fd = action->operands[0] == OPERAND_ABSENT
		? actor_socket(actor)
		: sockets->socket((int)action->operands[0], SOCK_STREAM | SOCK_CLOEXEC, 0);

	return enter(actor, action, action->side == SIDE_LISTENER ? "listener" : "sock", fd);
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

static struct outcome bind_to(struct actor *actor, const struct action *action, unsigned port)
{
	union address address;
	socklen_t length = address_operand(actor, action, false, port, &address);
	struct descriptor *descriptor = actor_on(actor, action);
	int r = sockets->bind(actor_fd(actor, action), &address.any, length);

	if (!r && descriptor)
		actor_bound(actor, descriptor);
	return of_call(r);
}

struct outcome call_bind(struct actor *actor, const struct action *action)
{
	return bind_to(actor, action, port_operand(action, 0));
}

struct outcome call_listen(struct actor *actor, const struct action *action)
{
	return of_call(sockets->listen(actor_fd(actor, action), (int)action->operands[0]));
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
	return of_call(r);
}

static struct outcome connect_to(
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
	return connect_to(actor, action, port_operand(action, 0), true);
}

struct outcome call_connect_unspec(struct actor *actor, const struct action *action)
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};

	return of_call(sockets->connect(actor_fd(actor, action), &address, sizeof(address)));
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

/* RFC 2385. Every key is the same: a case has one connection that has one. */
static struct outcome set_signature(int fd, bool has_key)
{
	static const char key[] = "lastack";
	struct tcp_md5sig signature = {.tcpm_keylen = has_key ? sizeof(key) - 1 : 0};
	socklen_t length = sizeof(signature.tcpm_addr);

	if (sockets->getpeername(fd, (struct sockaddr *)&signature.tcpm_addr, &length))
		return outcome_error(errno);
	memcpy(signature.tcpm_key, key, signature.tcpm_keylen);
	return of_call(
		sockets->setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof(signature)));
}

static struct outcome set_option(
	int fd, const struct socket_option *option, int64_t first, int64_t second)
{
	struct linger linger = {.l_onoff = (int)first, .l_linger = (int)second};
	struct timeval time = {.tv_sec = first / 1000, .tv_usec = first % 1000 * 1000};
	int number = (int)first;

	switch (option->shape) {
	case OPTION_LINGER:
		return of_call(sockets->setsockopt(fd, option->level, option->number, &linger,
			second == OPERAND_ABSENT ? sizeof(int) : sizeof(linger)));
	case OPTION_MILLISECONDS:
		return of_call(sockets->setsockopt(
			fd, option->level, option->number, &time, sizeof(time)));
	case OPTION_SIGNATURE: return set_signature(fd, first);
	case OPTION_INT:
	case OPTION_ERROR:
	case OPTION_STATE: break;
	}
	return of_call(
		sockets->setsockopt(fd, option->level, option->number, &number, sizeof(number)));
}

struct outcome call_setsockopt(struct actor *actor, const struct action *action)
{
	return set_option(actor_fd(actor, action), &socket_options[action->operands[0]],
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

struct outcome call_fcntl(struct actor *actor, const struct action *action)
{
	bool is_cloexec = action->operands[0] == 1, off = action->operands[1] == 0;
	int bit = is_cloexec ? FD_CLOEXEC : O_NONBLOCK, fd = actor_fd(actor, action);
	int flags = sockets->fcntl(fd, is_cloexec ? F_GETFD : F_GETFL, 0);

	if (flags < 0)
		return outcome_error(errno);
	return of_call(sockets->fcntl(
		fd, is_cloexec ? F_SETFD : F_SETFL, off ? flags & ~bit : flags | bit));
}

struct outcome call_close(struct actor *actor, const struct action *action)
{
	return of_call(sockets->close(actor_fd(actor, action)));
}

struct outcome call_close_range(struct actor *actor, const struct action *action)
{
	unsigned fd = (unsigned)actor_fd(actor, action);

	return of_call(close_range(fd, fd, 0));
}

/* A second name of the same end: the same streams, the same addresses. */
static struct outcome enter_alias(struct actor *actor, const struct action *action,
	const char *fallback, const struct descriptor *original, int fd)
{
	struct descriptor copy = original ? *original : (struct descriptor){.connection = -1},
			  *alias;

	if (fd < 0)
		return outcome_error(errno);
	alias = actor_enter(actor, action, fallback, fd);
	if (!alias)
		return outcome_error(errno);
	alias->connection = copy.connection;
	alias->stream = copy.stream;
	if (original)
		actor_aliased(actor, alias, copy.name);
	return outcome_word("fd");
}

struct outcome call_dup(struct actor *actor, const struct action *action)
{
	const struct descriptor *original = actor_on(actor, action);

	return enter_alias(actor, action, "copy", original,
		fcntl(actor_fd(actor, action), F_DUPFD_CLOEXEC, 0));
}

struct outcome call_dup2(struct actor *actor, const struct action *action)
{
	const struct descriptor *from = actor_find(actor, action->name);
	struct descriptor *onto = actor_on(actor, action);

	if (dup2(from ? from->fd : ACTOR_NO_FD, actor_fd(actor, action)) < 0)
		return outcome_error(errno);
	if (onto && from) {
		onto->connection = from->connection;
		onto->stream = from->stream;
	}
	return outcome_word("fd");
}

/* The limit is on the numbers, not on how many are in use: it is the number behind the gaps that
 * may be filled. */
struct outcome call_limit_descriptors(struct actor *actor, const struct action *action)
{
	int64_t room = action->operands[0];
	struct rlimit limit;
	int number = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return outcome_error(errno);
	while ((rlim_t)number < limit.rlim_max && (fcntl(number, F_GETFD) >= 0 || room-- > 0))
		number++;
	limit.rlim_cur = (rlim_t)number;
	return of_call(setrlimit(RLIMIT_NOFILE, &limit));
}

struct outcome call_open_null(struct actor *actor, const struct action *action)
{
	return enter(actor, action, "null", open("/dev/null", O_RDWR | O_CLOEXEC));
}

struct outcome call_shutdown(struct actor *actor, const struct action *action)
{
	return of_call(sockets->shutdown(actor_fd(actor, action), (int)action->operands[0]));
}

struct outcome call_getpeername(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = sizeof(address);

	return of_call(sockets->getpeername(actor_fd(actor, action), &address.any, &length));
}

struct outcome call_getsockname(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = sizeof(address);

	return of_call(sockets->getsockname(actor_fd(actor, action), &address.any, &length));
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
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_LL_OFF + DELIVER_SOURCE_AT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DELIVER_SOURCE, 1, 0),
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
		return of_call(attach_drop_all(fd));
	return of_call(
		sockets->setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)));
}

struct outcome call_vanish(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action), on = 1;

	if (sockets->setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return outcome_error(errno);
	return of_call(sockets->close(fd));
}

/* The options that the case wants on the end this process will have. */
static void apply_options(struct actor *actor, int fd)
{
	const struct shared *shared = actor->process->shared;

	for (uint32_t i = 0; i < shared->n_options; i++)
		if (shared->options[i].side == actor->process->side)
			set_option(fd, &socket_options[shared->options[i].option],
				shared->options[i].values[0], shared->options[i].values[1]);
}

/* Datagram sockets are connected to each other: there is no listener, and both have a name. */
static bool is_datagram(const struct actor *actor)
{
	return actor->process->shared->type == SOCK_DGRAM;
}

struct outcome call_setup_listen(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = actor_address(actor, false, 0, &address);
	int fd = actor_socket(actor);
	const char *name = is_datagram(actor) ? "sock" : "listener";
	struct action plain = {.side = SIDE_SERVER};

	if (fd < 0)
		return outcome_error(errno);
	apply_options(actor, fd);
	if (sockets->bind(fd, &address.any, length) ||
		(!is_datagram(actor) && sockets->listen(fd, 8))) {
		struct outcome outcome = outcome_error(errno);

		sockets->close(fd);
		return outcome;
	}
	return enter(actor, &plain, name, fd);
}

/* Operand 1: connect as well; 0: only the socket. */
struct outcome call_setup_connect(struct actor *actor, const struct action *action)
{
	struct action plain = {.side = SIDE_CLIENT,
		.operands = {OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT}};
	struct outcome outcome = call_socket(actor, &plain);

	if (outcome.kind == OUTCOME_ERROR)
		return outcome;
	apply_options(actor, actor_fd(actor, &plain));
	if (is_datagram(actor)) {
		outcome = bind_to(actor, &plain, DATAGRAM_CLIENT_PORT);
		if (outcome.kind == OUTCOME_ERROR)
			return outcome;
	}
	return action->operands[0] ? call_connect(actor, &plain) : outcome;
}

struct outcome call_setup_accept(struct actor *actor, const struct action *action)
{
	struct action plain = {.side = SIDE_SERVER,
		.operands = {OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT}};

	if (is_datagram(actor))
		return connect_to(actor, &plain, DATAGRAM_CLIENT_PORT, false);
	return call_accept(actor, &plain);
}

/* Ends every socket without a trace that could reach into the next run: no orphan, no TIME-WAIT. */
struct outcome call_reset(struct actor *actor, const struct action *action)
{
	struct actor_process *process = actor->process;
	struct linger abort = {.l_onoff = 1};
	int unused = 0;

	for (unsigned i = 0; i < ACTOR_DESCRIPTORS; i++) {
		struct descriptor *row = &process->descriptors[i];

		if (row->name[0] && row->fd >= 0) {
			sockets->setsockopt(row->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
			sockets->setsockopt(
				row->fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
			sockets->close(row->fd);
		}
		*row = (struct descriptor){.fd = ACTOR_NO_FD};
	}
	for (unsigned i = 0; i < 2; i++) {
		if (process->pipe[i] >= 0)
			close(process->pipe[i]);
		process->pipe[i] = ACTOR_NO_FD;
	}
	return outcome_number(0);
}
