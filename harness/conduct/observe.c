/* SPDX-License-Identifier: MIT */
/* The verbs that are performed from outside the actors: await, look, state, until, kill, counter,
 * route, deliver. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deliver.h"
#include "network.h"
#include "orders.h"
#include "userstack.h"
#include "unixstate.h"
#include "verb.h"

static const struct shared_end *find_end(const struct run *run, enum side side, const char *name)
{
	const struct shared_end *ends = run->world->shared->ends[side];

	for (unsigned i = 0; i < SHARED_ENDS; i++)
		if (!strcmp(ends[i].name, name))
			return &ends[i];
	return NULL;
}

static enum side other_side(enum side side)
{
	return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* Of the socket with these addresses, if the side's process knows it as its own; else 0. */
static uint64_t inode_of(const struct run *run, enum side side, const union address *local,
	const union address *peer)
{
	const struct shared_end *ends = run->world->shared->ends[side];

	for (unsigned i = 0; i < SHARED_ENDS; i++)
		if (ends[i].name[0] && !memcmp(&ends[i].local, local, sizeof(*local)) &&
			!memcmp(&ends[i].peer, peer, sizeof(*peer)))
			return ends[i].inode;
	return 0;
}

/* NULL: this kernel does not show it. "": the run is broken. */
static const char *ask_state(
	struct run *run, enum side side, const struct shared_end *end, bool is_peer)
{
	const union address *local = is_peer ? &end->peer : &end->local;
	const union address *peer = is_peer ? &end->local : &end->peer;
	int state = 0, r;

	if (!local->any.sa_family)
		return "none";
	if (user_stack)
		r = user_stack_state(run->world, is_peer ? other_side(side) : side,
			address_port(local), address_port(peer), &state);
	else if (run->world->shared->family == AF_UNIX)
		r = unix_state(end->inode, &state);
	else if (address_port(local))
		r = world_state(run->world, is_peer ? other_side(side) : side, local, peer,
			is_peer ? inode_of(run, other_side(side), local, peer) : end->inode,
			&state);
	else
		return "none";
	if (r == -ENODATA) {
		run->record->unseen.states = true;
		return NULL;
	}
	if (r) {
		run_break(run, "the kernel cannot say the state of %s: %s", side_name(side),
			strerror(-r));
		return "";
	}
	return state_name(state);
}

const char *observe_state(struct run *run, enum side side, const char *name)
{
	const struct shared_end *end = find_end(run, side, name);

	return end ? ask_state(run, side, end, false) : "none";
}

/* The other end has the same two addresses the other way round. A Unix socket's other end has no
 * address to be asked by. */
static const char *observe_peer_state(struct run *run, enum side side, const char *name)
{
	const struct shared_end *end = find_end(run, side, name);

	return end && run->world->shared->family != AF_UNIX ? ask_state(run, side, end, true)
							    : "none";
}

static const char *name_on(const struct action *action)
{
	if (action->has_names_on)
		return action->on;
	return action->side == SIDE_LISTENER ? "listener" : "sock";
}

/* Of the raw peer: the kernel's end of its usual connection, a request included. */
static const char *observe_raw_peer(struct run *run)
{
	struct shared_end end = {.name = ""};

	return peer_ends(run->world->peer, &end.peer, &end.local)
		? ask_state(run, run->world->peer_plays, &end, true)
		: "none";
}

static bool observe_once(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	const char *name = name_on(action), *state;
	bool of_peer = action->verb == VERB_PEER_STATE ||
		(action->verb == VERB_UNTIL && action->operands[1] != OPERAND_ABSENT);

	if (action->side == SIDE_PEER)
		state = observe_raw_peer(run);
	else
		state = of_peer ? observe_peer_state(run, side, name)
				: observe_state(run, side, name);
	order_stamp(run, ret, state ? outcome_word(state) : (struct outcome){.kind = OUTCOME_NONE});
	return !state || state[0];
}

/* As observe_until() below, with stacks in the actors: time passes when nothing else can happen. */
static bool observe_until_by_clock(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	const char *wanted = word_name(states, action->operands[0]);
	const struct shared *shared = run->world->shared;
	int64_t began_ms = shared->stack_ms, deadline_ms = began_ms + USER_STACK_PATIENCE_MS;
	int r = user_stack_settle(run->world);

	while (!r && observe_once(run, side, action, ret) && strcmp(ret->outcome.word, wanted) &&
		shared->stack_ms < deadline_ms)
		r = user_stack_pass_time(run->world);
	ret->took_ns = (shared->stack_ms - began_ms) * 1000000;
	ret->began_ns -= ret->took_ns;
	if (r)
		run_break(run, "the segments under way did not arrive: %s", strerror(-r));
	return !r;
}

/* Asks again and again, and lets others run in between; segments may come and go meanwhile. */
static bool observe_until(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	const char *wanted = word_name(states, action->operands[0]);
	int64_t began = order_clock_ns(), deadline = order_deadline_ns(run);
	struct pollfd frames = {.fd = world_fd(run->world), .events = POLLIN};
	int r;

	do {
		if ((r = world_settle(run->world))) {
			run_break(run, "the segments under way did not arrive: %s", strerror(-r));
			return false;
		}
		if (!observe_once(run, side, action, ret))
			return false;
		if (!strcmp(ret->outcome.word, wanted) || ret->outcome.kind == OUTCOME_NONE)
			break;
		poll(&frames, 1,
			1); /* states change with segments, or with timers that nothing announces */
	} while (order_clock_ns() < deadline);
	ret->took_ns = order_clock_ns() - began;
	ret->began_ns -= ret->took_ns;
	return true;
}

static bool mask_holds(const char *status, const char *mask, int signal)
{
	const char *line = strstr(status, mask);

	return line && strtoull(line + strlen(mask), NULL, 16) >> (signal - 1) & 1;
}

/* What the process does with a signal. */
struct fate {
	bool is_ignored, is_caught;
};

/* As the steps have it so far. SIGPIPE is ignored from the start. */
static struct fate fate_by_script(const struct run *run, const struct action *kill, int signal)
{
	struct fate fate = {.is_ignored = signal == SIGPIPE};

	for (const struct action *action = run->script->actions; action != kill; action++) {
		enum disposition disposition = (enum disposition)action->operands[1];

		if (strcmp(verbs[action->verb].name, "signal") || action->side != kill->side ||
			action->operands[0] != signal)
			continue;
		fate.is_ignored =
			disposition == DISPOSITION_IGNORE || disposition == DISPOSITION_BLOCK;
		fate.is_caught =
			disposition == DISPOSITION_CATCH || disposition == DISPOSITION_RESTART;
	}
	return fate;
}

/* As /proc says before the signal is sent; gVisor's says nothing of signals. */
static struct fate find_fate(struct run *run, enum side side, const struct action *kill, int signal)
{
	char status[4096] = "";

	order_read_task(run, side, kill->actor, "status", status, sizeof(status));
	if (run->world->lacks.frame_order && !strstr(status, "SigCgt:"))
		return fate_by_script(run, kill, signal);
	return (struct fate){
		.is_ignored = mask_holds(status, "SigIgn:", signal) ||
			mask_holds(status, "SigBlk:", signal),
		.is_caught = mask_holds(status, "SigCgt:", signal),
	};
}

/* Asks until `done` says so or the deadline is over. */
static bool wait_for(struct run *run, bool (*done)(struct run *, enum side, unsigned, uint32_t),
	enum side side, unsigned actor, uint32_t value)
{
	int64_t deadline = order_deadline_ns(run);

	while (!done(run, side, actor, value)) {
		if (order_clock_ns() > deadline)
			return false;
		sched_yield();
	}
	return true;
}

static bool is_stopped(struct run *run, enum side side, unsigned actor, uint32_t unused)
{
	return order_task_state(run, side, actor) == 'T';
}

static bool is_continued(struct run *run, enum side side, unsigned actor, uint32_t unused)
{
	return order_task_state(run, side, actor) != 'T';
}

static bool has_caught(struct run *run, enum side side, unsigned actor, uint32_t before)
{
	return run->world->shared->actors[side][actor].signals_caught != before;
}

static bool await_fate(struct run *run, enum side side, const struct action *action, int signal,
	struct actor_handle *process, struct fate fate, uint32_t before, struct outcome *ret)
{
	if (signal == SIGSTOP) {
		*ret = outcome_word("stopped");
		return wait_for(run, is_stopped, side, action->actor, 0);
	}
	if (signal == SIGCONT) {
		*ret = outcome_word("continued");
		return wait_for(run, is_continued, side, action->actor, 0);
	}
	*ret = outcome_word(fate.is_ignored ? "ignored" : "caught");
	if (fate.is_ignored)
		return true;
	if (fate.is_caught)
		return wait_for(run, has_caught, side, action->actor, before);
	if (!order_await_end(run, process))
		return false;
	*ret = order_end_outcome(process);
	return true;
}

static bool observe_kill(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	struct actor_handle *actor = &run->world->actors[side][action->actor];
	struct actor_handle *process = actor->is_thread ? &run->world->actors[side][0] : actor;
	const struct shared_actor *page = &run->world->shared->actors[side][action->actor];
	int signal = (int)action->operands[0];
	struct fate fate = find_fate(run, side, action, signal);
	uint32_t before = page->signals_caught;
	struct outcome outcome;

	if (!actor->pid || process->has_ended) {
		run_break(run, "line %u: the process to kill is gone already", action->line);
		return false;
	}
	order_stamp(run, ret, outcome_number(0));
	if (syscall(SYS_tgkill, process->pid, page->tid, signal)) {
		run_break(
			run, "line %u: cannot send the signal: %s", action->line, strerror(errno));
		return false;
	}
	if (!await_fate(run, side, action, signal, process, fate, before, &outcome)) {
		if (run_is_over(run))
			return false;
		run_break(run, "line %u: the process did not react to the signal within %u s",
			action->line, run->script->deadline_ms / 1000);
		return false;
	}
	ret->outcome = outcome;
	return true;
}

/* What a call came to, in one number and one errno. */
static struct outcome both_outcome(const struct outcome *a, const struct outcome *b)
{
	bool same = a->kind == b->kind && a->number == b->number && a->error == b->error;
	struct outcome both = outcome_word(same ? "both" : "each");
	const struct outcome *number = a->kind == OUTCOME_NUMBER ? a : b;
	const struct outcome *error = a->kind == OUTCOME_ERROR ? a : b;

	both.has_number = number->kind == OUTCOME_NUMBER;
	both.number = both.has_number ? number->number : 0;
	both.error = error->kind == OUTCOME_ERROR ? error->error : 0;
	return both;
}

/* Which of two waiting threads is woken first is the scheduler's business; what they get together
 * is not. */
static bool observe_both(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	struct action each = *action;
	struct reply replies[2];

	for (unsigned i = 0; i < 2; i++) {
		each.actor = (uint8_t)(2 + i);
		if (!order_await(run, side, &each, &replies[i]))
			return false;
	}
	*ret = replies[0];
	ret->outcome = both_outcome(&replies[0].outcome, &replies[1].outcome);
	return true;
}

static bool observe_counter(struct run *run, const struct action *action, struct reply *ret)
{
	const char *name = word_name(asked_counters, action->operands[0]);
	int64_t value;

	if (world_read_counter(run->world, name, &value)) {
		snprintf(run->record->skip, sizeof(run->record->skip),
			"this kernel does not count %s: counter", name);
		return false;
	}
	order_stamp(run, ret, outcome_number(value - run->asked_before[action->operands[0]]));
	return true;
}

void observe_begin(struct run *run)
{
	for (uint32_t i = 0; i < run->script->n_actions && !run_is_over(run); i++) {
		const struct action *action = &run->script->actions[i];

		if (action->verb == VERB_COUNTER)
			world_read_counter(run->world,
				word_name(asked_counters, action->operands[0]),
				&run->asked_before[action->operands[0]]);
	}
}

static bool observe_deliver(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	int r;

	order_stamp(run, ret, outcome_number(0));
	r = deliver(run->world, side, (enum segment_kind)action->operands[0]);
	if (r && r != -ENOENT) {
		run_break(run, "line %u: the segment cannot be delivered: %s", action->line,
			strerror(-r));
		return false;
	}
	if (r)
		ret->outcome = outcome_error(-r);
	return true;
}

bool observe(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	switch ((enum verb_id)action->verb) {
	case VERB_AWAIT: return order_await(run, side, action, ret);
	case VERB_AWAIT_BOTH: return observe_both(run, side, action, ret);
	case VERB_LOOK: return order_look(run, side, action, ret);
	case VERB_STATE:
	case VERB_PEER_STATE: return observe_once(run, side, action, ret);
	case VERB_UNTIL:
		return user_stack ? observe_until_by_clock(run, side, action, ret)
				  : observe_until(run, side, action, ret);
	case VERB_DELIVER: return observe_deliver(run, side, action, ret);
	case VERB_KILL: return observe_kill(run, side, action, ret);
	case VERB_COUNTER: return observe_counter(run, action, ret);
	case VERB_LINK:
	case VERB_ADDRESS:
	case VERB_ROUTE:
	case VERB_FIREWALL: return network_change(run, side, action, ret);
	default: break;
	}
	run_break(run, "line %u: nobody performs this verb", action->line);
	return false;
}
