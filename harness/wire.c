/* SPDX-License-Identifier: MIT */
/* From segments to telling events. Pure ACKs, window updates, probes and retransmissions fold away;
 * bytes that follow each other in one direction are one event, however they were cut. */
#include "wire.h"

#include <string.h>

#include "deliver.h"

static bool is_ours(const struct world *world, uint16_t port)
{
	return port >= world->shared->port && port < world->shared->port + CASE_PORTS;
}

/* Whose socket is connected to itself at this port: the side that notes it as its own end's. */
static enum side owner_of_self(const struct world *world, uint16_t port)
{
	for (unsigned i = 0; i < SHARED_ENDS; i++) {
		const struct shared_end *end = &world->shared->ends[SIDE_CLIENT][i];

		if (end->name[0] && address_port(&end->local) == port)
			return SIDE_CLIENT;
	}
	return SIDE_SERVER;
}

/* Who sent it: the owner of its source port, or else the peer of whoever owns the destination's. */
static enum side sender_by_ports(const struct world *world, uint16_t source, uint16_t destination)
{
	if (source == destination)
		return owner_of_self(world, source);
	if (is_ours(world, source))
		return world->port_owner[source - world->shared->port];
	return world->port_owner[destination - world->shared->port] == SIDE_CLIENT ? SIDE_SERVER
										   : SIDE_CLIENT;
}

static enum side sender(const struct world *world, const struct segment *segment)
{
	return sender_by_ports(world, segment->source.port, segment->destination.port);
}

static struct record_event *add_event(struct world *world, const struct segment *segment,
	const struct flow_note *note, enum event_kind kind)
{
	struct record *record = world->record;
	struct record_event *made;

	if (record->n_events == RECORD_MAX_EVENTS) {
		world->has_too_many_events = true;
		return NULL;
	}
	made = &record->events[record->n_events++];
	*made = (struct record_event){
		.at_ns = segment->time_ns - world->began_ns + world_stack_ns(world)};
	made->event = (struct event){
		.side = sender(world, segment),
		.kind = kind,
		.given = EVENT_HAS_SEQ | EVENT_HAS_ACK | EVENT_HAS_WIN | EVENT_HAS_IPID |
			EVENT_HAS_TTL | EVENT_HAS_TOS | EVENT_HAS_OPTS,
		.seq = note->seq,
		.ack = segment->flags & SEGMENT_ACK ? note->ack : 0,
		.win = segment->window,
		.ipid = segment->ipid,
		.ttl = segment->ttl,
		.tos = segment->tos,
		.opts = segment->has_timestamps ? EVENT_OPTS_TS
			: segment->has_options  ? EVENT_OPTS_OTHER
						: EVENT_OPTS_NONE,
	};
	world->last_was_data = kind == EVENT_DATA;
	world->last_connection = note->connection;
	return made;
}

/* More bytes in the same direction, nothing telling in between: the same event goes on. */
static bool continues(
	const struct world *world, const struct segment *segment, const struct flow_note *note)
{
	const struct record *record = world->record;

	return world->last_was_data && world->last_connection == note->connection &&
		record->n_events &&
		record->events[record->n_events - 1].event.side == sender(world, segment);
}

static void tell_data(
	struct world *world, const struct segment *segment, const struct flow_note *note)
{
	struct record_event *made;

	if (continues(world, segment, note)) {
		world->record->events[world->record->n_events - 1].event.bytes += note->new_bytes;
		return;
	}
	made = add_event(world, segment, note, EVENT_DATA);
	if (made)
		made->event.bytes = note->new_bytes;
}

static void tell_fin(
	struct world *world, const struct segment *segment, const struct flow_note *note)
{
	struct record_event *made = add_event(world, segment, note, EVENT_FIN);

	if (!made)
		return;
	made->event.given |= EVENT_HAS_CARRIES;
	made->event.with_data = segment->payload > 0;
	made->event.seq +=
		segment->payload; /* the FIN's own number, behind the bytes it came with */
}

static void tell_reset(
	struct world *world, const struct segment *segment, const struct flow_note *note)
{
	struct record_event *made = add_event(
		world, segment, note, segment->flags & SEGMENT_ACK ? EVENT_RST_ACK : EVENT_RST);

	if (made)
		world->resets[world->n_resets++] = (struct world_reset){
			made->event.side, segment->source.port, segment->destination.port};
}

static void tell(struct world *world, const struct segment *segment, const struct flow_note *note)
{
	if (note->is_new_syn)
		add_event(world, segment, note,
			segment->flags & SEGMENT_ACK ? EVENT_SYN_ACK : EVENT_SYN);
	if (note->new_bytes)
		tell_data(world, segment, note);
	if (note->is_new_fin)
		tell_fin(world, segment, note);
	if (note->is_reset)
		tell_reset(world, segment, note);
}

static void take_frame(const struct frame *frame, void *data)
{
	struct world *world = data;
	const struct segment *segment = &frame->segment;
	struct flow_note note;

	if (frame->kind != FRAME_TCP || !world->record)
		return;
	if (!is_ours(world, segment->source.port) && !is_ours(world, segment->destination.port))
		return; /* the last words of an earlier run */
	if (world->savefile && !world->savefile_error)
		world->savefile_error = savefile_add(world->savefile, frame);
	if (deliver_is_echo(world, frame))
		return;
	if (flow_add(world->flows, segment, 0, &note)) {
		world->has_flow_error = true;
		return;
	}
	deliver_keep(world, sender(world, segment), frame, &note);
	if (world->peer)
		peer_take(world->peer, segment, &note);
	/* What the raw peer sends was ordered: its steps say it. */
	if (world->peer && sender(world, segment) == world->peer_plays)
		return;
	if (world->is_recording && flow_note_is_telling(&note))
		tell(world, segment, &note);
}

bool wire_side(const struct world *world, uint16_t source, uint16_t destination, enum side *ret)
{
	if (!is_ours(world, source) && !is_ours(world, destination))
		return false;
	*ret = sender_by_ports(world, source, destination);
	return true;
}

void wire_begin(struct world *world, enum side listening)
{
	world->on_frame = take_frame;
	flow_table_clear(world->flows);
	memset(world->kept, 0, sizeof(world->kept));
	world->delivered = NULL;
	world->last_was_data = false;
	world->n_resets = 0;
	world->has_flow_error = world->has_too_many_events = false;
	for (unsigned i = 0; i < CASE_PORTS; i++)
		world->port_owner[i] = listening;
}
