/* SPDX-License-Identifier: MIT */
/* What the conductor does with stacks in the actors' processes. See userstack.h. */
#include "userstack.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "world.h"

const struct user_stack *user_stack;

int user_stack_prepare(struct world *world)
{
	char byte;

	for (unsigned side = 0; side < SHARED_SIDES; side++) {
		int *frames = &world->stack_frames[side];

		if (*frames < 0 && (*frames = user_stack->open((enum side)side)) < 0)
			return *frames;
		while (recv(*frames, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0)
			; /* the last words to those who have ended */
	}
	return 0;
}

/* -EPIPE: the process is gone, and its stack with it. */
static int ask(struct world *world, enum side side, const struct user_stack_order *order,
	struct user_stack_reply *ret)
{
	int channel = world->actors[side][USER_STACK_ACTOR].channel;
	ssize_t length;

	if (send(channel, order, sizeof(*order), MSG_NOSIGNAL) != sizeof(*order))
		return -EPIPE;
	do
		length = recv(channel, ret, sizeof(*ret), 0);
	while (length < 0 && errno == EINTR);
	return length == sizeof(*ret) ? 0 : -EPIPE;
}

/* Whether the side's actor is at rest: its call has returned, waits in the stack, or was never
 * begun. What waits in a stack is woken by nothing but the stack's own doings. */
static bool is_at_rest(const struct actor_handle *actor)
{
	struct pollfd channel = {.fd = actor->channel, .events = POLLIN};

	return !actor->is_ordered || actor->is_waiting || actor->has_ended ||
		poll(&channel, 1, 0) != 0;
}

static bool are_at_rest(const struct world *world)
{
	return is_at_rest(&world->actors[SIDE_CLIENT][0]) &&
		is_at_rest(&world->actors[SIDE_SERVER][0]);
}

/* What both stacks did in one turn. */
struct turn {
	uint32_t did, sent;
	int64_t next_ms;
};

static struct turn turn(struct world *world)
{
	static const struct user_stack_order run;
	struct turn both = {.next_ms = INT64_MAX};

	for (unsigned side = 0; side < SHARED_SIDES; side++) {
		struct user_stack_reply reply;

		if (ask(world, (enum side)side, &run, &reply))
			continue;
		world->actors[side][0].is_waiting = reply.is_blocked;
		if (reply.next_ms < both.next_ms)
			both.next_ms = reply.next_ms;
		both.did += reply.did;
		both.sent += reply.sent;
	}
	return both;
}

#define TURNS 100000 /* of stacks that answer each other for ever, or an actor that never rests */

/* A marker comes by behind all that was sent before it. If the actors were at rest by then and no
 * stack finds anything to do after it, all is done and captured. */
int user_stack_settle(struct world *world)
{
	for (unsigned i = 0; i < TURNS; i++) {
		bool at_rest = are_at_rest(world);
		int r = world_pass_marker(world);
		struct turn both;

		if (r)
			return r;
		both = turn(world);
		world->stack_next_ms = both.next_ms;
		if (!both.did && at_rest)
			return 0;
		if (!at_rest)
			sched_yield();
	}
	return -ETIMEDOUT;
}

/* Most timers come to nothing: then there is nothing to wait for. */
int user_stack_pass_time(struct world *world)
{
	int64_t next_ms = world->stack_next_ms;
	struct turn both;

	if (next_ms == INT64_MAX) /* both are gone: nothing will ever happen */
		next_ms = world->shared->stack_ms + USER_STACK_PATIENCE_MS;
	if (next_ms > world->shared->stack_ms)
		world->shared->stack_ms = next_ms;
	both = turn(world);
	world->stack_next_ms = both.next_ms;
	return both.sent || !are_at_rest(world) ? user_stack_settle(world) : 0;
}

int user_stack_state(struct world *world, enum side side, uint16_t local, uint16_t peer, int *ret)
{
	struct user_stack_order order = {.asks_state = true, .local = local, .peer = peer};
	struct user_stack_reply reply = {0};

	ask(world, side, &order, &reply);
	*ret = reply.state;
	return 0;
}
