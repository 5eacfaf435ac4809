/* SPDX-License-Identifier: MIT */
/* The raw peer's verbs: what it sends, and waiting for what comes. */
#include "peer_steps.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "verb.h"

static void hold(struct run *run, struct peer *peer, unsigned port)
{
	int r = peer_hold(peer, port);

	if (r)
		run_break(run, "the raw peer cannot have its port: %s", strerror(-r));
	run->world->port_owner[port] = run->script->peer_plays;
}

void peer_begin(struct run *run, struct peer *peer, enum side listening)
{
	const struct shared *shared = run->world->shared;
	bool is_v6 = shared->family == AF_INET6 && !shared->is_mapped;
	struct user_stack_place place;
	int r;

	if (user_stack)
		user_stack->place(run->script->peer_plays, is_v6 ? 6 : 4, &place);
	r = peer_open(peer, is_v6 ? 6 : 4, run->script->peer_plays != listening, shared->port,
		user_stack ? &place : NULL);

	run->world->peer = peer;
	run->world->peer_plays = run->script->peer_plays;
	if (r == -EPERM)
		snprintf(run->record->skip, sizeof(run->record->skip),
			"needs raw sockets (CAP_NET_RAW) for the raw peer");
	else if (r)
		run_break(run, "the raw peer cannot open its socket: %s", strerror(-r));
	if (r)
		return;
	hold(run, peer, peer_port(peer));
	for (uint32_t i = 0; i < run->script->n_actions; i++) {
		const struct action *action = &run->script->actions[i];

		if (action->side == SIDE_PEER && action->segment.given & SEGMENT_ORDER_FROM)
			hold(run, peer, action->segment.from);
	}
}

static bool settled(struct run *run)
{
	int r = world_settle(run->world);

	if (r)
		run_break(run, "the segments under way did not arrive: %s", strerror(-r));
	else if (run->world->peer->has_lost)
		run_break(run, "more than %d segments came to the raw peer and were not taken",
			PEER_SEEN);
	return !run_is_over(run);
}

static bool sent(struct run *run, const struct action *action, int r)
{
	if (!r)
		return true;
	if (r == -ENOTCONN)
		run_break(run,
			"line %u: the raw peer does not know where to: nothing has come from the "
			"kernel's side yet (or say to=PORT)",
			action->line);
	else
		run_break(run, "line %u: the raw peer cannot send: %s", action->line, strerror(-r));
	return false;
}

/* Waits for a segment up to the deadline: the kernel may send it when a timer says so. */
static bool take(struct run *run, const struct action *action, struct reply *ret)
{
	const struct segment_order *order = &action->segment;
	struct world *world = run->world;
	unsigned port = order->given & SEGMENT_ORDER_FROM ? order->from : peer_port(world->peer);
	struct pollfd frames = {.fd = source_fd(world->source), .events = POLLIN};
	int64_t began = order_clock_ns(), deadline = order_deadline_ns(run);
	struct outcome outcome = outcome_word("nothing");
	bool found;

	while (settled(run) && !(found = peer_next(world->peer, port, order->again, &outcome)) &&
		!order->now) {
		int64_t left = deadline - order_clock_ns();

		if (left <= 0) {
			run_break(run, "line %u: no segment came to the raw peer within %u s",
				action->line, run->script->deadline_ms / 1000);
			break;
		}
		poll(&frames, 1, (int)(left / 1000000) + 1);
	}
	order_stamp(run, ret, outcome);
	ret->took_ns = order_clock_ns() - began;
	ret->began_ns -= ret->took_ns;
	return !run_is_over(run);
}

/* As take(), of a stack in the other actor's process: what does not come within its patience never
 * comes. */
static bool take_by_clock(struct run *run, const struct action *action, struct reply *ret)
{
	const struct segment_order *order = &action->segment;
	struct world *world = run->world;
	unsigned port = order->given & SEGMENT_ORDER_FROM ? order->from : peer_port(world->peer);
	int64_t began_ms = world->shared->stack_ms, deadline_ms = began_ms + USER_STACK_PATIENCE_MS;
	struct outcome outcome = outcome_word("nothing");

	while (settled(run) && !peer_next(world->peer, port, order->again, &outcome) &&
		!order->now && world->shared->stack_ms < deadline_ms)
		user_stack_pass_time(world);
	order_stamp(run, ret, outcome);
	ret->took_ns = (world->shared->stack_ms - began_ms) * 1000000;
	ret->began_ns -= ret->took_ns;
	return !run_is_over(run);
}

bool peer_perform(struct run *run, const struct action *action, struct reply *ret)
{
	order_stamp(run, ret, outcome_word("sent"));
	switch ((enum verb_id)action->verb) {
	case VERB_PEER_SEND:
		return sent(run, action, peer_send(run->world->peer, &action->segment));
	case VERB_PEER_ERROR:
		return sent(run, action, peer_send_error(run->world->peer, &action->segment));
	default: break;
	}
	return user_stack ? take_by_clock(run, action, ret) : take(run, action, ret);
}

/* One of the harness's own segments, or an answer of the kernel's that must be this. */
static bool send_flags(struct run *run, uint8_t flags)
{
	struct action action = {.segment = {.flags = flags}};

	return !run_is_over(run) &&
		sent(run, &action, peer_send(run->world->peer, &action.segment)) && settled(run);
}

static bool expect_flags(struct run *run, uint8_t flags)
{
	struct peer *peer = run->world->peer;
	struct outcome outcome = outcome_word("nothing");
	char text[OUTCOME_TEXT_SIZE];

	if (run_is_over(run) || !settled(run))
		return false;
	if (peer_next(peer, peer_port(peer), false, &outcome) && outcome.kind == OUTCOME_SEGMENT &&
		outcome.flags == flags)
		return true;
	run_break(run, "no handshake with the raw peer: %s came",
		outcome_print(&outcome, text, sizeof(text)));
	return false;
}

void peer_shake_hands(struct run *run, bool kernel_connects)
{
	if (kernel_connects) {
		if (expect_flags(run, SEGMENT_SYN) && send_flags(run, SEGMENT_SYN | SEGMENT_ACK))
			expect_flags(run, SEGMENT_ACK);
	} else if (send_flags(run, SEGMENT_SYN) && expect_flags(run, SEGMENT_SYN | SEGMENT_ACK)) {
		send_flags(run, SEGMENT_ACK);
	}
}
