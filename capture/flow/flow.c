/* SPDX-License-Identifier: MIT */
/* Follows connections by 4-tuple: to which one a segment belongs, when one ends and another begins.
 * What a segment adds is direction.c's, what resets mean oddity.c's. Must not know frames, devices,
 * or why anything was sent. The table leads to the newest connection of a 4-tuple; the one before
 * is linked to it until it is handed over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "plain.h"
#include "rare.h"
#include "steps.h"
#include "tuple.h"

enum {
	NEW_MOST = 3, /* entries of a kind that one segment may need: its own and a foreign SYN's */
	LATE_MOST = 1 << 22, /* how far a late segment may be from the end of its connection */
	FIT_MOST = 1 << 28,
	RESERVE = 128, /* segments of a batch whose memory is made sure of at once */
	/* How far ahead memory is fetched: first slots, then the connections that they lead to. */
	AHEAD_SLOT = 16,
	AHEAD_CONNECTION = 8,
};

static const int64_t quiet_default_ns = 10000000000;

static const size_t slab_sizes[SLABS] = {
	[SLAB_CONNECTIONS] = sizeof(struct connection),
	[SLAB_ADDRESSES] = sizeof(struct addresses6),
	[SLAB_COLD] = sizeof(struct cold),
	[SLAB_RESETS] = sizeof(struct reset),
	[SLAB_GAPS] = sizeof(struct gaps),
	[SLAB_ECHOES] = sizeof(struct echoes),
	[SLAB_FOREIGN] = sizeof(struct foreign),
};

/* Makes sure that whatever so many segments need fits: nothing fails behind this. */
static int table_reserve(struct flow_table *table, uint32_t segments)
{
	if (slots_reserve(table, segments) < 0 || over_reserve(table, segments * NEW_MOST) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < SLABS; i++)
		if (slab_reserve(&table->slabs[i], segments * NEW_MOST) < 0)
			return -ENOMEM;
	return 0;
}

/* Nothing but SYNs of one end. */
static bool connection_is_unanswered(
	const struct flow_table *table, const struct connection *connection, unsigned from)
{
	const struct direction *own = &connection->directions[from];
	unsigned syns = direction_syns(own, connection_rare(table, connection, from));

	return !connection->is_self && !connection->directions[!from].is_seen &&
		own->last.flags & SEGMENT_SYN && !(own->last.flags & SEGMENT_ACK) &&
		syns == connection->segments;
}

static void ends_take(
	struct flow_table *table, struct connection *connection, const struct segment *segment)
{
	const struct endpoint *source = &segment->source, *destination = &segment->destination;
	/* A SYN,ACK answers a SYN that was not captured: its receiver is the opener. */
	bool is_answer = segment->flags & SEGMENT_SYN && segment->flags & SEGMENT_ACK &&
		!(segment->flags & SEGMENT_RST);
	struct addresses6 *addresses;

	connection->directions[is_answer].port = source->port;
	connection->directions[!is_answer].port = destination->port;
	connection->is_self = connection->is_eventful = endpoint_equals(source, destination);
	if (source->family != 6) {
		connection->addresses[is_answer] = endpoint_address4(source);
		connection->addresses[!is_answer] = endpoint_address4(destination);
		return;
	}
	connection->is_ip6 = true;
	addresses = connection_make(table, &connection->addresses[0], SLAB_ADDRESSES);
	memcpy(addresses->ends[is_answer], source->address, sizeof(source->address));
	memcpy(addresses->ends[!is_answer], destination->address, sizeof(source->address));
}

/* The one that had the 4-tuple before stays linked. */
static void connection_replace(struct flow_table *table, struct connection *connection,
	uint32_t older, uint32_t hash, int64_t now_ns)
{
	struct connection *replaced = connection_at(table, older);
	struct cold *cold = connection_make_cold(table, connection);

	cold->older = older;
	cold->previous = replaced->number + 1;
	connection->is_eventful = true;
	replaced->is_replaced = true;
	over_add(table, older, hash, now_ns);
}

static struct connection *connection_begin(struct flow_table *table, struct slot *slot,
	uint32_t hash, const struct segment *segment, uint32_t frame)
{
	uint32_t index = slab_take(&table->slabs[SLAB_CONNECTIONS]);
	struct connection *connection = connection_at(table, index);

	ends_take(table, connection, segment);
	connection->number = table->next_number++;
	connection->begun_ns = segment->time_ns;
	connection->first_frame = frame;
	if (slot->index)
		connection_replace(table, connection, slot->index, hash, segment->time_ns);
	else
		table->slots_used++;
	*slot = (struct slot){.hash = hash, .index = index};
	return connection;
}

static void place_of(struct place *place, struct flow_table *table, uint32_t index, unsigned from,
	const struct segment *segment, uint32_t frame)
{
	struct connection *connection = connection_at(table, index);

	*place = (struct place){
		.table = table,
		.connection = connection,
		.index = index,
		.own = &connection->directions[from],
		.peer = connection_peer(connection, from),
		.from = from,
		.segment = segment,
		.frame = frame,
	};
}

static void place_make(struct place *place, struct flow_table *table, uint32_t index,
	const struct segment *segment, uint32_t frame)
{
	unsigned from = tuple_from(table, connection_at(table, index), segment);

	place_of(place, table, index, from, segment, frame);
}

/* A doubled frame is told as what it is once more, but counted apart. */
static void echo_take(struct place *place)
{
	const struct segment *segment = place->segment;
	bool is_numbered = segment->flags & (SEGMENT_SYN | SEGMENT_FIN);

	connection_make_cold(place->table, place->connection)->duplicates++;
	if (segment->flags & SEGMENT_RST)
		return;
	place->is_retransmission = is_numbered || segment->payload;
	place->is_probe = !is_numbered && segment->payload <= 1 && place->seq < place->own->next;
}

static void place_take(struct place *place)
{
	direction_begin(place);
	if (echo_is(place)) {
		echo_take(place);
		return;
	}
	silence_take(place->connection, place->from,
		place->segment->time_ns - connection_last_ns(place->table, place->connection),
		place->frame);
	if (place->segment->flags & SEGMENT_RST) {
		reset_take(place);
	} else {
		direction_take(place);
		if (place->connection->has_resets)
			reset_review(place);
	}
	if (place->connection->cold)
		foreign_review(place);
}

/* The connection begins with its SYN, wherever the answer is. */
static void foreign_adopt(struct flow_table *table, struct slot *slot, uint32_t hash)
{
	struct connection *met = connection_at(table, slot->index), *made;
	struct foreign *met_foreign = connection_foreign(table, met), foreign = *met_foreign;
	struct place place;

	*met_foreign = (struct foreign){.count = 0};
	met->segments -= foreign.count;
	connection_cold(table, met)->duplicates -= foreign.copies;
	made = connection_begin(table, slot, hash, &foreign.segment, foreign.frame);
	place_make(&place, table, slot->index, &foreign.segment, foreign.frame);
	place_take(&place);
	made->segments += foreign.count - 1;
	rare_set_syns(&place, foreign.count);
	connection_cold(table, made)->duplicates += foreign.copies;
	made->is_doubled = foreign.copies > 0;
}

/* Both FINs are enough: the last ACK may not have been captured. */
static bool connection_gives_way(
	const struct flow_table *table, const struct connection *connection, unsigned from)
{
	return connection_is_over(connection) ||
		(connection->directions[0].has_fin &&
			connection->directions[connection->is_self ? 0 : 1].has_fin) ||
		connection_is_unanswered(table, connection, from);
}

static bool number_fits(const struct direction *direction, uint32_t number)
{
	int64_t position = direction_position(direction, number);
	bool has_syn = direction->has_syn || direction->has_syn_ack;

	return !direction->is_begun ||
		(position >= (has_syn ? 0 : -FIT_MOST) && position <= direction->next + FIT_MOST);
}

static bool place_fits(const struct place *place)
{
	const struct segment *segment = place->segment;
	bool has_ack = segment->flags & SEGMENT_ACK;

	return ((has_ack && segment->flags & SEGMENT_RST && !segment->seq) ||
		       number_fits(place->own, segment->seq)) &&
		(!has_ack || number_fits(place->peer, segment->ack));
}

static bool number_is_late(const struct direction *direction, uint32_t number)
{
	int64_t behind = direction->next - direction_position(direction, number);

	return !direction->is_begun || (behind >= -LATE_MOST && behind <= LATE_MOST);
}

static bool place_is_late(const struct place *place)
{
	const struct segment *segment = place->segment;
	bool has_ack = segment->flags & SEGMENT_ACK;

	return (place->own->is_begun || has_ack) && number_is_late(place->own, segment->seq) &&
		(!has_ack || number_is_late(place->peer, segment->ack));
}

/* Late segments of the connection before are told by their numbers. */
static void place_newest_or_older(struct place *place)
{
	const struct cold *cold = connection_cold(place->table, place->connection);
	const struct segment *segment = place->segment;
	struct place older;

	if (!cold || !cold->older || place_fits(place))
		return;
	place_make(&older, place->table, cold->older, segment, place->frame);
	if (place_is_late(&older) &&
		!(segment->flags & SEGMENT_SYN && direction_is_foreign(&older)))
		*place = older;
}

/* Where a segment of the slot's 4-tuple belongs, which may be another connection, or one that
 * begins with it. */
static void place_find(struct place *place, struct slot *slot, uint32_t hash)
{
	const struct segment *segment = place->segment;
	struct flow_table *table = place->table;
	bool is_syn = segment->flags & SEGMENT_SYN && !(segment->flags & SEGMENT_RST);
	bool is_known = false;

	place_newest_or_older(place);
	if (place->connection->cold && place->index == slot->index && foreign_is_answered(place)) {
		foreign_adopt(table, slot, hash);
	} else if (is_syn && direction_is_foreign(place)) {
		place->is_foreign = !connection_gives_way(table, place->connection, place->from);
		if (place->is_foreign)
			return;
		is_known = foreign_is_same(place);
		connection_begin(table, slot, hash, segment, place->frame);
	} else {
		return;
	}
	place_make(place, table, slot->index, segment, place->frame);
	place->is_known_syn = is_known;
}

static struct flow_note place_note(const struct place *place)
{
	return (struct flow_note){
		.connection = place->connection->number,
		.from_opener = !place->from,
		.is_new_syn = place->is_new_syn && !place->is_known_syn,
		.is_new_fin = place->is_new_fin,
		.is_reset = place->segment->flags & SEGMENT_RST,
		.is_retransmission = place->is_retransmission ||
			(place->is_known_syn && place->is_new_syn && !place->is_new_fin &&
				!place->new_bytes),
		.is_probe = place->is_probe,
		.new_bytes = place->new_bytes,
		.seq = place->seq,
		.ack = place->ack,
	};
}

/* Many are so: the first of a connection, which has no other to be told from. */
static void place_take_first(struct place *place)
{
	direction_begin(place);
	silence_take(place->connection, place->from, 0, place->frame);
	if (place->segment->flags & SEGMENT_RST)
		reset_take(place);
	else
		direction_take(place);
}

/* Where the segment belongs is left in the place. */
static void place_take_any(struct place *place, struct slot *slot, uint32_t hash)
{
	place_find(place, slot, hash);
	if (place->is_foreign)
		foreign_take(place);
	else
		place_take(place);
}

/* The long way. Returns the connection's index. */
static uint32_t segment_take(struct flow_table *table, struct slot *slot, unsigned from,
	const struct segment *segment, uint32_t hash, struct flow_note *ret)
{
	bool is_first = !slot->index;
	struct place place;

	if (is_first) {
		const struct connection *begun =
			connection_begin(table, slot, hash, segment, table->frame);

		from = tuple_from(table, begun, segment);
	}
	place_of(&place, table, slot->index, from, segment, table->frame);
	if (is_first)
		place_take_first(&place);
	else
		place_take_any(&place, slot, hash);
	if (ret)
		*ret = place_note(&place);
	return place.index;
}

/* Only the long way tells what was new. */
static void segment_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	uint32_t hash, struct flow_note *ret)
{
	unsigned from = 0;
	struct slot *slot = slot_find(table, segment, hash, &from);
	uint32_t index = slot->index;
	const struct connection *connection;

	table->frame = frame ? frame : table->frame + 1;
	if (segment->time_ns > table->newest_ns)
		table->newest_ns = segment->time_ns;
	if (!index || ret ||
		!plain_take(table, connection_at(table, index), from, segment, table->frame))
		index = segment_take(table, slot, from, segment, hash, ret);
	connection = connection_at(table, index);
	if (!connection->is_waiting && connection_is_over(connection))
		over_add(table, index, hash, segment->time_ns);
}

int flow_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	struct flow_note *ret)
{
	if (table_reserve(table, 1) < 0)
		return -ENOMEM;
	segment_add(table, segment, frame, tuple_hash(segment), ret);
	return 0;
}

static inline __attribute__((always_inline)) void slot_prefetch(
	const struct flow_table *table, uint32_t hash)
{
	__builtin_prefetch(slot_at(table, hash), 1);
}

static inline __attribute__((always_inline)) void connection_prefetch(
	const struct flow_table *table, uint32_t index)
{
	/* none: any other, since a branch could not be foreseen */
	memory_prefetch(connection_at(table, index + !index), sizeof(struct connection));
}

/* Slots have to be there before connections can be fetched, which they lead to. */
static inline __attribute__((always_inline)) void batch_prefetch(
	const struct flow_table *table, const uint32_t *hashes, unsigned count, unsigned i)
{
	if (i + AHEAD_SLOT < count)
		slot_prefetch(table, hashes[i + AHEAD_SLOT]);
	if (i + AHEAD_CONNECTION < count)
		connection_prefetch(table, slot_at(table, hashes[i + AHEAD_CONNECTION])->index);
}

int flow_add_batch(struct flow_table *table, const struct segment *segments, const uint32_t *frames,
	const uint32_t *hashes, unsigned count)
{
	for (unsigned i = 0; i < AHEAD_SLOT && i < count && table->slots_count; i++)
		slot_prefetch(table, hashes[i]);
	for (unsigned i = 0; i < count; i++) {
		if (!(i % RESERVE) && table_reserve(table, RESERVE) < 0)
			return -ENOMEM;
		batch_prefetch(table, hashes, count, i);
		segment_add(table, &segments[i], frames[i], hashes[i], NULL);
	}
	return 0;
}

uint32_t flow_hash(const struct segment *segment)
{
	return tuple_hash(segment);
}

void flow_table_empty(struct flow_table *table)
{
	if (table->slots_count)
		memset(table->slots, 0, table->slots_count * sizeof(*table->slots));
	table->slots_used = 0;
	for (unsigned i = 0; i < SLABS; i++)
		slab_clear(&table->slabs[i]);
	table->over_begin = table->over_count = 0;
}

int flow_table_new(struct flow_table **ret)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (unsigned i = 0; i < SLABS; i++)
		table->slabs[i] = (struct slab){.size = slab_sizes[i], .pages = &table->pages};
	table->quiet_ns = quiet_default_ns;
	*ret = table;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table->over);
	for (unsigned i = 0; i < SLABS; i++)
		slab_free(&table->slabs[i]);
	pages_free(&table->pages);
	free(table);
}

void flow_table_clear(struct flow_table *table)
{
	flow_table_empty(table);
	table->next_number = table->frame = 0;
}

void flow_set_quiet(struct flow_table *table, int64_t quiet_ns)
{
	table->quiet_ns = quiet_ns;
}

uint32_t flow_begun(const struct flow_table *table)
{
	return table->next_number;
}

size_t flow_kept(const struct flow_table *table)
{
	return table->slabs[SLAB_CONNECTIONS].used;
}

size_t flow_bytes(const struct flow_table *table)
{
	size_t bytes = sizeof(*table) + table->slots_count * sizeof(*table->slots) +
		table->over_room * sizeof(*table->over);

	for (unsigned i = 0; i < SLABS; i++)
		bytes += slab_bytes(&table->slabs[i]);
	return bytes;
}

bool flow_note_is_telling(const struct flow_note *note)
{
	return note->is_new_syn || note->is_new_fin || note->is_reset || note->new_bytes;
}
