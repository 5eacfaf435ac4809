/* SPDX-License-Identifier: MIT */
/* The conductor: set-up, the steps in their order, the closing account. See also orders.c (how an
 * order is given and its reply taken) and observe.c (the verbs performed from outside the actors).
 */
#include "conductor.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "abilities.h"
#include "calls.h"
#include "clock.h"
#include "fill.h"
#include "late.h"
#include "orders.h"
#include "peer_steps.h"
#include "reason.h"
#include "run_reasons.h"
#include "userstack.h"
#include "verb.h"
#include "wire.h"

static enum side listening_side(const struct run *run)
{
	return run->variant == VARIANT_SWAPPED ? SIDE_CLIENT : SIDE_SERVER;
}

/* What socket() is asked for, and what is missing here if it refuses. */
static const struct {
	uint8_t family, type;
	uint16_t protocol;
	const char *needs;
} socket_kinds[VARIANT_COUNT] = {
	[VARIANT_IPV4] = {AF_INET, SOCK_STREAM, 0, "needs IPv4"},
	[VARIANT_IPV6] = {AF_INET6, SOCK_STREAM, 0, "needs IPv6 on lo"},
	[VARIANT_MAPPED] = {AF_INET6, SOCK_STREAM, 0, "needs IPv6"},
	[VARIANT_SWAPPED] = {AF_INET, SOCK_STREAM, 0, "needs IPv4"},
	[VARIANT_UNIX] = {AF_UNIX, SOCK_STREAM, 0, "needs Unix sockets"},
	[VARIANT_UNIX_SEQPACKET] = {AF_UNIX, SOCK_SEQPACKET, 0, "needs Unix SOCK_SEQPACKET"},
	[VARIANT_UNIX_DGRAM] = {AF_UNIX, SOCK_DGRAM, 0, "needs Unix sockets"},
	[VARIANT_MPTCP] = {AF_INET, SOCK_STREAM, IPPROTO_MPTCP,
		"needs MPTCP (CONFIG_MPTCP, sysctl net.mptcp.enabled)"},
};

/* gVisor's abstract names (unix(7)) are the first network namespace's only, in older versions. */
static bool has_unix_names(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has;

	address.sun_path[1] = 'x';
	has = fd < 0 ||
		!bind(fd, (struct sockaddr *)&address,
			offsetof(struct sockaddr_un, sun_path) + 2) ||
		errno != EINVAL;
	if (fd >= 0)
		close(fd);
	return has;
}

/* A kernel without what the variant is about. Other errors are for the set-up to run into. */
static void check_variant(struct run *run)
{
	int fd = socket(socket_kinds[run->variant].family,
		socket_kinds[run->variant].type | SOCK_CLOEXEC,
		socket_kinds[run->variant].protocol);

	if (fd >= 0)
		close(fd);
	else if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		snprintf(run->record->skip, sizeof(run->record->skip), "%s",
			socket_kinds[run->variant].needs);
	if (run->world->lacks.frame_order && socket_kinds[run->variant].family == AF_UNIX &&
		!has_unix_names())
		snprintf(run->record->skip, sizeof(run->record->skip),
			"needs abstract names of Unix sockets in a network namespace");
}

static void prepare_shared(struct run *run)
{
	struct shared *shared = run->world->shared;
	struct world *world = run->world;

	shared->family = socket_kinds[run->variant].family;
	shared->type = socket_kinds[run->variant].type;
	shared->protocol = socket_kinds[run->variant].protocol;
	shared->is_mapped = run->variant == VARIANT_MAPPED;
	shared->has_link = world->has_link;
	shared->is_deaf[SIDE_CLIENT] =
		run->script->has_peer && run->script->peer_plays == SIDE_CLIENT;
	shared->is_deaf[SIDE_SERVER] =
		run->script->has_peer && run->script->peer_plays == SIDE_SERVER;
	shared->port = world->next_port;
	world->next_port = (uint16_t)(world->next_port + CASE_PORTS);
	if (world->next_port + CASE_PORTS > WORLD_LAST_PORT)
		world->is_dirty =
			true; /* a port used again could meet the TIME-WAIT of its first use */
	shared->n_options = run->script->n_options;
	memcpy(shared->options, run->script->options, sizeof(shared->options));
	memset(shared->connections, 0, sizeof(shared->connections));
	memset(shared->ends, 0, sizeof(shared->ends));
	shared->connections_lock = 0;
}

/* One of the harness's own orders; a failure here is not the case's. */
static void set_up_step(struct run *run, enum side side, enum verb_id verb, int64_t operand)
{
	struct action action = {.side = side, .verb = (uint8_t)verb, .operands = {operand}};
	struct reply reply;
	char text[OUTCOME_TEXT_SIZE];

	if (run_is_over(run) || !order_perform(run, side, &action, &reply))
		return;
	if (run->is_cut)
		run_break(run, "cannot make the connection: %s does not return", verbs[verb].name);
	if (reply.outcome.kind != OUTCOME_ERROR)
		return;
	if (run->variant == VARIANT_IPV6 && reply.outcome.error == EADDRNOTAVAIL) {
		snprintf(run->record->skip, sizeof(run->record->skip), "%s",
			socket_kinds[run->variant].needs);
		return;
	}
	run_break(run, "cannot make the connection: %s %s", verbs[verb].name,
		outcome_print(&reply.outcome, text, sizeof(text)));
}

static void set_up(struct run *run)
{
	enum side listens = listening_side(run),
		  connects = listens == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;

	if (run->script->start == START_NOTHING)
		return;
	set_up_step(run, listens, VERB_SETUP_LISTEN, 0);
	set_up_step(run, connects, VERB_SETUP_CONNECT, run->script->start == START_CONNECTED);
	if (run->script->start == START_CONNECTED)
		set_up_step(run, listens, VERB_SETUP_ACCEPT, 0);
}

/* The handshake with a raw peer: the kernel's end, made by its actor, and the peer's segments. */
static void set_up_with_peer(struct run *run)
{
	enum side kernel = run->script->peer_plays == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	bool connects = kernel != listening_side(run),
	     connected = run->script->start == START_CONNECTED;
	struct action connect = {.side = kernel, .verb = VERB_SETUP_CONNECT, .operands = {true}};
	struct reply reply;

	if (run->script->start == START_NOTHING)
		return;
	if (!connects)
		set_up_step(run, kernel, VERB_SETUP_LISTEN, 0);
	else if (!connected)
		set_up_step(run, kernel, VERB_SETUP_CONNECT, false);
	else if (!run_is_over(run))
		order_begin(run, kernel, &connect, &reply);
	if (!connected)
		return;
	peer_shake_hands(run, connects);
	if (!connects)
		set_up_step(run, kernel, VERB_SETUP_ACCEPT, 0);
	else if (!run_is_over(run) && order_await(run, kernel, &connect, &reply) &&
		reply.outcome.kind == OUTCOME_ERROR)
		run_break(run, "cannot connect to the raw peer: %s", strerror(reply.outcome.error));
}

static void settle(struct run *run)
{
	int r = run_is_over(run) ? 0 : world_settle(run->world);

	if (r)
		run_break(run, "the segments under way did not arrive: %s", strerror(-r));
}

static void note_step(struct run *run, const struct action *action, const struct reply *reply)
{
	struct record *record = run->record;
	struct record_step *step = &record->steps[record->n_steps++];

	*step = (struct record_step){
		.at_ns = reply->began_ns - run->world->began_ns,
		.took_ns = reply->took_ns,
		.side = action->side,
		.actor = action->actor,
		.outcome = reply->outcome,
	};
	action_print(action, step->call, sizeof(step->call));
}

/* The side whose process acts: the listener is whoever listens. */
static enum side process_side(const struct run *run, const struct action *action)
{
	return action->side == SIDE_LISTENER ? listening_side(run) : action->side;
}

static void step(struct run *run, const struct action *action)
{
	enum side side = process_side(run, action);
	struct reply reply = {0};
	bool done;

	if (action->verb == VERB_BIND && action->operands[0] != OPERAND_ABSENT)
		run->world->port_owner[action->operands[0]] = side;
	if (verbs[action->verb].traits & VERB_OF_PEER)
		done = peer_perform(run, action, &reply);
	else if (verbs[action->verb].traits & VERB_BY_CONDUCTOR)
		done = observe(run, side, action, &reply);
	else if (action->begins)
		done = order_begin(run, side, action, &reply);
	else if (verbs[action->verb].perform == call_fill)
		done = fill_up(run, side, action, &reply);
	else
		done = order_perform(run, side, action, &reply);
	settle(run);
	run_reasons_take(run);
	if (done)
		note_step(run, action, &reply);
}

static void note_states(struct run *run)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++) {
		const char *name;

		if (run->script->has_peer && side == (unsigned)run->script->peer_plays)
			continue;
		name = observe_state(run, (enum side)side, "sock");
		if (name)
			snprintf(run->record->states[side], RECORD_STATE_SIZE, "%s", name);
	}
}

/* Amounts that buffer sizes decide: more than a segment can hold, or what a `fill` produced. */
static void mark_amounts(struct run *run)
{
	bool fills[2] = {false, false};
	struct record *record = run->record;

	for (uint32_t i = 0; i < record->n_steps; i++)
		if (record->steps[i].outcome.has_amount &&
			!strncmp(record->steps[i].call, "fill", 4))
			fills[record->steps[i].side == SIDE_SERVER] = true;
	for (uint32_t i = 0; i < record->n_events; i++) {
		struct event *event = &record->events[i].event;

		event->is_about =
			event->kind == EVENT_DATA && (event->bytes >= 65536 || fills[event->side]);
	}
}

/* Up to here a timer that went off could be seen. A stack in an actor has a clock of its own. */
static void note_lateness(struct run *run)
{
	struct late_spans spans = {.set_up_ns = run->set_up_ns,
		.end_ns = clock_ns(CLOCK_REALTIME) - run->world->began_ns};

	if (user_stack || spans.set_up_ns + spans.end_ns <= LATE_MS * 1000000LL)
		return;
	spans.starved_ns = starved_ns(run);
	run->record->late_ms = late_ms(run->record, &spans);
}

static void close_account(struct run *run, const int64_t before[COUNTER_COUNT])
{
	struct world *world = run->world;
	int64_t after[COUNTER_COUNT];
	char error[WORLD_ERROR_SIZE];

	if (run_is_over(run))
		return;
	/* First: what is on its way has not been counted, and has changed no state. */
	if (!world_capture_is_complete(world, error))
		run_break(run, "%s", error);
	note_states(run);
	if (world_read_counters(world, after))
		run_break(run, "the kernel's counters cannot be read");
	run->record->unseen.counters |= world->lacks.counters;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		if (!unseen_has_counter(&run->record->unseen, (enum counter)i))
			run->record->counters[i] = after[i] - before[i];
		if (user_stack && after[i] != before[i])
			run_break(run, "the kernel's own TCP took part: %s",
				counter_name((enum counter)i));
	}
	run_reasons_take(run);
	run_reasons_tell(run);
	note_lateness(run);
	world->is_recording = false;
	if (world->has_flow_error)
		run_break(run, "no memory to follow the connections");
	if (world->has_too_many_events)
		run_break(run, "more than %d telling events", RECORD_MAX_EVENTS);
	mark_amounts(run);
}

/* Leaves the world as it was found, or marks it as not to be used again. */
static void clean_up(struct run *run)
{
	struct action action = {.verb = VERB_RESET};
	struct world *world = run->world;
	struct reply reply;
	char kept[RECORD_TEXT_SIZE];
	bool stopped = run->record->broken[0] || run->is_cut ||
		(run->record->skip[0] && run->record->n_steps);

	/* One that stopped in the midst may have left an actor in a call, whose answer would be
	 * taken for that of another. */
	world->actors_dirty |= user_stack || run->script->own_process || stopped;
	world->is_dirty |= (!user_stack && variant_needs_own_world(run->variant, run->script)) ||
		run->record->broken[0] || (!user_stack && stopped);
	world->record = NULL;
	if (world->is_dirty)
		return;
	memcpy(kept, run->record->broken, sizeof(kept));
	for (unsigned side = 0; !world->actors_dirty && side < SHARED_SIDES; side++)
		if (!order_perform(run, (enum side)side, &action, &reply))
			world->actors_dirty = true;
	if (world->actors_dirty)
		world_end_actors(world);
	world->is_dirty |= world_settle(world) != 0;
	memcpy(run->record->broken, kept, sizeof(kept));
}

static void open_savefile(struct run *run, const char *path)
{
	int r = savefile_open(path, source_linktype(run->world->source), &run->world->savefile);

	if (r)
		run_break(run, "cannot write %s: %s", path, strerror(-r));
	run->world->savefile_error = 0;
}

static void close_savefile(struct run *run, const char *path)
{
	int r = run->world->savefile_error, closed;

	if (!run->world->savefile)
		return;
	closed = savefile_close(run->world->savefile);
	run->world->savefile = NULL;
	if (r || closed)
		run_break(run, "cannot write %s: %s", path, strerror(r ? -r : -closed));
}

/* The namespaces and the processes in them. What a kernel or its settings do not allow is no
 * failure of the run. */
static void populate(struct run *run)
{
	char error[WORLD_ERROR_SIZE];
	int r = run->script->needs_link ? world_join(run->world, error) : 0;

	if (r == -EOPNOTSUPP || r == -EPERM || r == -ENOSPC)
		snprintf(run->record->skip, sizeof(run->record->skip), "%s", error);
	else if (r)
		run_break(run, "%s", error);
	if (r)
		return;
	r = world_start_actors(run->world);
	if (r)
		run_break(run, "cannot start the client and the server: %s%s", strerror(-r),
			r == -EAGAIN ? " (raise the limit on processes: ulimit -u)" : "");
	if (!r && run->script->own_world && world_adapt(run->world, run->script, run->record->skip))
		run->record->skip[sizeof(run->record->skip) - 1] = 0;
}

/* Everything that has to be there before the first segment of the set-up. */
static void prepare(struct run *run, struct peer *peer, const char *pcap_path)
{
	struct world *world = run->world;

	populate(run);
	if (!run_is_over(run))
		check_variant(run);
	if (!run_is_over(run))
		abilities_suffice(run->script, world->lacks.frame_order, run->record->skip);
	if (run->script->asks_reasons && !user_stack)
		run_reasons_begin(run);
	prepare_shared(run);
	wire_begin(world, listening_side(run));
	if (run->script->has_peer && !run_is_over(run))
		peer_begin(run, peer, listening_side(run));
	world->record = run->record;
	world->is_recording = false;
	if (pcap_path && !run_is_over(run))
		open_savefile(run, pcap_path);
	if (!user_stack)
		starved_begin(run);
	world->began_ns = clock_ns(CLOCK_REALTIME);
}

/* What happens from here on is the case's. */
static void open_account(struct run *run, int64_t before[COUNTER_COUNT])
{
	settle(run);
	if (!run_is_over(run) && world_read_counters(run->world, before))
		run_break(run, "the kernel's counters cannot be read");
	observe_begin(run);
	run_reasons_take(run); /* of others, and of the set-up */
	run->world->is_recording = true;
	run->set_up_ns = clock_ns(CLOCK_REALTIME) - run->world->began_ns;
	run->world->began_ns += run->set_up_ns;
}

void conduct(struct world *world, const struct script *script, enum variant variant,
	const char *pcap_path, struct record *ret)
{
	static struct peer peer; /* one run at a time */
	struct run run = {.world = world, .script = script, .variant = variant, .record = ret};
	int64_t before[COUNTER_COUNT] = {0};

	if (user_stack && user_stack->lacks(script, variant, ret->skip))
		return;
	prepare(&run, &peer, pcap_path);
	if (script->has_peer)
		set_up_with_peer(&run);
	else
		set_up(&run);
	open_account(&run, before);
	for (uint32_t i = 0; i < script->n_actions && !run_is_over(&run) && !run.is_cut; i++)
		step(&run, &script->actions[i]);
	close_account(&run, before);
	close_savefile(&run, pcap_path);
	reasons_close(run.reasons);
	clean_up(&run);
	if (world->peer)
		peer_close(world->peer);
	world->peer = NULL;
}
