/* SPDX-License-Identifier: MIT */
/* Whose segments they are, and which of them a run's record tells of. */
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

static struct record_event *make_room(void *data)
{
	struct world *world = data;
	struct record *record = world->record;

	if (record->n_events == RECORD_MAX_EVENTS) {
		world->has_too_many_events = true;
		return NULL;
	}
	record->events[record->n_events] = (struct record_event){0};
	return &record->events[record->n_events++];
}

static void tell(struct world *world, const struct segment *segment, const struct flow_note *note)
{
	enum side side = sender(world, segment);
	int64_t at_ns = segment->time_ns - world->began_ns + world_stack_ns(world);

	if (telling_take(&world->telling, side, segment, note, at_ns, make_room, world))
		world->resets[world->n_resets++] =
			(struct world_reset){side, segment->source.port, segment->destination.port};
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
	world->telling = (struct telling){0};
	world->n_resets = 0;
	world->has_flow_error = world->has_too_many_events = false;
	for (unsigned i = 0; i < CASE_PORTS; i++)
		world->port_owner[i] = listening;
}
