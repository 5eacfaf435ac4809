/* SPDX-License-Identifier: MIT */
/* Follows connections by 4-tuple and says of each segment what it adds. Knows sequence space
 * (RFC 9293 3.4); must not know frames, devices, or why anything was sent. One entry per 4-tuple
 * holds its newest connection: whatever comes later on a reused 4-tuple belongs to that one. */
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 64 };

/* One direction. Positions are relative to `base` and 64 bits wide, so that they do not wrap. */
struct direction {
	uint32_t base; /* initial sequence number, or the first that was seen */
	int64_t next; /* one past the highest position seen */
	bool is_begun; /* base holds */
	bool has_syn, has_syn_ack, has_fin;
};

struct connection {
	struct endpoint opener, other;
	unsigned number;
	struct direction from_opener, from_other;
};

struct slot {
	uint32_t hash;
	uint32_t index; /* into connections, plus 1; 0: free */
};

struct flow_table {
	struct slot *slots; /* a power of two, at most half full; linear probing */
	size_t slots_count;
	struct connection *connections;
	size_t connections_count, connections_room;
	unsigned next_number;
};

/* Where a segment belongs: the direction it went and the opposite one. The same when a socket is
 * connected to itself. */
struct place {
	struct connection *connection;
	struct direction *own, *peer;
	bool from_opener;
};

static bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
		!memcmp(a->address, b->address, sizeof(a->address));
}

static uint64_t endpoint_hash(const struct endpoint *endpoint)
{
	uint64_t half[2], hash = endpoint->port | (uint64_t)endpoint->family << 16;

	memcpy(half, endpoint->address, sizeof(half));
	for (int i = 0; i < 2; i++) {
		hash = (hash ^ half[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return hash * 0xbf58476d1ce4e5b9u;
}

/* A sum, so that both directions of a connection meet. */
static uint32_t segment_hash(const struct segment *segment)
{
	uint64_t sum = endpoint_hash(&segment->source) + endpoint_hash(&segment->destination);

	return (uint32_t)(sum >> 32);
}

static bool connection_has(const struct connection *connection, const struct segment *segment)
{
	const struct endpoint *source = &segment->source, *destination = &segment->destination;

	return (endpoint_equal(&connection->opener, source) &&
		       endpoint_equal(&connection->other, destination)) ||
		(endpoint_equal(&connection->opener, destination) &&
			endpoint_equal(&connection->other, source));
}

/* The slot that holds the segment's 4-tuple, or the free one where it belongs. */
static struct slot *slot_find(
	const struct flow_table *table, const struct segment *segment, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = &table->slots[i & (table->slots_count - 1)];

		if (!slot->index)
			return slot;
		if (slot->hash == hash &&
			connection_has(&table->connections[slot->index - 1], segment))
			return slot;
	}
}

static int slots_grow(struct flow_table *table)
{
	size_t count = table->slots_count ? table->slots_count * 2 : SLOTS_FIRST;
	struct slot *slots;

	if (count > UINT32_MAX || !(slots = calloc(count, sizeof(*slots))))
		return -ENOMEM;
	for (size_t i = 0; i < table->slots_count; i++) {
		size_t at = table->slots[i].hash;

		if (!table->slots[i].index)
			continue;
		while (slots[at & (count - 1)].index)
			at++;
		slots[at & (count - 1)] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->slots_count = count;
	return 0;
}

/* Makes sure that one more connection fits. */
static int table_reserve(struct flow_table *table)
{
	size_t room = table->connections_room ? table->connections_room * 2 : SLOTS_FIRST / 2;
	struct connection *connections;

	if ((table->connections_count + 1) * 2 > table->slots_count && slots_grow(table) < 0)
		return -ENOMEM;
	if (table->connections_count < table->connections_room)
		return 0;
	connections = reallocarray(table->connections, room, sizeof(*connections));
	if (!connections)
		return -ENOMEM;
	table->connections = connections;
	table->connections_room = room;
	return 0;
}

/* A SYN,ACK answers a SYN that was not captured: its receiver is the opener. */
static void connection_begin(
	struct flow_table *table, struct connection *connection, const struct segment *segment)
{
	bool is_answer = segment->flags & SEGMENT_SYN && segment->flags & SEGMENT_ACK;

	*connection = (struct connection){
		.opener = is_answer ? segment->destination : segment->source,
		.other = is_answer ? segment->source : segment->destination,
		.number = table->next_number++,
	};
}

static struct place place_find(struct connection *connection, const struct segment *segment)
{
	bool from_opener = endpoint_equal(&connection->opener, &segment->source);
	bool is_self = endpoint_equal(&connection->opener, &connection->other);
	struct direction *there = &connection->from_opener;
	struct direction *back = is_self ? there : &connection->from_other;

	return (struct place){
		.connection = connection,
		.own = from_opener ? there : back,
		.peer = from_opener ? back : there,
		.from_opener = from_opener,
	};
}

/* The position of a sequence number: the one nearest to what was seen last. */
static int64_t direction_position(const struct direction *direction, uint32_t seq)
{
	uint32_t next = direction->base + (uint32_t)direction->next;

	return direction->next + (int32_t)(seq - next);
}

static void direction_begin(struct direction *direction, uint32_t base)
{
	*direction = (struct direction){.base = base, .is_begun = true};
}

/* Whether the SYN of a direction whose first segment was already seen comes late. */
static bool syn_is_late(const struct direction *direction, uint32_t seq)
{
	return !direction->has_syn && !direction->has_syn_ack && seq + 1 == direction->base;
}

/* Whether a SYN does not fit the connection that its 4-tuple had so far. A SYN,ACK with another
 * initial sequence number that acknowledges the opener's SYN is the same connection: a listener
 * that forgot its first answer (SYN queue overflow) chooses anew. */
static bool syn_is_foreign(const struct place *place, const struct segment *segment)
{
	const struct direction *own = place->own, *peer = place->peer;

	if (!own->is_begun || own->base == segment->seq || syn_is_late(own, segment->seq))
		return false;
	if (segment->flags & SEGMENT_ACK && peer != own && peer->has_syn)
		return segment->ack != peer->base + 1;
	return true;
}

/* A reset is not a beginning: its sequence number may be 0 or taken from an ACK (RFC 9293
 * 3.10.7.1). */
static void place_begin(const struct place *place, const struct segment *segment)
{
	struct direction *own = place->own, *peer = place->peer;
	bool is_syn = segment->flags & SEGMENT_SYN;

	if (segment->flags & SEGMENT_RST)
		return;
	if (is_syn && own->is_begun && syn_is_late(own, segment->seq)) {
		own->base = segment->seq;
		own->next++;
	} else if (!own->is_begun || (is_syn && own->base != segment->seq)) {
		direction_begin(own, segment->seq);
	}
	if (segment->flags & SEGMENT_ACK && !peer->is_begun)
		direction_begin(peer, segment->ack);
}

/* SYN and SYN,ACK of one direction differ in a simultaneous open (RFC 9293 3.5, figure 8): both
 * count. */
static bool direction_take_syn(struct direction *direction, const struct segment *segment)
{
	bool *has = segment->flags & SEGMENT_ACK ? &direction->has_syn_ack : &direction->has_syn;
	bool is_new = !*has;

	*has = true;
	return is_new;
}

static void direction_take(
	struct direction *direction, const struct segment *segment, struct flow_note *note)
{
	bool is_syn = segment->flags & SEGMENT_SYN, is_fin = segment->flags & SEGMENT_FIN;
	int64_t begin = note->seq + is_syn, end = begin + segment->payload;
	int64_t fresh = end - (begin > direction->next ? begin : direction->next);

	note->new_bytes = fresh > 0 ? (uint32_t)fresh : 0;
	note->is_new_syn = is_syn && direction_take_syn(direction, segment);
	note->is_new_fin = is_fin && !direction->has_fin;
	note->is_probe = !is_syn && !is_fin && segment->payload <= 1 && !note->new_bytes &&
		note->seq < direction->next;
	note->is_retransmission = (is_syn || is_fin || segment->payload) && !note->is_new_syn &&
		!note->is_new_fin && !note->new_bytes;
	direction->has_fin |= is_fin;
	if (end + is_fin > direction->next)
		direction->next = end + is_fin;
}

static struct flow_note place_take(const struct place *place, const struct segment *segment)
{
	bool has_ack = segment->flags & SEGMENT_ACK;
	struct flow_note note = {
		.connection = place->connection->number,
		.from_opener = place->from_opener,
		.is_reset = segment->flags & SEGMENT_RST,
	};

	place_begin(place, segment);
	if (place->own->is_begun)
		note.seq = direction_position(place->own, segment->seq);
	if (has_ack && place->peer->is_begun)
		note.ack = direction_position(place->peer, segment->ack);
	if (!note.is_reset)
		direction_take(place->own, segment, &note);
	return note;
}

int flow_add(struct flow_table *table, const struct segment *segment, struct flow_note *ret)
{
	uint32_t hash = segment_hash(segment);
	struct connection *connection;
	struct place place;
	struct slot *slot;

	if (table_reserve(table) < 0)
		return -ENOMEM;
	slot = slot_find(table, segment, hash);
	if (!slot->index) {
		connection_begin(table, &table->connections[table->connections_count++], segment);
		*slot = (struct slot){.hash = hash, .index = (uint32_t)table->connections_count};
	}
	connection = &table->connections[slot->index - 1];
	place = place_find(connection, segment);
	if (segment->flags & SEGMENT_SYN && !(segment->flags & SEGMENT_RST) &&
		syn_is_foreign(&place, segment)) {
		connection_begin(table, connection, segment);
		place = place_find(connection, segment);
	}
	*ret = place_take(&place, segment);
	return 0;
}

int flow_table_new(struct flow_table **ret)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	*ret = table;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table->connections);
	free(table);
}

void flow_table_clear(struct flow_table *table)
{
	if (table->slots_count)
		memset(table->slots, 0, table->slots_count * sizeof(*table->slots));
	table->connections_count = 0;
	table->next_number = 0;
}

bool flow_note_is_telling(const struct flow_note *note)
{
	return note->is_new_syn || note->is_new_fin || note->is_reset || note->new_bytes;
}
