/* SPDX-License-Identifier: MIT */
/* The loop of an actor and its table of descriptors. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "link.h"
#include "sockets.h"
#include "verb.h"

#define NS_PER_MS 1000000LL

static _Thread_local volatile sig_atomic_t caught;
static _Thread_local struct shared_actor *caught_on; /* whose count of caught signals to raise */

void actor_note_signal(int signal)
{
	caught = signal;
	if (caught_on)
		caught_on->signals_caught++;
}

/* Which signal was caught in this thread since the last call of this; 0 if none. */
static int take_signal(void)
{
	int signal = caught;

	caught = 0;
	return signal;
}

void actor_process_init(struct actor_process *process, enum side side, struct shared *shared,
	int shared_fd, const int channels[SHARED_ACTORS])
{
	memset(process, 0, sizeof(*process));
	process->side = side;
	process->shared = shared;
	process->shared_fd = shared_fd;
	memcpy(process->channels, channels, sizeof(process->channels));
	process->pipe[0] = process->pipe[1] = process->mailbox[0] = process->mailbox[1] =
		ACTOR_NO_FD;
	for (unsigned i = 0; i < ACTOR_DESCRIPTORS; i++)
		process->descriptors[i].fd = ACTOR_NO_FD;
}

static struct shared_actor *own_page(struct actor *actor)
{
	return &actor->process->shared->actors[actor->process->side][actor->number];
}

/* Tells the conductor who this is: an answer to no order, sequence 0. */
static void greet(struct actor *actor)
{
	struct shared_actor *page = own_page(actor);
	struct reply reply = {.outcome = outcome_number(0)};
	ssize_t length = readlink("/proc/thread-self", page->task, sizeof(page->task) - 1);

	page->task[length > 0 ? length : 0] = 0;
	page->entered = 0; /* not what another actor of this number entered last */
	page->pid = getpid();
	page->tid = (pid_t)syscall(SYS_gettid);
	caught_on = page;
	if (send(actor->process->channels[actor->number], &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void perform(struct actor *actor, const struct order *order, struct reply *ret)
{
	int64_t began, clock_ms = actor->process->shared->stack_ms;

	take_signal();
	ret->sequence = order->sequence;
	ret->began_ns = clock_ns(CLOCK_REALTIME) + clock_ms * NS_PER_MS;
	began = clock_ns(CLOCK_MONOTONIC);
	own_page(actor)->entered = order->sequence;
	ret->outcome = verbs[order->action.verb].perform(actor, &order->action);
	ret->took_ns = clock_ns(CLOCK_MONOTONIC) - began +
		(actor->process->shared->stack_ms - clock_ms) * NS_PER_MS;
	if (ret->outcome.kind == OUTCOME_ERROR || !ret->outcome.signal)
		ret->outcome.signal = take_signal();
}

static void serve(struct actor *actor)
{
	int channel = actor->process->channels[actor->number];
	struct order order;

	for (;;) {
		struct reply reply = {0};
		ssize_t length = recv(channel, &order, sizeof(order), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length != sizeof(order))
			return; /* the conductor is gone */
		perform(actor, &order, &reply);
		if (send(channel, &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
			return;
	}
}

void actor_serve(struct actor_process *process, unsigned number)
{
	struct actor actor = {.process = process, .number = number};

	greet(&actor);
	serve(&actor);
}

struct descriptor *actor_find(struct actor *actor, const char *name)
{
	struct descriptor *descriptors = actor->process->descriptors;

	for (unsigned i = 0; i < ACTOR_DESCRIPTORS; i++)
		if (descriptors[i].name[0] && !strcmp(descriptors[i].name, name))
			return &descriptors[i];
	return NULL;
}

static const char *name_on(const struct action *action)
{
	if (action->has_names_on)
		return action->on;
	return action->side == SIDE_LISTENER ? "listener" : "sock";
}

struct descriptor *actor_on(struct actor *actor, const struct action *action)
{
	struct descriptor *found = actor_find(actor, name_on(action));

	if (!found)
		errno = EBADF;
	return found;
}

int actor_fd(struct actor *actor, const struct action *action)
{
	struct descriptor *found = actor_on(actor, action);

	return found ? found->fd : ACTOR_NO_FD;
}

int actor_socket(const struct actor *actor)
{
	const struct shared *shared = actor->process->shared;

	return sockets->socket(shared->family, shared->type | SOCK_CLOEXEC, shared->protocol);
}

struct descriptor *actor_enter(
	struct actor *actor, const struct action *action, const char *fallback, int fd)
{
	const char *name = action->has_names_as ? action->as : fallback;
	struct descriptor *descriptors = actor->process->descriptors,
			  *row = actor_find(actor, name);

	for (unsigned i = 0; !row && i < ACTOR_DESCRIPTORS; i++)
		if (!descriptors[i].name[0])
			row = &descriptors[i];
	if (!row) {
		sockets->close(fd);
		errno = EMFILE;
		return NULL;
	}
	*row = (struct descriptor){.fd = fd, .connection = -1};
	snprintf(row->name, sizeof(row->name), "%s", name);
	actor_bound(actor, row);
	return row;
}

/* A name in the network namespace's own table, not in a file system: it ends with its socket. */
static socklen_t unix_address(unsigned number, struct sockaddr_un *ret)
{
	int length = snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, "lastack-%u", number);

	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static const void *ip_address(const struct actor *actor, bool of_peer)
{
	static const uint8_t loopback[] = {127, 0, 0, 1};
	const struct shared *shared = actor->process->shared;
	bool is_4 = shared->family == AF_INET || shared->is_mapped;
	enum side side = actor->process->side,
		  peer = side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;

	if (shared->has_link)
		return link_address(of_peer ? peer : side, is_4 ? AF_INET : AF_INET6);
	return is_4 ? (const void *)loopback : &in6addr_loopback;
}

socklen_t actor_address(const struct actor *actor, bool of_peer, unsigned port, union address *ret)
{
	const struct shared *shared = actor->process->shared;
	uint16_t number = htons((uint16_t)(shared->port + port));
	struct in6_addr *in6 = &ret->in6.sin6_addr;

	memset(ret, 0, sizeof(*ret));
	ret->any.sa_family = shared->family;
	if (shared->family == AF_UNIX)
		return unix_address(shared->port + port, &ret->un);
	if (shared->family == AF_INET) {
		ret->in.sin_port = number;
		memcpy(&ret->in.sin_addr, ip_address(actor, of_peer), 4);
		return sizeof(ret->in);
	}
	ret->in6.sin6_port = number;
	if (shared->is_mapped) {
		memset(in6->s6_addr + 10, 0xff, 2);
		memcpy(in6->s6_addr + 12, ip_address(actor, of_peer), 4);
	} else {
		memcpy(in6, ip_address(actor, of_peer), sizeof(*in6));
	}
	return sizeof(ret->in6);
}

static struct shared_end *end_row(struct actor *actor, const char *name)
{
	struct shared_end *ends = actor->process->shared->ends[actor->process->side];

	for (unsigned i = 0; i < SHARED_ENDS; i++)
		if (!ends[i].name[0] || !strcmp(ends[i].name, name)) {
			snprintf(ends[i].name, sizeof(ends[i].name), "%s", name);
			return &ends[i];
		}
	return &ends[SHARED_ENDS - 1];
}

union address actor_connecting(
	struct actor *actor, const struct descriptor *descriptor, const union address *peer)
{
	struct shared_end *end = end_row(actor, descriptor->name);
	union address before = end->peer;

	end->peer = *peer;
	return before;
}

void actor_bound(struct actor *actor, const struct descriptor *descriptor)
{
	struct shared_end *end = end_row(actor, descriptor->name);
	socklen_t length = sizeof(end->local);
	struct stat status = {0};

	memset(&end->local, 0, sizeof(end->local));
	memset(&end->peer, 0, sizeof(end->peer));
	end->fd = descriptor->fd;
	end->inode = fstat(descriptor->fd, &status) ? 0 : status.st_ino;
	sockets->getsockname(descriptor->fd, &end->local.any, &length);
}

void actor_aliased(struct actor *actor, const struct descriptor *alias, const char *original)
{
	struct shared_end *end = end_row(actor, alias->name), *like = end_row(actor, original);

	end->inode = like->inode;
	end->local = like->local;
	end->peer = like->peer;
}

/* A connection of this port that this end has not claimed, or a new row. Of several with the port
 * of an opener the newest; of those to the same Unix name the oldest, as accept() takes them. The
 * two ends may come in either order: accept() can return before a begun connect() does. */
static int connection_row(struct shared *shared, uint16_t port, bool is_opener)
{
	int found = -1, unused = 0;

	for (int i = 0; i < SHARED_CONNECTIONS; i++) {
		struct shared_connection *row = &shared->connections[i];

		if (row->in_use && row->port == port && !row->claimed[!is_opener] &&
			(found < 0 || shared->family != AF_UNIX))
			found = i;
		unused += row->in_use;
	}
	if (found < 0) {
		found = unused < SHARED_CONNECTIONS ? unused : SHARED_CONNECTIONS - 1;
		memset(&shared->connections[found], 0, sizeof(shared->connections[found]));
		shared->connections[found].port = port;
		shared->connections[found].in_use = true;
	}
	shared->connections[found].claimed[!is_opener] = true;
	return found;
}

static uint16_t port_of(const union address *address)
{
	unsigned number = 0;

	if (address->any.sa_family != AF_UNIX)
		return address_port(address);
	sscanf(address->un.sun_path + 1, "lastack-%u", &number);
	return (uint16_t)number;
}

/* By which both ends know their connection: the opener's port, or, as an opener has no name in Unix
 * sockets, the name that it connected to and that the acceptor has too. */
static uint16_t common_port(const struct shared_end *end, bool is_opener)
{
	bool is_unix = end->local.any.sa_family == AF_UNIX;

	return port_of(is_opener == is_unix ? &end->peer : &end->local);
}

/* Simultaneous open (RFC 9293 3.5): the connection whose opener connected to this one, if this one
 * connects to it; -1 if there is none. */
static int crossing_row(struct shared *shared, const struct shared_end *end)
{
	uint16_t own = address_port(&end->local), peer = address_port(&end->peer);

	for (int i = 0; own && own != peer && i < SHARED_CONNECTIONS; i++) {
		struct shared_connection *row = &shared->connections[i];

		if (row->in_use && row->port == peer && row->toward == own && !row->claimed[1]) {
			row->claimed[1] = true;
			return i;
		}
	}
	return -1;
}

static void note_target(struct shared_connection *row, const struct shared_end *end)
{
	row->toward = address_port(&end->peer);
	row->is_own_peer = row->toward && row->toward == address_port(&end->local);
}

void actor_connected(struct actor *actor, struct descriptor *descriptor, bool is_opener,
	const union address *peer)
{
	struct shared *shared = actor->process->shared;
	struct shared_end *end = end_row(actor, descriptor->name);

	actor_bound(actor, descriptor);
	end->peer = *peer;
	while (atomic_exchange(&shared->connections_lock, 1))
		; /* held for a few instructions by the other process */
	descriptor->connection = is_opener ? crossing_row(shared, end) : -1;
	descriptor->stream = descriptor->connection >= 0 || !is_opener;
	if (descriptor->connection < 0)
		descriptor->connection =
			connection_row(shared, common_port(end, is_opener), is_opener);
	if (!descriptor->stream)
		note_target(&shared->connections[descriptor->connection], end);
	atomic_store(&shared->connections_lock, 0);
}

struct flow_end actor_flow_end(struct actor *actor, const struct action *action, bool sends)
{
	static _Thread_local _Atomic int64_t nowhere;
	const struct descriptor *descriptor = actor_on(actor, action);
	struct flow_end end = {.fd = ACTOR_NO_FD, .position = &nowhere};
	struct shared_connection *connection;

	nowhere = 0;
	if (!descriptor)
		return end;
	end.fd = descriptor->fd;
	if (descriptor->connection < 0)
		return end;
	connection = &actor->process->shared->connections[descriptor->connection];
	end.stream = sends || connection->is_own_peer ? descriptor->stream : !descriptor->stream;
	end.position = sends ? &connection->sent[end.stream] : &connection->received[end.stream];
	return end;
}

/* What an image hands to its successor, as a file behind /proc/self/fd. */
int actor_replace_image(struct actor *actor)
{
	struct actor_process *process = actor->process;
	char channel[16], shared[16], state[16];
	int fd = memfd_create("actor", 0);

	if (fd < 0 || write(fd, process, sizeof(*process)) != sizeof(*process))
		return -errno;
	snprintf(channel, sizeof(channel), "%u", actor->number);
	snprintf(shared, sizeof(shared), "%d", process->shared_fd);
	snprintf(state, sizeof(state), "%d", fd);
	fcntl(process->shared_fd, F_SETFD, 0);
	fcntl(process->channels[actor->number], F_SETFD, 0);
	execl("/proc/self/exe", "lastack", "(actor)", state, shared, channel, (char *)NULL);
	close(fd);
	return -errno;
}

static void forget_closed(struct actor_process *process)
{
	for (unsigned i = 0; i < ACTOR_DESCRIPTORS; i++)
		if (process->descriptors[i].name[0] &&
			fcntl(process->descriptors[i].fd, F_GETFD) < 0)
			process->descriptors[i].fd = ACTOR_NO_FD;
}

void actor_resume_if_asked(int argc, char **argv)
{
	static struct actor_process process;
	struct actor actor = {.process = &process};
	struct reply reply = {.outcome = outcome_number(0)};
	int state;

	if (argc != 5 || strcmp(argv[1], "(actor)"))
		return;
	state = atoi(argv[2]);
	actor.number = (unsigned)atoi(argv[4]) % SHARED_ACTORS;
	if (pread(state, &process, sizeof(process), 0) != sizeof(process))
		_exit(2);
	close(state);
	process.shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		process.shared_fd, 0);
	if (process.shared == MAP_FAILED)
		_exit(2);
	forget_closed(&process);
	caught_on = own_page(&actor);
	fcntl(process.shared_fd, F_SETFD, FD_CLOEXEC);
	fcntl(process.channels[actor.number], F_SETFD, FD_CLOEXEC);
	reply.sequence = own_page(&actor)->entered;
	reply.began_ns = clock_ns(CLOCK_REALTIME);
	if (send(process.channels[actor.number], &reply, sizeof(reply), MSG_NOSIGNAL) ==
		sizeof(reply))
		serve(&actor);
	_exit(0);
}
