/* SPDX-License-Identifier: MIT */
#include "closings.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports.h"
#include "scenarios.h"
#include "touch.h"

enum {
	ALIVE = 24, /* connections that are in the midst of their script */
	QUEUED_MOST = 5,
	LEFT_OVER = 12, /* that stay open until the end, of each kind */
	ODD_TTL = 37,
	LATE_MS = 500, /* half of what explain takes for idle (history->idle_ns) */
	PATIENCE_MS = 60000, /* for an answer that comes at once, or behind a second SYN */
	MOST_TRIES = 4, /* of so many as are wanted, where this process waits for a CPU */
};

/* One connection in the midst of its script. */
struct alive {
	int fds[2];
	unsigned truth;
	struct script script;
	int64_t idle_until_ms; /* 0: not idle */
	int64_t deadline_ms; /* of what it waits for; 0: it does not */
	int64_t touched_ms; /* when something was done with it, or found to be waited for, last */
	bool is_used;
};

struct closings {
	struct stage *stage;
	struct dice dice;
	struct truths truths;
	struct ports ports;
	int listeners[LISTENERS];
	struct alive alive[ALIVE];
	unsigned next_self, left_open, left_half, n_late;
	char *error;
};

/* Whoever does not run for a while leaves connections idle, which the capture shows and nobody
 * meant. */
static void note_late(struct closings *closings, unsigned truth)
{
	struct truth *late = &closings->truths.list[truth];

	closings->n_late += !late->is_late;
	late->is_late = true;
}

static void touch(struct closings *closings, struct alive *alive)
{
	int64_t now = stage_now_ms();

	if (alive->touched_ms && now - alive->touched_ms > LATE_MS)
		note_late(closings, alive->truth);
	alive->touched_ms = now;
}

static int begin(struct closings *closings, struct alive *alive, const struct scenario *scenario)
{
	unsigned which = roll(&closings->dice, LISTENERS);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error;

	memset(alive, 0, sizeof(*alive));
	alive->fds[CLIENT] = ports_connect(&closings->ports, server, 0, &client, &error);
	if (alive->fds[CLIENT] < 0)
		return alive->fds[CLIENT];
	alive->truth =
		truths_add(&closings->truths, client, server, scenario->kind, scenario->claimed);
	alive->fds[SERVER] = ports_accept(&closings->ports, closings->listeners[which]);
	if (alive->fds[SERVER] < 0)
		return alive->fds[SERVER];
	/* Then its resets have this TTL while the socket lives, and the host's own afterwards. */
	if (!roll(&closings->dice, 8))
		touch_ttl(alive->fds[roll(&closings->dice, 2)], ODD_TTL);
	alive->is_used = true;
	closings->truths.deeds[alive->truth].is_alive = true;
	scenario->plan(&closings->dice, &alive->script);
	return 0;
}

static int refuse(struct closings *closings, uint16_t port)
{
	uint16_t client;
	int error, fd = ports_connect(&closings->ports, port, 0, &client, &error);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(error);

	if (fd < 0)
		return fd;
	truths_add(&closings->truths, client, port, "refused", CAUSE_REFUSED);
	stage_pump(closings->stage);
	/* TIME-WAIT there answers the first SYN, and is reset for it */
	if (!error && poll(&poll_fd, 1, PATIENCE_MS) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	close(fd);
	if (error)
		return 0;
	errno = EISCONN;
	return stage_fail(closings->error, "a refusal was wanted");
}

/* Some wait to be accepted; then the listener is closed. Sometimes a few find nobody. */
static int close_listener(struct closings *closings)
{
	unsigned which = roll(&closings->dice, LISTENERS),
		 n = 1 + roll(&closings->dice, QUEUED_MOST);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int fds[QUEUED_MOST], error, r = 0;

	for (unsigned i = 0; i < n; i++) {
		fds[i] = ports_connect(&closings->ports, server, 0, &client, &error);
		if (fds[i] < 0)
			return fds[i];
		truths_add(&closings->truths, client, server, "queued", CAUSE_LISTENER_CLOSED);
		if (roll(&closings->dice, 2))
			touch_send(fds[i], some_bytes(&closings->dice));
	}
	close(closings->listeners[which]);
	stage_pump(closings->stage);
	for (unsigned i = roll(&closings->dice, 3); i && !r; i--)
		r = refuse(closings, server);
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	closings->listeners[which] = ports_listen(&closings->ports, server, 64);
	return r ? r : closings->listeners[which] < 0 ? closings->listeners[which] : 0;
}

static int connect_to_itself(struct closings *closings)
{
	uint16_t port = (uint16_t)(SELF_FIRST + closings->next_self++ % SELF_COUNT), client;
	int error, fd;

	if (ports_server_state(&closings->ports, port, port))
		return 0; /* in TIME-WAIT still */
	fd = ports_connect(&closings->ports, port, port, &client, &error);
	if (fd < 0)
		return fd;
	truths_add(&closings->truths, port, port, "self", CAUSE_SELF_CONNECT);
	if (roll(&closings->dice, 2))
		touch_send(fd, 10);
	close(fd);
	return 0;
}

/* The SYN is dropped for want of room; nobody waits for another. */
static int overflow(struct closings *closings)
{
	uint16_t client;
	int error, fd = ports_connect(&closings->ports, FULL_PORT, 0, &client, &error);

	if (fd < 0)
		return fd;
	truths_add(&closings->truths, client, FULL_PORT, "overflow", CAUSE_BACKLOG_OVERFLOW);
	close(fd);
	return 0;
}

/* Until nothing of it is under way. */
static int wait_until_acknowledged(struct closings *closings, const int fds[2])
{
	int64_t deadline = stage_deadline();

	while (!touch_is_acknowledged(fds[0]) || !touch_is_acknowledged(fds[1])) {
		if (stage_is_over(deadline)) {
			errno = ETIMEDOUT;
			return stage_fail(closings->error, "an acknowledgement was wanted");
		}
		stage_pump(closings->stage);
	}
	return stage_settle(closings->stage);
}

/* The client's host loses its memory, and connects from the same port again. */
static int start_over(struct closings *closings, struct alive *alive)
{
	unsigned which = roll(&closings->dice, LISTENERS);
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error, old[2], r;

	old[CLIENT] = ports_connect(&closings->ports, server, 0, &client, &error);
	if (old[CLIENT] < 0)
		return old[CLIENT];
	truths_add(&closings->truths, client, server, "started over", CAUSE_HALF_OPEN_REUSE);
	old[SERVER] = ports_accept(&closings->ports, closings->listeners[which]);
	if (old[SERVER] < 0)
		return old[SERVER];
	touch_send(old[CLIENT], 100);
	touch_read(old[SERVER], 0);
	touch_send(old[SERVER], 100); /* acknowledges */
	touch_read(old[CLIENT], 0);
	r = wait_until_acknowledged(closings, old);
	if (r)
		return r;
	touch_vanish(old[CLIENT]);
	close(old[CLIENT]);
	memset(alive, 0, sizeof(*alive));
	alive->fds[CLIENT] = ports_connect(&closings->ports, server, client, &client, &error);
	if (alive->fds[CLIENT] < 0)
		return alive->fds[CLIENT];
	alive->truth = truths_add(&closings->truths, client, server, "ordinary", CAUSE_COUNT);
	alive->fds[SERVER] = ports_accept(&closings->ports, closings->listeners[which]);
	close(old[SERVER]);
	if (alive->fds[SERVER] < 0)
		return alive->fds[SERVER];
	alive->is_used = true;
	plan_ordinary(&closings->dice, &alive->script);
	return 0;
}

/* Ended by nobody before the capture is. */
static int leave(struct closings *closings)
{
	bool is_half = closings->left_open == LEFT_OVER;
	unsigned which = roll(&closings->dice, LISTENERS), left;
	uint16_t server = (uint16_t)(FIRST_LISTENER + which), client;
	int error, fd, accepted;

	if (is_half && closings->left_half == LEFT_OVER)
		return 0;
	fd = ports_connect(&closings->ports, server, 0, &client, &error);
	if (fd < 0)
		return fd;
	left = truths_add(&closings->truths, client, server,
		is_half ? "left half-closed" : "left open", CAUSE_COUNT);
	accepted = ports_accept(&closings->ports, closings->listeners[which]);
	if (accepted < 0)
		return accepted;
	touch_send(fd, 100);
	if (is_half) {
		shutdown(fd, SHUT_WR);
		closings->truths.deeds[left].has_half_closed[CLIENT] = true;
	}
	*(is_half ? &closings->left_half : &closings->left_open) += 1;
	return 0; /* the descriptors stay until the process ends */
}

static int begin_any(struct closings *closings, struct alive *alive)
{
	unsigned number = roll(&closings->dice, 1000);

	if (number < 30)
		return refuse(
			closings, (uint16_t)(FIRST_CLOSED + roll(&closings->dice, CLOSED_PORTS)));
	if (number < 50)
		return close_listener(closings);
	if (number < 55)
		return connect_to_itself(closings);
	if (number < 58)
		return overflow(closings);
	if (number < 60)
		return start_over(closings, alive);
	if (number < 65)
		return leave(closings);
	return begin(closings, alive, scenario_pick(&closings->dice));
}

/* What takes several steps at once. */
static int begin_in_time(struct closings *closings, struct alive *alive)
{
	unsigned first = closings->truths.n;
	int64_t begun_ms = stage_now_ms();
	int r = begin_any(closings, alive);

	if (stage_now_ms() - begun_ms > LATE_MS)
		for (unsigned i = first; i < closings->truths.n; i++)
			note_late(closings, i);
	return r;
}

static void finish(struct closings *closings, struct alive *alive)
{
	for (unsigned side = 0; side < 2; side++)
		if (alive->fds[side] >= 0)
			step_end(alive->fds, (enum party)side);
	alive->is_used = false;
	closings->truths.deeds[alive->truth].is_alive = false;
}

/* Whether what the step waits for has come. */
static bool has_come(struct closings *closings, struct alive *alive, const struct step *step)
{
	const struct truth *truth = &closings->truths.list[alive->truth];

	switch (step->kind) {
	case STEP_IDLE:
		if (!alive->idle_until_ms)
			alive->idle_until_ms = stage_now_ms() + step->number;
		return stage_now_ms() >= alive->idle_until_ms;
	case STEP_UNTIL_ACKNOWLEDGED:
		return touch_is_acknowledged(alive->fds[CLIENT]) &&
			touch_is_acknowledged(alive->fds[SERVER]);
	case STEP_UNTIL_ENDED: return touch_is_ended(alive->fds[step->side]);
	case STEP_UNTIL_FORGOTTEN:
		return !ports_server_state(
			&closings->ports, truth->client_port, truth->server_port);
	}
	return true;
}

static int step_on(struct closings *closings, struct alive *alive)
{
	const struct step *step = &alive->script.steps[alive->script.next];

	if (!has_come(closings, alive, step)) {
		if (!alive->deadline_ms)
			alive->deadline_ms = stage_deadline();
		if (!stage_is_over(alive->deadline_ms))
			return 0;
		snprintf(closings->error, SOURCE_ERROR_SIZE, "%s, step %u: waited in vain",
			closings->truths.list[alive->truth].kind, alive->script.next);
		return -ETIMEDOUT;
	}
	alive->deadline_ms = alive->idle_until_ms = 0;
	alive->script.next++;
	closings->truths.current = alive->truth;
	if (step->kind < STEP_IDLE)
		step_take(step, alive->fds, &closings->truths.deeds[alive->truth]);
	return 0;
}

static int tend(struct closings *closings, struct alive *alive, bool is_more)
{
	if (!alive->is_used)
		return is_more ? begin_in_time(closings, alive) : 0;
	touch(closings, alive);
	if (alive->script.next < alive->script.n)
		return step_on(closings, alive);
	finish(closings, alive);
	return 0;
}

static bool is_any_used(const struct closings *closings)
{
	for (unsigned i = 0; i < ALIVE; i++)
		if (closings->alive[i].is_used)
			return true;
	return false;
}

/* What was sent last may wait for delayed ACKs, or for a probe of a closed window. */
static int wait_until_quiet(struct closings *closings)
{
	int64_t deadline = stage_deadline();

	while (!ports_are_quiet(&closings->ports)) {
		if (stage_is_over(deadline)) {
			errno = ETIMEDOUT;
			return stage_fail(closings->error, "some wait for an answer");
		}
		stage_pump(closings->stage);
	}
	return stage_settle(closings->stage);
}

int closings_run(struct closings *closings, unsigned n, char *error)
{
	bool is_more = true;
	int r = 0;

	closings->error = closings->ports.error = error;
	while (!r && (is_more || is_any_used(closings))) {
		r = tend(closings, &closings->alive[roll(&closings->dice, ALIVE)], is_more);
		stage_pump(closings->stage);
		is_more = closings->truths.n - closings->n_late < n &&
			closings->truths.n < MOST_TRIES * n;
	}
	if (!r)
		r = wait_until_quiet(closings);
	stage_pump(closings->stage);
	truths_conclude(&closings->truths);
	return r;
}

static int open_all(struct closings *closings)
{
	uint16_t client;
	int r = ports_open(&closings->ports), full, refused;

	if (r)
		return r;
	for (unsigned i = 0; i < LISTENERS; i++) {
		closings->listeners[i] =
			ports_listen(&closings->ports, (uint16_t)(FIRST_LISTENER + i), 64);
		if (closings->listeners[i] < 0)
			return closings->listeners[i];
	}
	full = ports_listen(&closings->ports, FULL_PORT, 0);
	if (full < 0)
		return full;
	r = ports_connect(&closings->ports, FULL_PORT, 0, &client, &refused);
	if (r < 0)
		return r;
	truths_add(&closings->truths, client, FULL_PORT, "left open", CAUSE_COUNT);
	return 0;
}

static void take_reasons(void *data)
{
	truths_take_reasons(data);
}

int closings_new(int family, unsigned seed, struct stage *stage, struct closings **ret, char *error)
{
	struct closings *closings = calloc(1, sizeof(*closings));
	int r;

	if (!closings)
		return -ENOMEM;
	closings->stage = stage;
	closings->dice.state = seed;
	closings->ports = (struct ports){.family = (sa_family_t)family,
		.truths = &closings->truths,
		.stage = stage,
		.error = error};
	r = truths_new(&closings->truths, family == AF_INET6 ? 6 : 4, FIRST_LISTENER,
		SELF_FIRST + SELF_COUNT - 1, error);
	stage->on_pump = take_reasons;
	stage->data = &closings->truths;
	if (!r)
		r = open_all(closings);
	if (r)
		closings_free(closings);
	else
		*ret = closings;
	return r;
}

void closings_free(struct closings *closings)
{
	closings->stage->on_pump = NULL;
	ports_close(&closings->ports);
	truths_free(&closings->truths);
	free(closings);
}

const struct truth *closings_truths(const struct closings *closings, unsigned *ret_n)
{
	*ret_n = closings->truths.n;
	return closings->truths.list;
}
