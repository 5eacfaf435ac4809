/* SPDX-License-Identifier: MIT */
/* Follows connections by 4-tuple: to which one a segment belongs, when one ends and another begins.
 * What a segment adds is direction.c's, what resets mean oddity.c's. Must not know frames, devices,
 * or why anything was sent. The table leads to the newest connection of a 4-tuple; the one before
 * is linked to it until it is handed over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"

enum {
	SLOTS_FIRST = 64,
	NEW_MOST = 3, /* entries of a kind that one segment may need: its own and a foreign SYN's */
	SYN_COPY_NS = 5000000,
	SYN_AGAIN_NS = 200000000, /* nobody sends a SYN again earlier */
	LATE_MOST = 1 << 22, /* how far a late segment may be from the end of its connection */
	FIT_MOST = 1 << 28,
	SYNS_MOST = UINT8_MAX,
	BLOCK = 10,
	CACHE_LINE = 64,
};

static const int64_t quiet_default_ns = 10000000000;

static const size_t slab_sizes[SLABS] = {
	[SLAB_CONNECTIONS] = sizeof(struct connection),
	[SLAB_ADDRESSES] = sizeof(struct addresses6),
	[SLAB_COLD] = sizeof(struct cold),
	[SLAB_FINS] = sizeof(struct kept),
	[SLAB_RESETS] = sizeof(struct reset),
	[SLAB_GAPS] = sizeof(struct gaps),
	[SLAB_ECHOES] = sizeof(struct echoes),
	[SLAB_FOREIGN] = sizeof(struct foreign),
};

/* IPv4 addresses are compared as numbers; IPv6 addresses lie apart. */
static uint64_t mix(uint64_t number)
{
	number = (number ^ (number >> 31)) * 0x9e3779b97f4a7c15u;
	return (number ^ (number >> 29)) * 0xbf58476d1ce4e5b9u;
}

static uint32_t address4(const struct endpoint *endpoint)
{
	uint32_t address;

	memcpy(&address, endpoint->address, sizeof(address));
	return address;
}

static uint64_t address6_digest(const struct endpoint *endpoint)
{
	uint64_t half[2];

	memcpy(half, endpoint->address, sizeof(half));
	return mix(mix(half[0]) + half[1]);
}

/* A sum, so that both directions of a connection meet. */
static uint32_t segment_hash(const struct segment *segment)
{
	const struct endpoint *a = &segment->source, *b = &segment->destination;
	uint64_t left, right;

	if (a->family == 6) {
		left = mix(address6_digest(a) + a->port);
		right = mix(address6_digest(b) + b->port);
	} else {
		left = mix((uint64_t)address4(a) << 16 | a->port);
		right = mix((uint64_t)address4(b) << 16 | b->port);
	}
	return (uint32_t)((left + right) >> 32);
}

static bool has_addresses6(const struct flow_table *table, const struct connection *connection,
	const struct segment *segment, unsigned from)
{
	const struct addresses6 *addresses =
		slab_at(&table->slabs[SLAB_ADDRESSES], connection->addresses[0]);
	size_t size = sizeof(addresses->ends[0]);

	return !memcmp(addresses->ends[from], segment->source.address, size) &&
		!memcmp(addresses->ends[!from], segment->destination.address, size);
}

/* Whether the segment is the connection's, and went in direction `from`. */
static bool connection_has(const struct flow_table *table, const struct connection *connection,
	const struct segment *segment, unsigned from)
{
	const struct endpoint *source = &segment->source, *destination = &segment->destination;

	if (connection->directions[from].port != source->port ||
		connection->directions[!from].port != destination->port ||
		connection->is_ip6 != (source->family == 6))
		return false;
	if (connection->is_ip6)
		return has_addresses6(table, connection, segment, from);
	return connection->addresses[from] == address4(source) &&
		connection->addresses[!from] == address4(destination);
}

/* The slot that holds the 4-tuple, with the direction that the segment went; or the free one where
 * it belongs. */
static struct slot *slot_find(const struct flow_table *table, const struct segment *segment,
	uint32_t hash, unsigned *ret_from)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = &table->slots[i & (table->slots_count - 1)];
		const struct connection *connection;

		if (!slot->index)
			return slot;
		if (slot->hash != hash)
			continue;
		connection = connection_at(table, slot->index);
		*ret_from = !connection_has(table, connection, segment, 0);
		if (!*ret_from || connection_has(table, connection, segment, 1))
			return slot;
	}
}

/* Whatever was pushed on by a collision moves back, so that no search ends early. */
static void slot_free(struct flow_table *table, struct slot *slot)
{
	size_t mask = table->slots_count - 1, hole = (size_t)(slot - table->slots);

	for (size_t i = (hole + 1) & mask; table->slots[i].index; i = (i + 1) & mask) {
		size_t home = table->slots[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		table->slots[hole] = table->slots[i];
		hole = i;
	}
	table->slots[hole] = (struct slot){0, 0};
	table->slots_used--;
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

/* Makes sure that whatever so many segments need fits: nothing fails behind this. */
static int table_reserve(struct flow_table *table, uint32_t segments)
{
	while ((table->slots_used + segments) * 5 > table->slots_count * 4)
		if (slots_grow(table) < 0)
			return -ENOMEM;
	for (unsigned i = 0; i < SLABS; i++)
		if (slab_reserve(&table->slabs[i], segments * NEW_MOST) < 0)
			return -ENOMEM;
	return 0;
}

/* Nothing but SYNs of one end. */
static bool connection_is_unanswered(const struct connection *connection, unsigned from)
{
	const struct direction *own = &connection->directions[from];

	return !connection->is_self && !connection->directions[!from].is_seen &&
		own->last.flags & SEGMENT_SYN && !(own->last.flags & SEGMENT_ACK) &&
		own->syns == connection->segments;
}

static struct cold *cold_at(const struct flow_table *table, uint32_t index)
{
	return slab_at(&table->slabs[SLAB_COLD], index);
}

static void over_add(struct flow_table *table, uint32_t index, uint32_t hash, int64_t since_ns)
{
	struct connection *connection = connection_at(table, index);
	struct cold *cold;

	if (connection->is_waiting)
		return;
	connection->is_waiting = true;
	cold = connection_make_cold(table, connection);
	cold->over_ns = since_ns;
	cold->hash = hash;
	cold->connection = index;
	cold->next_over = 0;
	if (table->over_last)
		cold_at(table, table->over_last)->next_over = connection->cold;
	else
		table->over_first = connection->cold;
	table->over_last = connection->cold;
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
	connection->is_self = source->port == destination->port &&
		!memcmp(source->address, destination->address, sizeof(source->address));
	if (source->family != 6) {
		connection->addresses[is_answer] = address4(source);
		connection->addresses[!is_answer] = address4(destination);
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

	place->table = table;
	place->connection = connection;
	place->index = index;
	place->own = &connection->directions[from];
	place->peer = connection_peer(connection, from);
	place->from = from;
	place->segment = segment;
	place->frame = frame;
	place->seq = place->ack = 0;
	place->is_new_syn = place->is_new_fin = false;
	place->is_retransmission = place->is_probe = false;
	place->is_foreign = place->is_known_syn = place->is_repeated_ack = false;
	place->new_bytes = 0;
}

static void place_make(struct place *place, struct flow_table *table, uint32_t index,
	const struct segment *segment, uint32_t frame)
{
	unsigned from = !connection_has(table, connection_at(table, index), segment, 0);

	place_of(place, table, index, from, segment, frame);
}

/* The longest silence among the last ten to twenty segments. */
static void place_count(const struct place *place, int64_t last_ns)
{
	struct connection *connection = place->connection;
	float idle_ns = (float)(place->segment->time_ns - last_ns);

	connection->segments++;
	if (connection->block == BLOCK) {
		connection->idle[1] = connection->idle[0];
		connection->idle[0] = (struct idle){0, 0};
		connection->idle_from = (connection->idle_from & 1) << 1;
		connection->block = 0;
	}
	connection->block++;
	if (idle_ns <= connection->idle[0].ns)
		return;
	connection->idle[0] = (struct idle){idle_ns, place->frame};
	connection->idle_from = (connection->idle_from & 2) | (place->from & 1);
}

static bool is_bare_ack(const struct place *place)
{
	const struct segment *segment = place->segment;

	return !(segment->flags & (SEGMENT_SYN | SEGMENT_FIN)) && !segment->payload &&
		place->seq == place->own->next;
}

/* What follows a foreign SYN from the other end, without news: its answer. */
static void foreign_review(const struct place *place)
{
	struct foreign *foreign = connection_foreign(place->table, place->connection);

	if (!foreign || !foreign->count || foreign->answer.frame || place->from == foreign->from)
		return;
	if (is_bare_ack(place) || place->segment->flags & SEGMENT_RST)
		kept_set(&foreign->answer, place->segment, place->frame);
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
	place_count(place, connection_last_ns(place->table, place->connection));
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

/* Whether a SYN has the number of the foreign one before it. */
static bool foreign_is_same(const struct place *place)
{
	const struct foreign *foreign = connection_foreign(place->table, place->connection);

	return foreign && foreign->count && foreign->from == place->from &&
		foreign->segment.seq == place->segment->seq;
}

/* A SYN that is not taken in: counted to the connection that it meets, until it is answered. Copies
 * of the frame apart. */
static void foreign_take(struct place *place)
{
	struct cold *cold = connection_make_cold(place->table, place->connection);
	struct foreign *foreign = connection_make(place->table, &cold->foreign, SLAB_FOREIGN);
	const struct segment *segment = place->segment, *before = &foreign->segment;

	if (foreign_is_same(place)) {
		place->is_retransmission = true;
		if (before->ipid == segment->ipid &&
			segment->time_ns - before->time_ns < SYN_COPY_NS) {
			cold->duplicates++;
			foreign->copies++;
			return;
		}
		foreign->count++;
	} else {
		place->is_new_syn = true;
		place->new_bytes = segment->payload;
		*foreign = (struct foreign){
			.count = 1,
			.frame = place->frame,
			.from = place->from,
			.segment = *segment,
		};
	}
	place->connection->segments++;
}

/* Its number, or the one behind it and its bytes, which the connection that it met would not use.
 */
static bool foreign_is_at(
	const struct foreign *foreign, const struct direction *direction, uint32_t number)
{
	uint32_t ahead = number - (foreign->segment.seq + 1);
	int64_t position = direction_position(direction, number);

	return ahead <= foreign->segment.payload &&
		(position < direction_acked(direction) || position > direction->next);
}

/* Its sender sends it again, and nobody said anything in between. */
static bool foreign_is_repeated(const struct place *place, const struct foreign *foreign)
{
	const struct direction *directions = place->connection->directions;

	return place->segment->flags & SEGMENT_SYN && place->segment->seq == foreign->segment.seq &&
		place->segment->time_ns - foreign->segment.time_ns >= SYN_AGAIN_NS &&
		directions[0].last.frame <= foreign->frame &&
		directions[1].last.frame <= foreign->frame;
}

/* A SYN,ACK was captured before the SYN that it answers. */
static bool foreign_is_asked(const struct place *place, const struct foreign *foreign)
{
	return foreign->segment.flags & SEGMENT_ACK && place->segment->flags & SEGMENT_SYN &&
		!(place->segment->flags & (SEGMENT_ACK | SEGMENT_RST)) &&
		place->from != foreign->from && place->segment->seq + 1 == foreign->segment.ack;
}

/* Whether the segment shows that the foreign SYN was no stray: it is answered (by a SYN,ACK, a
 * refusal, whatever acknowledges it), its sender goes on behind it, or sends it again because the
 * connection that it met is mute. */
static bool foreign_is_answered(const struct place *place)
{
	const struct foreign *foreign = connection_foreign(place->table, place->connection);
	const struct segment *segment = place->segment;
	const struct direction *sender;
	bool is_self = place->connection->is_self;

	if (!foreign || !foreign->count)
		return false;
	if (foreign_is_asked(place, foreign))
		return true;
	sender = &place->connection->directions[foreign->from];
	if (place->from == foreign->from) {
		if (!is_self && foreign_is_repeated(place, foreign))
			return true;
		if (!(segment->flags & (SEGMENT_SYN | SEGMENT_RST)) &&
			foreign_is_at(foreign, sender, segment->seq))
			return true;
		if (!is_self)
			return false;
	}
	return segment->flags & SEGMENT_ACK && (!(segment->flags & SEGMENT_RST) || !segment->seq) &&
		foreign_is_at(foreign, sender, segment->ack);
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
	place.own->syns = (foreign.count < SYNS_MOST ? foreign.count : SYNS_MOST) & SYNS_MOST;
	connection_cold(table, made)->duplicates += foreign.copies;
	made->is_doubled = foreign.copies > 0;
}

/* Both FINs are enough: the last ACK may not have been captured. */
static bool connection_gives_way(const struct connection *connection, unsigned from)
{
	return connection_is_over(connection) ||
		(connection->directions[0].has_fin &&
			connection->directions[connection->is_self ? 0 : 1].has_fin) ||
		connection_is_unanswered(connection, from);
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
		place->is_foreign = !connection_gives_way(place->connection, place->from);
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
		.is_retransmission =
			place->is_retransmission || (place->is_known_syn && place->is_new_syn),
		.is_probe = place->is_probe,
		.new_bytes = place->new_bytes,
		.seq = place->seq,
		.ack = place->ack,
	};
}

/* Most segments end here. */
static bool place_take_plain(struct place *place)
{
	int64_t last_ns = connection_last_ns(place->table, place->connection);

	if (!direction_take_plain(place))
		return false;
	place_count(place, last_ns);
	return true;
}

static void segment_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	uint32_t hash, struct flow_note *ret)
{
	unsigned from = 0;
	struct slot *slot = slot_find(table, segment, hash, &from);
	struct place place;

	table->frame = frame ? frame : table->frame + 1;
	if (segment->time_ns > table->newest_ns)
		table->newest_ns = segment->time_ns;
	if (slot->index) {
		place_of(&place, table, slot->index, from, segment, table->frame);
		if (!table->is_thorough && place_take_plain(&place)) {
			if (ret)
				*ret = place_note(&place);
			return;
		}
	} else {
		connection_begin(table, slot, hash, segment, table->frame);
		place_make(&place, table, slot->index, segment, table->frame);
	}
	place_find(&place, slot, hash);
	if (place.is_foreign)
		foreign_take(&place);
	else
		place_take(&place);
	if (!place.connection->is_waiting && connection_is_over(place.connection))
		over_add(table, place.index, hash, segment->time_ns);
	if (ret)
		*ret = place_note(&place);
}

int flow_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	struct flow_note *ret)
{
	if (table_reserve(table, 1) < 0)
		return -ENOMEM;
	segment_add(table, segment, frame, segment_hash(segment), ret);
	return 0;
}

static void prefetch(const char *at, size_t size)
{
	if (!at)
		return;
	for (size_t i = 0; i < size; i += CACHE_LINE)
		__builtin_prefetch(at + i, 1);
	__builtin_prefetch(at + size - 1, 1);
}

static void slot_prefetch(const struct flow_table *table, uint32_t hash)
{
	__builtin_prefetch(&table->slots[hash & (table->slots_count - 1)], 1);
}

static void connection_prefetch(const struct flow_table *table, uint32_t index)
{
	prefetch((const char *)connection_at(table, index), sizeof(struct connection));
}

int flow_add_batch(struct flow_table *table, const struct segment *segments, const uint32_t *frames,
	unsigned count)
{
	uint32_t hashes[FLOW_BATCH];
	size_t mask;

	if (table_reserve(table, FLOW_BATCH) < 0)
		return -ENOMEM;
	mask = table->slots_count - 1;
	for (unsigned i = 0; i < count; i++) {
		hashes[i] = segment_hash(&segments[i]);
		slot_prefetch(table, hashes[i]);
	}
	for (unsigned i = 0; i < count; i++)
		connection_prefetch(table, table->slots[hashes[i] & mask].index);
	for (unsigned i = 0; i < count; i++)
		segment_add(table, &segments[i], frames[i], hashes[i], NULL);
	return 0;
}

static void cold_free(struct flow_table *table, uint32_t index)
{
	struct slab *slabs = table->slabs;
	struct cold *cold = slab_at(&slabs[SLAB_COLD], index);
	uint32_t reset = cold->resets;

	while (reset) {
		uint32_t next = ((struct reset *)slab_at(&slabs[SLAB_RESETS], reset))->next;

		slab_give(&slabs[SLAB_RESETS], reset);
		reset = next;
	}
	slab_give(&slabs[SLAB_FINS], cold->fins[0]);
	slab_give(&slabs[SLAB_FINS], cold->fins[1]);
	slab_give(&slabs[SLAB_GAPS], cold->gaps);
	slab_give(&slabs[SLAB_ECHOES], cold->echoes);
	slab_give(&slabs[SLAB_FOREIGN], cold->foreign);
	slab_give(&slabs[SLAB_COLD], index);
}

static void connection_free(struct flow_table *table, uint32_t index)
{
	struct connection *connection = connection_at(table, index);

	if (connection->cold)
		cold_free(table, connection->cold);
	if (connection->is_ip6)
		slab_give(&table->slabs[SLAB_ADDRESSES], connection->addresses[0]);
	slab_give(&table->slabs[SLAB_CONNECTIONS], index);
}

static void hand_over(struct flow_table *table, uint32_t index, flow_callback *callback, void *data)
{
	history_make(table, connection_at(table, index), &table->history);
	callback(&table->history, data);
}

static uint32_t *older_of(const struct flow_table *table, uint32_t index)
{
	struct cold *cold = connection_cold(table, connection_at(table, index));

	return cold ? &cold->older : NULL;
}

static bool is_behind(const struct flow_table *table, uint32_t newest, uint32_t index)
{
	while (newest && newest != index) {
		const uint32_t *older = older_of(table, newest);

		newest = older ? *older : 0;
	}
	return newest;
}

/* The slot from which links lead to a connection. */
static struct slot *slot_of(const struct flow_table *table, uint32_t index, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = &table->slots[i & (table->slots_count - 1)];

		if (slot->hash == hash && is_behind(table, slot->index, index))
			return slot;
	}
}

/* Takes it out of the table: the one behind it on the 4-tuple, or the slot, leads to the one
 * before. */
static void connection_unlink(struct flow_table *table, uint32_t index)
{
	const struct cold *cold = connection_cold(table, connection_at(table, index));
	struct slot *slot = slot_of(table, index, cold->hash);
	uint32_t *link = &slot->index;

	while (*link != index)
		link = older_of(table, *link);
	*link = cold->older;
	if (!slot->index)
		slot_free(table, slot);
}

/* Fetches what handing over will need of one that waits, and where to go on from there. */
static void over_prefetch(const struct flow_table *table, const struct cold *cold)
{
	prefetch((const char *)connection_at(table, cold->connection), sizeof(struct connection));
	for (unsigned i = 0; i < 2; i++)
		prefetch(slab_at(&table->slabs[SLAB_FINS], cold->fins[i]), sizeof(struct kept));
	prefetch(slab_at(&table->slabs[SLAB_RESETS], cold->resets), sizeof(struct reset));
	slot_prefetch(table, cold->hash);
	prefetch((const char *)cold_at(table, cold->next_over), sizeof(*cold));
}

static struct cold *over_pop(struct flow_table *table)
{
	struct cold *cold = cold_at(table, table->over_first);

	table->over_first = cold->next_over;
	if (table->over_first)
		over_prefetch(table, cold_at(table, table->over_first));
	else
		table->over_last = 0;
	connection_at(table, cold->connection)->is_waiting = false;
	return cold;
}

/* Whoever was heard of since it was over waits once more, behind the others. */
static void over_take(struct flow_table *table, int64_t now_ns, flow_callback *callback, void *data)
{
	const struct cold *cold = over_pop(table);
	uint32_t index = cold->connection;
	const struct connection *connection = connection_at(table, index);
	int64_t last_ns;

	if (!connection->is_replaced && !connection_is_over(connection))
		return;
	last_ns = connection_last_ns(table, connection);
	if (now_ns - last_ns < table->quiet_ns) {
		over_add(table, index, cold->hash, last_ns);
		return;
	}
	hand_over(table, index, callback, data);
	connection_unlink(table, index);
	connection_free(table, index);
}

void flow_take_ended(struct flow_table *table, int64_t now_ns, flow_callback *callback, void *data)
{
	if (now_ns > table->newest_ns)
		table->newest_ns = now_ns;
	while (table->over_first &&
		now_ns - cold_at(table, table->over_first)->over_ns >= table->quiet_ns)
		over_take(table, now_ns, callback, data);
}

static int number_compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (left[0] > right[0]) - (left[0] < right[0]);
}

/* Pairs of number and index. */
static uint32_t (*kept_list(const struct flow_table *table))[2]
{
	uint32_t(*list)[2] = calloc(table->slabs[SLAB_CONNECTIONS].used + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; list && i < table->slots_count; i++)
		for (uint32_t index = table->slots[i].index; index;) {
			const struct connection *connection = connection_at(table, index);

			list[count][0] = connection->number;
			list[count++][1] = index;
			index = older_of(table, index) ? *older_of(table, index) : 0;
		}
	if (list)
		qsort(list, count, sizeof(*list), number_compare);
	return list;
}

static void table_empty(struct flow_table *table)
{
	if (table->slots_count)
		memset(table->slots, 0, table->slots_count * sizeof(*table->slots));
	table->slots_used = 0;
	for (unsigned i = 0; i < SLABS; i++)
		slab_clear(&table->slabs[i]);
	table->over_first = table->over_last = 0;
}

int flow_take_all(struct flow_table *table, flow_callback *callback, void *data)
{
	uint32_t(*list)[2] = kept_list(table), count = table->slabs[SLAB_CONNECTIONS].used;

	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		hand_over(table, list[i][1], callback, data);
	free(list);
	table_empty(table);
	return 0;
}

int flow_table_new(struct flow_table **ret)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (unsigned i = 0; i < SLABS; i++)
		table->slabs[i].size = slab_sizes[i];
	table->quiet_ns = quiet_default_ns;
	*ret = table;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->slots);
	for (unsigned i = 0; i < SLABS; i++)
		slab_free(&table->slabs[i]);
	free(table);
}

void flow_table_clear(struct flow_table *table)
{
	table_empty(table);
	table->next_number = table->frame = 0;
}

void flow_set_quiet(struct flow_table *table, int64_t quiet_ns)
{
	table->quiet_ns = quiet_ns;
}

void flow_be_thorough(struct flow_table *table)
{
	table->is_thorough = true;
}

size_t flow_kept(const struct flow_table *table)
{
	return table->slabs[SLAB_CONNECTIONS].used;
}

size_t flow_bytes(const struct flow_table *table)
{
	size_t bytes = sizeof(*table) + table->slots_count * sizeof(*table->slots);

	for (unsigned i = 0; i < SLABS; i++)
		bytes += slab_bytes(&table->slabs[i]);
	return bytes;
}

bool flow_note_is_telling(const struct flow_note *note)
{
	return note->is_new_syn || note->is_new_fin || note->is_reset || note->new_bytes;
}
