/* SPDX-License-Identifier: MIT */
#include "closings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"
#include "reason.h"

enum {
	LISTENERS = 8,
	FIRST_LISTENER = 61000, /* ports; no case that runs beside has both above 32767 */
	CLOSED_PORTS = 4,
	FIRST_CLOSED = 61100,
	FULL_PORT = 61200, /* its queue is full */
	SELF_FIRST = 61300,
	SELF_COUNT = 50,
	CLIENT_FIRST = 40000,
	CLIENT_COUNT = 600,
	ALIVE = 24, /* connections that are in the midst of their script */
	STEPS = 24,
	QUEUED_MOST = 5,
	LEFT_OVER = 12, /* that stay open until the end, of each kind */
	PATIENCE_MS = 20000,
};

enum party { CLIENT, SERVER };

enum step_kind {
	STEP_SEND, /* number: bytes */
	STEP_READ, /* number: bytes at most; 0: all there are */
	STEP_SHUT_WR,
	STEP_SHUT_RDWR,
	STEP_CLOSE,
	STEP_ABORT, /* zero linger, close */
	STEP_DISSOLVE, /* connect(AF_UNSPEC), close */
	STEP_KILL, /* the process that has it */
	STEP_VANISH, /* without a segment */
	STEP_DEAFEN, /* drops all that comes */
	STEP_HEAR, /* no longer */
	STEP_OPTION, /* TCP option `option` = number */
	STEP_PAUSE, /* number: ms */
};

struct step {
	uint8_t kind, side;
	int option;
	unsigned number;
};

/* One connection in the midst of its script. */
struct alive {
	int fds[2];
	unsigned truth;
	struct step steps[STEPS];
	unsigned n, next;
	int64_t not_before_ms;
	bool is_used, is_left; /* left: not ended by its script */
};

/* What was done with a connection, as far as its truth depends on it. */
struct deed {
	bool has_ended[2], has_half_closed[2];
	enum cause claimed; /* by the scenario; CAUSE_COUNT: nothing special */
	unsigned previous; /* on the same 4-tuple, plus 1 */
	bool is_alive; /* an end of it may still be there */
	bool is_in_time_wait; /* so was the server's end when the next one of the 4-tuple began */
};

struct closings {
	closings_pump *pump;
	void *pump_data;
	struct reasons *reasons;
	struct netlink *netlink;
	unsigned seed;
	sa_family_t family;
	int listeners[LISTENERS];
	int full; /* the listener whose queue is full */
	struct alive alive[ALIVE];
	struct truth *truths;
	struct deed *deeds;
	unsigned n, room;
	unsigned current; /* the connection that the last step was about */
	unsigned *latest; /* by client and server port: the newest connection, plus 1 */
	unsigned next_client, next_self, left_open, left_half;
	char *error;
};

static unsigned roll(struct closings *closings, unsigned sides)
{
	closings->seed = closings->seed * 1103515245u + 12345u;
	return (closings->seed >> 8) % sides;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int fail(struct closings *closings, const char *what)
{
	int error = errno;

	snprintf(closings->error, 256, "%s: %s", what, strerror(error));
	return -error;
}

/* The truth. */

static unsigned *latest_of(struct closings *closings, uint16_t client, uint16_t server)
{
	return &closings->latest[(unsigned)client << 10 | (server & 1023)];
}

static int truth_add(struct closings *closings, uint16_t client, uint16_t server, const char *kind,
	enum cause claimed)
{
	if (closings->n == closings->room) {
		unsigned room = closings->room ? closings->room * 2 : 4096;
		void *truths = realloc(closings->truths, room * sizeof(*closings->truths));

		if (truths)
			closings->truths = truths;
		closings->deeds = realloc(closings->deeds, room * sizeof(*closings->deeds));
		if (!truths || !closings->deeds)
			abort();
		closings->room = room;
	}
	closings->truths[closings->n] = (struct truth){
		.client_port = client, .server_port = server, .kind = kind, .cause = CAUSE_COUNT};
	closings->deeds[closings->n] =
		(struct deed){.claimed = claimed, .previous = *latest_of(closings, client, server)};
	*latest_of(closings, client, server) = closings->n + 1;
	closings->current = closings->n;
	return (int)closings->n++;
}

/* Of a connection that its host has forgotten. */
static bool may_be_unknown(const struct closings *closings, unsigned i)
{
	return closings->deeds[i].claimed == CAUSE_STATE_LOST ||
		closings->deeds[i].claimed == CAUSE_ORPHAN_EXPIRED ||
		closings->deeds[i].claimed == CAUSE_RETRANSMISSION_TIMEOUT;
}

/* The kernel tells of the whole machine. */
static bool is_ours(const struct closings *closings, const struct reason_note *note)
{
	uint16_t server = note->source > note->destination ? note->source : note->destination;

	return note->from.family == (closings->family == AF_INET6 ? 6 : 4) &&
		server >= FIRST_LISTENER && server < SELF_FIRST + SELF_COUNT;
}

/* A listener's reset has no destination: it is about what was done last. What a newcomer in
 * SYN-SENT resets is what was left of the connection before, if only its TIME-WAIT (RFC 1337). */
static void take_reason(const struct reason_note *note, void *data)
{
	struct closings *closings = data;
	unsigned found = *latest_of(closings, note->destination, note->source);
	struct truth *truth;

	if (!is_ours(closings, note))
		return;
	if (!found)
		found = *latest_of(closings, note->source, note->destination);
	if (!note->destination)
		found = may_be_unknown(closings, closings->current) ? closings->current + 1 : 0;
	if (found && !strcmp(note->name, "TCP_INVALID_ACK_SEQUENCE"))
		found = closings->deeds[found - 1].previous;
	if (!found)
		return;
	truth = &closings->truths[found - 1];
	if (!truth->reason[0])
		snprintf(truth->reason, sizeof(truth->reason), "%s", note->name);
}

static void settle(struct closings *closings)
{
	reasons_read(closings->reasons, take_reason, closings);
	closings->pump(closings->pump_data);
}

static enum cause without_reset(const struct deed *deed)
{
	unsigned fins = (deed->has_ended[CLIENT] || deed->has_half_closed[CLIENT]) +
		(deed->has_ended[SERVER] || deed->has_half_closed[SERVER]);

	if (deed->claimed != CAUSE_COUNT)
		return deed->claimed;
	return fins == 2 ? CAUSE_ORDERLY : fins ? CAUSE_HALF_CLOSED : CAUSE_OPEN;
}

/* What the kernel's reason says by itself, and what it says only with what was done. */
static enum cause with_reason(const char *reason, enum cause claimed)
{
	static const struct {
		const char *reason;
		enum cause cause, may_be_claimed[3];
	} rows[] = {
		{"TCP_ABORT_ON_CLOSE", CAUSE_UNREAD_DATA,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_STATE", CAUSE_ABORT, {CAUSE_LISTENER_CLOSED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_DISCONNECT_WITH_DATA", CAUSE_ABORT,
			{CAUSE_LISTENER_CLOSED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_ABORT_ON_LINGER", CAUSE_LINGER2, {CAUSE_LINGER2, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_TIMEWAIT_SOCKET", CAUSE_DATA_AFTER_CLOSE,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT}},
		{"TCP_ABORT_ON_DATA", CAUSE_DATA_AFTER_CLOSE,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_LINGER2, CAUSE_COUNT}},
		{"TCP_KEEPALIVE_TIMEOUT", CAUSE_KEEPALIVE_TIMEOUT,
			{CAUSE_COUNT, CAUSE_COUNT, CAUSE_COUNT}},
		{"NO_SOCKET", CAUSE_COUNT,
			{CAUSE_REFUSED, CAUSE_STATE_LOST, CAUSE_RETRANSMISSION_TIMEOUT}},
		{"NO_SOCKET", CAUSE_COUNT, {CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_FLAGS", CAUSE_COUNT, {CAUSE_STATE_LOST, CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT}},
	};
	enum cause alone = CAUSE_COUNT;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].reason, reason))
			continue;
		for (unsigned j = 0; j < 3; j++)
			if (claimed != CAUSE_COUNT && rows[i].may_be_claimed[j] == claimed)
				return claimed;
		alone = rows[i].cause;
	}
	return alone;
}

static void conclude(struct closings *closings)
{
	for (unsigned i = 0; i < closings->n; i++) {
		struct truth *truth = &closings->truths[i];
		const struct deed *deed = &closings->deeds[i];

		if (deed->claimed == CAUSE_SELF_CONNECT || !truth->reason[0])
			truth->cause = without_reset(deed);
		else if (!strcmp(truth->reason, "TCP_INVALID_ACK_SEQUENCE"))
			truth->cause = deed->is_in_time_wait ? CAUSE_TIME_WAIT_ASSASSINATION
							     : CAUSE_HALF_OPEN_REUSE;
		else
			truth->cause = with_reason(truth->reason, deed->claimed);
	}
}

/* Sockets. */

static union address address_of(const struct closings *closings, uint16_t port)
{
	union address address = {.any.sa_family = closings->family};

	if (closings->family == AF_INET6) {
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

static int tcp_socket(const struct closings *closings)
{
	int fd = socket(closings->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

static int listen_on(struct closings *closings, uint16_t port, int backlog)
{
	union address address = address_of(closings, port);
	int fd = tcp_socket(closings);

	if (fd < 0 || bind(fd, &address.any, length_of(&address)) || listen(fd, backlog))
		return fail(closings, "cannot listen");
	return fd;
}

/* What the server's host still holds of the 4-tuple. */
static void note_state(struct closings *closings, uint16_t client, uint16_t server)
{
	union address local = address_of(closings, server), peer = address_of(closings, client);
	unsigned latest = *latest_of(closings, client, server);
	int state = 0;

	if (latest && !netlink_state(closings->netlink, &local, &peer, &state))
		closings->deeds[latest - 1].is_in_time_wait = state == TCP_TIME_WAIT;
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

static bool is_taken(struct closings *closings, uint16_t client, uint16_t server)
{
	unsigned latest = *latest_of(closings, client, server);

	return latest && closings->deeds[latest - 1].is_alive;
}

/* From the next of the clients' ports that is free. A connect() that is in progress is one: its SYN
 * is on the wire. Returns the descriptor; *ret_error is the errno of a refusal. */
static int connect_from(struct closings *closings, uint16_t server, uint16_t *ret_client,
	uint16_t wanted, int *ret_error)
{
	union address to = address_of(closings, server);

	*ret_error = 0;
	for (unsigned i = 0; i < CLIENT_COUNT * 4; i++) {
		uint16_t port = wanted
			? wanted
			: (uint16_t)(CLIENT_FIRST + closings->next_client++ % CLIENT_COUNT);
		union address from = address_of(closings, port);
		int fd;

		if (is_taken(closings, port, server) && !wanted)
			continue;
		note_state(closings, port, server);
		fd = tcp_socket(closings);

		if (fd < 0)
			return fail(closings, "cannot make a socket");
		*ret_client = port;
		if (!bind(fd, &from.any, length_of(&from)) && has_begun(fd, &to, ret_error))
			return fd;
		close(fd); /* still used, or in TIME-WAIT for less than tcp_tw_reuse_delay */
		if (i % CLIENT_COUNT == CLIENT_COUNT - 1)
			usleep(2000);
	}
	return fail(closings, "no client port is free");
}

static void send_bytes(int fd, unsigned number)
{
	static const char zeros[65536];

	while (number) {
		size_t part = number < sizeof(zeros) ? number : sizeof(zeros);
		ssize_t n = send(fd, zeros, part, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		number -= (unsigned)n;
	}
}

static void read_bytes(int fd, unsigned most)
{
	char buffer[65536];
	unsigned got = 0;

	while (!most || got < most) {
		size_t part = most && most - got < sizeof(buffer) ? most - got : sizeof(buffer);
		ssize_t n = recv(fd, buffer, part, 0);

		if (n <= 0)
			return;
		got += (unsigned)n;
	}
}

static void zero_linger(int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void dissolve(int fd)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	connect(fd, &nowhere, sizeof(nowhere));
}

static void vanish(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
}

static void deafen(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &none};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* A child alone has it; then it is killed. */
static void kill_holder(int fd)
{
	int ready[2], status;
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC))
		return;
	pid = fork();
	if (!pid) {
		dup2(fd, 3);
		dup2(ready[1], 4);
		close_range(5, ~0U, 0);
		if (write(4, "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1) {
		close(fd);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	close(ready[0]);
}

/* Steps. */

static void end_fd(struct alive *alive, unsigned side)
{
	close(alive->fds[side]);
	alive->fds[side] = -1;
}

static void step_take(struct closings *closings, struct alive *alive)
{
	const struct step *step = &alive->steps[alive->next++];
	struct deed *deed = &closings->deeds[alive->truth];
	int fd = alive->fds[step->side], value = (int)step->number;

	closings->current = alive->truth;
	if (step->kind == STEP_PAUSE)
		alive->not_before_ms = now_ms() + step->number;
	if (fd < 0 || step->kind == STEP_PAUSE)
		return;
	switch (step->kind) {
	case STEP_SEND: send_bytes(fd, step->number); return;
	case STEP_READ: read_bytes(fd, step->number); return;
	case STEP_DEAFEN: deafen(fd); return;
	case STEP_HEAR: setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &value, sizeof(value)); return;
	case STEP_OPTION:
		if (step->option == SO_KEEPALIVE)
			setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value));
		else
			setsockopt(fd, IPPROTO_TCP, step->option, &value, sizeof(value));
		return;
	case STEP_SHUT_WR:
	case STEP_SHUT_RDWR:
		deed->has_half_closed[step->side] = true;
		shutdown(fd, step->kind == STEP_SHUT_WR ? SHUT_WR : SHUT_RDWR);
		return;
	case STEP_KILL: kill_holder(fd); break;
	case STEP_ABORT: zero_linger(fd); break;
	case STEP_DISSOLVE: dissolve(fd); break;
	case STEP_VANISH: vanish(fd); break;
	}
	deed->has_ended[step->side] = true;
	if (step->kind == STEP_KILL)
		alive->fds[step->side] = -1;
	else
		end_fd(alive, step->side);
}

static void plan(struct alive *alive, enum step_kind kind, enum party side, unsigned number)
{
	if (alive->n < STEPS)
		alive->steps[alive->n++] = (struct step){
			.kind = (uint8_t)kind, .side = (uint8_t)side, .number = number};
}

static void plan_option(struct alive *alive, enum party side, int option, unsigned number)
{
	plan(alive, STEP_OPTION, side, number);
	alive->steps[alive->n - 1].option = option;
}

static unsigned some_bytes(struct closings *closings)
{
	switch (roll(closings, 10)) {
	case 0: return 1;
	case 1: return 50000 + roll(closings, 250000);
	case 2: return 10000 + roll(closings, 50000);
	default: return 1 + roll(closings, 5000);
	}
}

static void plan_exchange(struct closings *closings, struct alive *alive)
{
	for (unsigned i = roll(closings, 4); i; i--) {
		enum party from = (enum party)roll(closings, 2);

		plan(alive, STEP_SEND, from, some_bytes(closings));
		switch (roll(closings, 8)) {
		case 0: break; /* unread so far */
		case 1: plan(alive, STEP_READ, !from, 1 + roll(closings, 100)); break;
		default: plan(alive, STEP_READ, !from, 0);
		}
	}
}

static void plan_end(struct closings *closings, struct alive *alive, enum party side)
{
	switch (roll(closings, 16)) {
	case 0:
	case 1: plan(alive, STEP_ABORT, side, 0); break;
	case 2: plan(alive, STEP_DISSOLVE, side, 0); break;
	case 3: plan(alive, STEP_SHUT_RDWR, side, 0); break;
	case 4:
	case 5: plan(alive, STEP_SHUT_WR, side, 0); break;
	case 6: plan(alive, roll(closings, 8) ? STEP_CLOSE : STEP_KILL, side, 0); break;
	case 7:
		plan(alive, STEP_READ, side, 0);
		/* fall through */
	default: plan(alive, STEP_CLOSE, side, 0);
	}
}

static void plan_closing(struct closings *closings, struct alive *alive)
{
	enum party first = (enum party)roll(closings, 2);

	plan_end(closings, alive, first);
	if (!roll(closings, 4)) {
		plan(alive, STEP_SEND, !first, some_bytes(closings));
		if (roll(closings, 2))
			plan(alive, STEP_SEND, !first, 10);
	}
	if (roll(closings, 2))
		plan(alive, STEP_READ, !first, 0);
	if (!roll(closings, 4))
		plan(alive, STEP_READ, first, 0);
	plan_end(closings, alive, (enum party) !first);
	if (!roll(closings, 8))
		plan(alive, STEP_SEND, first, 20); /* where only half is closed */
	plan(alive, STEP_CLOSE, first, 0);
	plan(alive, STEP_CLOSE, (enum party) !first, 0);
}

/* Scenarios of one accepted connection, beside the ordinary one. */

static void plan_ordinary(struct closings *closings, struct alive *alive)
{
	plan_exchange(closings, alive);
	plan_closing(closings, alive);
}

static void plan_request(struct alive *alive)
{
	plan(alive, STEP_SEND, CLIENT, 300);
	plan(alive, STEP_READ, SERVER, 0);
	plan(alive, STEP_SEND, SERVER, 1000);
	plan(alive, STEP_READ, CLIENT, 0);
}

static void plan_race_unread(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan(alive, STEP_PAUSE, CLIENT, 1100);
	plan(alive, STEP_SEND, CLIENT, 300);
	plan(alive, STEP_CLOSE, SERVER, 0);
}

static void plan_race_closed(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan(alive, STEP_PAUSE, CLIENT, 1100);
	plan(alive, STEP_CLOSE, SERVER, 0);
	plan(alive, STEP_SEND, CLIENT, 300);
	plan(alive, STEP_CLOSE, CLIENT, 0);
}

static void plan_keepalive(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan_option(alive, CLIENT, TCP_KEEPIDLE, 1);
	plan_option(alive, CLIENT, TCP_KEEPINTVL, 1);
	plan_option(alive, CLIENT, TCP_KEEPCNT, 2);
	plan_option(alive, CLIENT, SO_KEEPALIVE, 1);
	plan(alive, STEP_DEAFEN, SERVER, 0);
	plan(alive, STEP_PAUSE, CLIENT, 4500);
	plan(alive, STEP_CLOSE, CLIENT, 0);
	plan(alive, STEP_VANISH, SERVER, 0);
}

static void plan_user_timeout(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan_option(alive, CLIENT, TCP_USER_TIMEOUT, 1500);
	plan(alive, STEP_DEAFEN, SERVER, 0);
	plan(alive, STEP_SEND, CLIENT, 300);
	plan(alive, STEP_PAUSE, CLIENT, 4500);
	plan(alive, STEP_CLOSE, CLIENT, 0);
	plan(alive, STEP_HEAR, SERVER, 0);
	plan(alive, roll(closings, 2) ? STEP_VANISH : STEP_CLOSE, SERVER, 0);
}

static void plan_state_lost(struct closings *closings, struct alive *alive)
{
	enum party gone = (enum party)roll(closings, 2);

	plan_request(alive);
	plan(alive, STEP_PAUSE, CLIENT, 50); /* nothing of it is under way */
	plan(alive, STEP_VANISH, gone, 0);
	if (roll(closings, 2))
		plan(alive, STEP_SEND, (enum party) !gone, 20);
	plan(alive, STEP_CLOSE, (enum party) !gone, 0);
}

static void plan_linger2(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan_option(alive, SERVER, TCP_LINGER2, (unsigned)-1);
	plan(alive, STEP_CLOSE, SERVER, 0);
	plan(alive, STEP_PAUSE, CLIENT, 100); /* until the FIN is acknowledged */
	plan(alive, STEP_CLOSE, CLIENT, 0);
}

static void plan_orphan(struct closings *closings, struct alive *alive)
{
	plan_request(alive);
	plan_option(alive, SERVER, TCP_LINGER2, 1);
	plan(alive, STEP_CLOSE, SERVER, 0);
	plan(alive, STEP_PAUSE, CLIENT, 2500);
	plan(alive, STEP_SEND, CLIENT, 20);
	plan(alive, STEP_CLOSE, CLIENT, 0);
}

typedef void plan_function(struct closings *closings, struct alive *alive);

static const struct scenario {
	const char *kind;
	plan_function *plan;
	enum cause claimed;
	unsigned per_10000; /* of all; the last row takes the rest */
} scenarios[] = {
	{"keep-alive race, unread", plan_race_unread, CAUSE_KEEP_ALIVE_RACE, 20},
	{"keep-alive race, closed", plan_race_closed, CAUSE_KEEP_ALIVE_RACE, 20},
	{"keepalive", plan_keepalive, CAUSE_KEEPALIVE_TIMEOUT, 10},
	{"user timeout", plan_user_timeout, CAUSE_RETRANSMISSION_TIMEOUT, 10},
	{"vanished", plan_state_lost, CAUSE_STATE_LOST, 60},
	{"linger2", plan_linger2, CAUSE_LINGER2, 30},
	{"orphan", plan_orphan, CAUSE_ORPHAN_EXPIRED, 10},
	{"ordinary", plan_ordinary, CAUSE_COUNT, 0},
};

static const struct scenario *pick(struct closings *closings)
{
	unsigned dice = roll(closings, 10000), i = 0;

	while (scenarios[i].per_10000 && dice >= scenarios[i].per_10000)
		dice -= scenarios[i++].per_10000;
	return &scenarios[i];
}

/* Connections. */

/* Then its resets have this TTL while the socket lives, and the host's own afterwards. */
static void choose_ttl(int fd)
{
	int ttl = 37;

	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(
		fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl)); /* one of the two fits */
}

/* At once, unless something of an old connection has to be reset first. */
static int accept_soon(struct closings *closings, unsigned which)
{
	int64_t deadline = now_ms() + 3000;
	int fd;

	do {
		fd = accept4(closings->listeners[which], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			settle(closings);
	} while (fd < 0 && now_ms() < deadline);
	return fd;
}

static int begin(struct closings *closings, struct alive *alive, const struct scenario *scenario)
{
	unsigned which = roll(closings, LISTENERS);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error;

	memset(alive, 0, sizeof(*alive));
	alive->fds[CLIENT] = connect_from(closings, server, &client, 0, &error);
	if (alive->fds[CLIENT] < 0)
		return alive->fds[CLIENT];
	alive->truth =
		(unsigned)truth_add(closings, client, server, scenario->kind, scenario->claimed);
	alive->fds[SERVER] = accept_soon(closings, which);
	if (error || alive->fds[SERVER] < 0)
		return fail(closings, "an accepted connection was wanted");
	if (!roll(closings, 8))
		choose_ttl(alive->fds[roll(closings, 2)]);
	alive->is_used = true;
	closings->deeds[alive->truth].is_alive = true;
	scenario->plan(closings, alive);
	return 0;
}

static int refuse(struct closings *closings, uint16_t port)
{
	uint16_t client;
	int error, fd = connect_from(closings, port, &client, 0, &error);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(error);

	if (fd < 0)
		return fd;
	truth_add(closings, client, port, "refused", CAUSE_REFUSED);
	settle(closings);
	/* TIME-WAIT there answers the first SYN, and is reset for it */
	if (!error && poll(&poll_fd, 1, 3000) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	close(fd);
	if (error)
		return 0;
	errno = EISCONN;
	return fail(closings, "a refusal was wanted");
}

/* Some wait to be accepted; then the listener is closed. Sometimes a few find nobody. */
static int close_listener(struct closings *closings)
{
	unsigned which = roll(closings, LISTENERS), n = 1 + roll(closings, QUEUED_MOST);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int fds[QUEUED_MOST], error, r = 0;

	for (unsigned i = 0; i < n; i++) {
		fds[i] = connect_from(closings, server, &client, 0, &error);
		if (fds[i] < 0)
			return fds[i];
		truth_add(closings, client, server, "queued", CAUSE_LISTENER_CLOSED);
		if (roll(closings, 2))
			send_bytes(fds[i], some_bytes(closings));
	}
	close(closings->listeners[which]);
	settle(closings);
	for (unsigned i = roll(closings, 3); i && !r; i--)
		r = refuse(closings, server);
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	closings->listeners[which] = listen_on(closings, server, 64);
	return r ? r : closings->listeners[which] < 0 ? closings->listeners[which] : 0;
}

static int connect_to_itself(struct closings *closings)
{
	uint16_t port = (uint16_t)(SELF_FIRST + closings->next_self++ % SELF_COUNT), client;
	int error, fd = connect_from(closings, port, &client, port, &error);

	if (fd < 0)
		return closings->next_self > SELF_COUNT ? 0 : fd; /* in TIME-WAIT still */
	truth_add(closings, port, port, "self", CAUSE_SELF_CONNECT);
	if (roll(closings, 2))
		send_bytes(fd, 10);
	close(fd);
	return 0;
}

/* The SYN is dropped for want of room; nobody waits for another. */
static int overflow(struct closings *closings)
{
	uint16_t client;
	int error, fd = connect_from(closings, FULL_PORT, &client, 0, &error);

	if (fd < 0)
		return fd;
	truth_add(closings, client, FULL_PORT, "overflow", CAUSE_BACKLOG_OVERFLOW);
	close(fd);
	return 0;
}

/* The client's host loses its memory, and connects from the same port again. */
static int start_over(struct closings *closings, struct alive *alive)
{
	unsigned which = roll(closings, LISTENERS);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error, fd = connect_from(closings, server, &client, 0, &error), old, again;

	if (fd < 0)
		return fd;
	truth_add(closings, client, server, "started over", CAUSE_HALF_OPEN_REUSE);
	old = accept_soon(closings, which);
	send_bytes(fd, 100);
	read_bytes(old, 0);
	send_bytes(old, 100); /* acknowledges */
	read_bytes(fd, 0);
	settle(closings);
	usleep(50000); /* nothing is under way */
	vanish(fd);
	close(fd);
	again = connect_from(closings, server, &client, client, &error);
	if (again < 0)
		return again;
	memset(alive, 0, sizeof(*alive));
	alive->truth = (unsigned)truth_add(closings, client, server, "ordinary", CAUSE_COUNT);
	alive->fds[CLIENT] = again;
	alive->fds[SERVER] = accept_soon(closings, which);
	close(old);
	if (alive->fds[SERVER] < 0)
		return fail(closings, "the second connection of a port was wanted");
	alive->is_used = true;
	plan_ordinary(closings, alive);
	return 0;
}

/* Ended by nobody before the capture is. */
static int leave(struct closings *closings)
{
	static const struct scenario open = {"left open", NULL, CAUSE_COUNT, 0},
				     half = {"left half-closed", NULL, CAUSE_COUNT, 0};
	bool is_half = closings->left_open == LEFT_OVER;
	unsigned which = roll(closings, LISTENERS);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error, fd, accepted;

	if (is_half && closings->left_half == LEFT_OVER)
		return 0;
	fd = connect_from(closings, server, &client, 0, &error);
	accepted = fd < 0 ? -1 : accept_soon(closings, which);
	if (fd < 0 || accepted < 0)
		return fail(closings, "a connection to be left open was wanted");
	truth_add(closings, client, server, (is_half ? &half : &open)->kind, CAUSE_COUNT);
	send_bytes(fd, 100);
	if (is_half) {
		shutdown(fd, SHUT_WR);
		closings->deeds[closings->n - 1].has_half_closed[CLIENT] = true;
	}
	*(is_half ? &closings->left_half : &closings->left_open) += 1;
	return 0; /* the descriptors stay until the process ends */
}

static int begin_any(struct closings *closings, struct alive *alive)
{
	unsigned dice = roll(closings, 1000);

	if (dice < 30)
		return refuse(closings, (uint16_t)(FIRST_CLOSED + roll(closings, CLOSED_PORTS)));
	if (dice < 50)
		return close_listener(closings);
	if (dice < 55)
		return connect_to_itself(closings);
	if (dice < 58)
		return overflow(closings);
	if (dice < 60)
		return start_over(closings, alive);
	if (dice < 65)
		return leave(closings);
	return begin(closings, alive, pick(closings));
}

static bool is_done(const struct alive *alive)
{
	return alive->next == alive->n;
}

static void finish(struct closings *closings, struct alive *alive)
{
	for (unsigned side = 0; side < 2; side++)
		if (alive->fds[side] >= 0)
			end_fd(alive, side);
	alive->is_used = false;
	closings->deeds[alive->truth].is_alive = false;
}

static int tend(struct closings *closings, struct alive *alive, bool is_more)
{
	if (!alive->is_used)
		return is_more ? begin_any(closings, alive) : 0;
	if (now_ms() < alive->not_before_ms)
		return 0;
	if (is_done(alive))
		finish(closings, alive);
	else
		step_take(closings, alive);
	return 0;
}

static unsigned count_used(const struct closings *closings)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ALIVE; i++)
		n += closings->alive[i].is_used;
	return n;
}

int closings_run(struct closings *closings, unsigned n, char *error)
{
	int64_t deadline = 0;
	int r = 0;

	closings->error = error;
	while (!r && (closings->n < n || count_used(closings))) {
		bool is_more = closings->n < n;

		if (!is_more && !deadline)
			deadline = now_ms() + PATIENCE_MS;
		if (!is_more && now_ms() > deadline) {
			snprintf(error, 256, "connections that do not come to their end");
			return -ETIMEDOUT;
		}
		r = tend(closings, &closings->alive[roll(closings, ALIVE)], is_more);
		settle(closings);
	}
	/* What was sent last may wait for delayed ACKs, or for a probe of a closed window. */
	for (deadline = now_ms() + 1500; !r && now_ms() < deadline;)
		settle(closings);
	conclude(closings);
	return r;
}

static int open_all(struct closings *closings, char *error)
{
	uint16_t client;
	int r = reasons_open(&closings->reasons, error), refused;

	if (!r)
		r = netlink_open(&closings->netlink);
	if (r)
		return r;
	closings->error = error;
	for (unsigned i = 0; i < LISTENERS; i++) {
		closings->listeners[i] = listen_on(closings, (uint16_t)(FIRST_LISTENER + i), 64);
		if (closings->listeners[i] < 0)
			return closings->listeners[i];
	}
	closings->full = listen_on(closings, FULL_PORT, 0);
	if (closings->full < 0)
		return closings->full;
	r = connect_from(closings, FULL_PORT, &client, 0, &refused);
	if (r < 0)
		return r;
	truth_add(closings, client, FULL_PORT, "left open", CAUSE_COUNT);
	return 0;
}

int closings_new(int family, unsigned seed, closings_pump *pump, void *data, struct closings **ret,
	char *error)
{
	struct closings *closings = calloc(1, sizeof(*closings));
	int r;

	if (!closings)
		return -ENOMEM;
	closings->latest = calloc(1u << 26, sizeof(*closings->latest));
	closings->seed = seed;
	closings->family = (sa_family_t)family;
	closings->pump = pump;
	closings->pump_data = data;
	r = closings->latest ? open_all(closings, error) : -ENOMEM;
	if (r)
		closings_free(closings);
	else
		*ret = closings;
	return r;
}

void closings_free(struct closings *closings)
{
	if (closings->reasons)
		reasons_close(closings->reasons);
	if (closings->netlink)
		netlink_close(closings->netlink);
	free(closings->truths);
	free(closings->deeds);
	free(closings->latest);
	free(closings);
}

const struct truth *closings_truths(const struct closings *closings, unsigned *ret_n)
{
	*ret_n = closings->n;
	return closings->truths;
}
