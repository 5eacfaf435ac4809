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
	NEW_MOST = 2, /* entries that one segment may need: its own and a foreign SYN's */
	SYN_COPY_NS = 5000000,
	SYN_AGAIN_NS = 200000000, /* nobody sends a SYN again earlier */
	LATE_MOST = 1 << 22, /* how far a late segment may be from the end of its connection */
	FIT_MOST = 1 << 28,
};

static const int64_t quiet_default_ns = 10000000000;

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
static uint32_t ends_hash(const struct endpoint *a, const struct endpoint *b)
{
	return (uint32_t)((endpoint_hash(a) + endpoint_hash(b)) >> 32);
}

static struct connection *connection_at(const struct flow_table *table, uint32_t index)
{
	return slab_at(&table->connections, index);
}

static bool connection_has(
	const struct connection *connection, const struct endpoint *a, const struct endpoint *b)
{
	const struct endpoint *ends = connection->ends;

	return (endpoint_equal(&ends[0], a) && endpoint_equal(&ends[1], b)) ||
		(endpoint_equal(&ends[0], b) && endpoint_equal(&ends[1], a));
}

/* The slot that holds the 4-tuple, or the free one where it belongs. */
static struct slot *slot_find(const struct flow_table *table, const struct endpoint *a,
	const struct endpoint *b, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = &table->slots[i & (table->slots_count - 1)];

		if (!slot->index)
			return slot;
		if (slot->hash == hash && connection_has(connection_at(table, slot->index), a, b))
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

/* Makes sure that whatever one segment needs fits: nothing fails behind this. */
static int table_reserve(struct flow_table *table)
{
	struct slab *slabs[] = {
		&table->connections, &table->endings, &table->resets, &table->rares};

	if ((table->slots_used + 1) * 4 > table->slots_count * 3 && slots_grow(table) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < sizeof(slabs) / sizeof(*slabs); i++)
		if (slab_reserve(slabs[i], NEW_MOST) < 0)
			return -ENOMEM;
	return 0;
}

struct rare *connection_rare(struct flow_table *table, struct connection *connection)
{
	if (!connection->rare)
		connection->rare = slab_take(&table->rares);
	return slab_at(&table->rares, connection->rare);
}

struct ending *connection_ending(struct flow_table *table, struct connection *connection)
{
	if (!connection->ending)
		connection->ending = slab_take(&table->endings);
	return slab_at(&table->endings, connection->ending);
}

struct kept kept_make(const struct segment *segment, uint32_t frame)
{
	return (struct kept){
		.time_ns = segment->time_ns,
		.seq = segment->seq,
		.ack = segment->flags & SEGMENT_ACK ? segment->ack : 0,
		.frame = frame,
		.payload = segment->payload,
		.tsval = segment->tsval,
		.window = segment->window,
		.ipid = segment->ipid,
		.flags = segment->flags,
		.ttl = segment->ttl,
		.options_length = segment->options_length,
		.is_kept = true,
		.has_timestamps = segment->has_timestamps,
		.has_mptcp = segment->has_mptcp,
	};
}

static bool direction_is_closed(const struct direction *direction)
{
	return direction->has_fin && direction->acked >= direction->next;
}

bool connection_is_over(const struct connection *connection)
{
	const struct direction *there = &connection->directions[0];
	const struct direction *back = &connection->directions[connection->is_self ? 0 : 1];

	return there->has_reset || back->has_reset ||
		(direction_is_closed(there) && direction_is_closed(back));
}

/* Nothing but SYNs of one end. */
static bool connection_is_unanswered(const struct connection *connection, unsigned from)
{
	const struct direction *own = &connection->directions[from];

	return !connection->is_self && !connection->directions[!from].is_seen &&
		own->last.flags & SEGMENT_SYN && !(own->last.flags & SEGMENT_ACK) &&
		own->syns == connection->segments;
}

static void over_add(struct flow_table *table, uint32_t index, int64_t since_ns)
{
	struct connection *connection = connection_at(table, index);

	if (connection->is_waiting)
		return;
	connection->over_ns = since_ns;
	connection->is_waiting = true;
	connection->next_over = 0;
	if (table->over_last)
		connection_at(table, table->over_last)->next_over = index;
	else
		table->over_first = index;
	table->over_last = index;
}

/* A SYN,ACK answers a SYN that was not captured: its receiver is the opener. The one that had the
 * 4-tuple before stays linked. */
static struct connection *connection_begin(struct flow_table *table, struct slot *slot,
	uint32_t hash, const struct segment *segment, uint32_t frame)
{
	bool is_answer = segment->flags & SEGMENT_SYN && segment->flags & SEGMENT_ACK &&
		!(segment->flags & SEGMENT_RST);
	struct connection *older = connection_at(table, slot->index);
	uint32_t index = slab_take(&table->connections);
	struct connection *connection = connection_at(table, index);

	connection->ends[0] = is_answer ? segment->destination : segment->source;
	connection->ends[1] = is_answer ? segment->source : segment->destination;
	connection->is_self = endpoint_equal(&segment->source, &segment->destination);
	connection->index = index;
	connection->number = table->next_number++;
	connection->previous = older ? older->number : UINT32_MAX;
	connection->older = slot->index;
	connection->begun_ns = connection->last_ns = segment->time_ns;
	connection->first_frame = frame;
	if (older) {
		older->is_replaced = true;
		over_add(table, slot->index, segment->time_ns);
	} else {
		table->slots_used++;
	}
	*slot = (struct slot){.hash = hash, .index = index};
	return connection;
}

static struct place place_make(struct flow_table *table, struct connection *connection,
	const struct segment *segment, uint32_t frame)
{
	unsigned from = !endpoint_equal(&connection->ends[0], &segment->source);

	return (struct place){
		.table = table,
		.connection = connection,
		.own = &connection->directions[from],
		.peer = connection_peer(connection, from),
		.from = from,
		.segment = segment,
		.frame = frame,
	};
}

/* The longest silence among the last ten to twenty segments. */
static void idle_take(struct connection *connection, const struct place *place)
{
	int64_t idle_ns = place->segment->time_ns - connection->last_ns;

	if (connection->block == 10) {
		connection->idle[1] = connection->idle[0];
		connection->idle[0] = (struct idle){0};
		connection->block = 0;
	}
	connection->block++;
	if (idle_ns > connection->idle[0].ns)
		connection->idle[0] = (struct idle){idle_ns, place->frame, (uint8_t)place->from};
}

static void place_count(struct place *place)
{
	struct connection *connection = place->connection;

	idle_take(connection, place);
	connection->segments++;
	connection->last_frame = place->frame;
	if (place->segment->time_ns > connection->last_ns)
		connection->last_ns = place->segment->time_ns;
}

/* What follows a foreign SYN from the other end, without news: its answer. */
static void foreign_review(struct place *place)
{
	struct rare *rare = slab_at(&place->table->rares, place->connection->rare);

	if (!rare || !rare->foreign_count || rare->foreign_answer.is_kept ||
		place->from == rare->foreign_from)
		return;
	if (place->is_repeated_ack || place->segment->flags & SEGMENT_RST)
		rare->foreign_answer = kept_make(place->segment, place->frame);
}

/* A doubled frame is told as what it is once more, but counted apart. */
static void echo_take(struct place *place)
{
	const struct segment *segment = place->segment;
	bool is_numbered = segment->flags & (SEGMENT_SYN | SEGMENT_FIN);

	place->connection->duplicates++;
	if (segment->flags & SEGMENT_RST)
		return;
	place->is_retransmission = is_numbered || segment->payload;
	place->is_probe = !is_numbered && segment->payload <= 1 && place->seq < place->own->next;
}

static void place_take(struct place *place)
{
	direction_begin(place);
	if (direction_is_echo(place)) {
		echo_take(place);
		return;
	}
	place_count(place);
	if (place->segment->flags & SEGMENT_RST) {
		reset_take(place);
	} else {
		direction_take(place);
		if (place->connection->resets)
			reset_review(place);
	}
	foreign_review(place);
}

/* Whether a SYN has the number of the foreign one before it. */
static bool foreign_is_same(const struct place *place)
{
	const struct rare *rare = slab_at(&place->table->rares, place->connection->rare);

	return rare && rare->foreign_count && rare->foreign_from == place->from &&
		rare->foreign.seq == place->segment->seq;
}

/* A SYN that is not taken in: counted to the connection that it meets, until it is answered. Copies
 * of the frame apart. */
static void foreign_take(struct place *place)
{
	struct rare *rare = connection_rare(place->table, place->connection);
	const struct segment *segment = place->segment, *foreign = &rare->foreign;

	if (foreign_is_same(place)) {
		place->is_retransmission = true;
		if (foreign->ipid == segment->ipid &&
			segment->time_ns - foreign->time_ns < SYN_COPY_NS) {
			place->connection->duplicates++;
			return;
		}
		rare->foreign_count++;
	} else {
		place->is_new_syn = true;
		rare->foreign = *segment;
		rare->foreign_frame = place->frame;
		rare->foreign_from = (uint8_t)place->from;
		rare->foreign_count = 1;
		rare->foreign_answer = (struct kept){.is_kept = false};
	}
	place->connection->segments++;
}

/* Its number, or the one behind it and its bytes, which the connection that it met would not use.
 */
static bool foreign_is_at(
	const struct segment *foreign, const struct direction *direction, uint32_t number)
{
	uint32_t ahead = number - (foreign->seq + 1);
	int64_t position = direction_position(direction, number);

	return ahead <= foreign->payload &&
		(position < direction->acked || position > direction->next);
}

/* Whether the segment shows that the foreign SYN was no stray: it is answered (by a SYN,ACK, a
 * refusal, whatever acknowledges it), its sender goes on behind it, or sends it again because the
 * connection that it met is mute. */
static bool foreign_is_answered(const struct place *place)
{
	const struct rare *rare = slab_at(&place->table->rares, place->connection->rare);
	const struct segment *segment = place->segment;
	const struct direction *sender;

	if (!rare || !rare->foreign_count)
		return false;
	sender = &place->connection->directions[rare->foreign_from];
	if (place->from == rare->foreign_from) {
		if (segment->flags & SEGMENT_SYN && segment->seq == rare->foreign.seq &&
			!place->connection->is_self)
			return place->connection->last_frame <= rare->foreign_frame &&
				segment->time_ns - rare->foreign.time_ns >= SYN_AGAIN_NS;
		if (!(segment->flags & (SEGMENT_SYN | SEGMENT_RST)) &&
			foreign_is_at(&rare->foreign, sender, segment->seq))
			return true;
		if (!place->connection->is_self)
			return false;
	}
	return segment->flags & SEGMENT_ACK && (!(segment->flags & SEGMENT_RST) || !segment->seq) &&
		foreign_is_at(&rare->foreign, sender, segment->ack);
}

/* The connection begins with its SYN, wherever the answer is. */
static void foreign_adopt(struct flow_table *table, struct slot *slot, uint32_t hash)
{
	struct connection *met = connection_at(table, slot->index), *made;
	struct rare *rare = slab_at(&table->rares, met->rare);
	struct segment syn = rare->foreign;
	uint32_t copies = rare->foreign_count;
	struct place place;

	met->segments -= copies;
	rare->foreign_count = 0;
	rare->foreign_answer = (struct kept){.is_kept = false};
	made = connection_begin(table, slot, hash, &syn, rare->foreign_frame);
	place = place_make(table, made, &syn, rare->foreign_frame);
	place_take(&place);
	made->segments += copies - 1;
	place.own->syns += (uint16_t)(copies - 1);
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
static struct place place_newest_or_older(struct flow_table *table, struct connection *newest,
	const struct segment *segment, uint32_t frame)
{
	struct place place = place_make(table, newest, segment, frame);
	struct place older;

	if (!newest->older || place_fits(&place))
		return place;
	older = place_make(table, connection_at(table, newest->older), segment, frame);
	return place_is_late(&older) &&
			!(segment->flags & SEGMENT_SYN && direction_is_foreign(&older))
		? older
		: place;
}

static struct place place_find(struct flow_table *table, struct slot *slot, uint32_t hash,
	const struct segment *segment, uint32_t frame)
{
	bool is_syn = segment->flags & SEGMENT_SYN && !(segment->flags & SEGMENT_RST);
	bool is_known = false;
	struct place place;

	if (!slot->index)
		connection_begin(table, slot, hash, segment, frame);
	place = place_newest_or_older(table, connection_at(table, slot->index), segment, frame);
	if (foreign_is_answered(&place)) {
		foreign_adopt(table, slot, hash);
	} else if (is_syn && direction_is_foreign(&place)) {
		if (!connection_gives_way(place.connection, place.from)) {
			place.is_foreign = true;
			return place;
		}
		is_known = foreign_is_same(&place);
		connection_begin(table, slot, hash, segment, frame);
	} else {
		return place;
	}
	place = place_make(table, connection_at(table, slot->index), segment, frame);
	place.is_known_syn = is_known;
	return place;
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

int flow_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	struct flow_note *ret)
{
	uint32_t hash = ends_hash(&segment->source, &segment->destination);
	struct place place;
	struct slot *slot;

	if (table_reserve(table) < 0)
		return -ENOMEM;
	table->frame = frame ? frame : table->frame + 1;
	frame = table->frame;
	slot = slot_find(table, &segment->source, &segment->destination, hash);
	place = place_find(table, slot, hash, segment, frame);
	if (place.is_foreign)
		foreign_take(&place);
	else
		place_take(&place);
	if (!place.connection->is_waiting && connection_is_over(place.connection))
		over_add(table, place.connection->index, segment->time_ns);
	if (ret)
		*ret = place_note(&place);
	return 0;
}

/* Frees what a connection holds; the slot leads on to none. */
static void connection_free(struct flow_table *table, uint32_t index)
{
	struct connection *connection = connection_at(table, index);
	uint32_t reset = connection->resets;

	while (reset) {
		uint32_t next = ((struct reset *)slab_at(&table->resets, reset))->next;

		slab_give(&table->resets, reset);
		reset = next;
	}
	slab_give(&table->endings, connection->ending);
	slab_give(&table->rares, connection->rare);
	slab_give(&table->connections, index);
}

static void hand_over(
	const struct flow_table *table, uint32_t index, flow_callback *callback, void *data)
{
	struct history history;

	history_make(table, connection_at(table, index), &history);
	callback(&history, data);
}

/* Takes it out of the table: the one behind it on the 4-tuple, or the slot, leads to the one
 * before. */
static void connection_unlink(struct flow_table *table, uint32_t index)
{
	struct connection *connection = connection_at(table, index), *newer;
	const struct endpoint *ends = connection->ends;
	struct slot *slot = slot_find(table, &ends[0], &ends[1], ends_hash(&ends[0], &ends[1]));

	if (slot->index == index) {
		slot->index = connection->older;
		if (!slot->index)
			slot_free(table, slot);
		return;
	}
	for (newer = connection_at(table, slot->index); newer->older != index;)
		newer = connection_at(table, newer->older);
	newer->older = connection->older;
}

static uint32_t over_pop(struct flow_table *table)
{
	uint32_t index = table->over_first;
	struct connection *connection = connection_at(table, index);

	table->over_first = connection->next_over;
	if (!table->over_first)
		table->over_last = 0;
	connection->is_waiting = false;
	return index;
}

/* Whoever was heard of since it was over waits once more, behind the others. */
void flow_take_ended(struct flow_table *table, int64_t now_ns, flow_callback *callback, void *data)
{
	while (table->over_first) {
		struct connection *connection = connection_at(table, table->over_first);
		uint32_t index;

		if (now_ns - connection->over_ns < table->quiet_ns)
			return;
		index = over_pop(table);
		if (!connection->is_replaced && !connection_is_over(connection))
			continue;
		if (now_ns - connection->last_ns < table->quiet_ns) {
			over_add(table, index, connection->last_ns);
			continue;
		}
		hand_over(table, index, callback, data);
		connection_unlink(table, index);
		connection_free(table, index);
	}
}

static int number_compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (left[0] > right[0]) - (left[0] < right[0]);
}

/* Pairs of number and index. */
static uint32_t (*kept_list(const struct flow_table *table))[2]
{
	uint32_t(*list)[2] = calloc(table->connections.used + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; list && i < table->slots_count; i++)
		for (uint32_t index = table->slots[i].index; index;) {
			const struct connection *connection = connection_at(table, index);

			list[count][0] = connection->number;
			list[count++][1] = index;
			index = connection->older;
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
	slab_clear(&table->connections);
	slab_clear(&table->endings);
	slab_clear(&table->resets);
	slab_clear(&table->rares);
	table->over_first = table->over_last = 0;
}

int flow_take_all(struct flow_table *table, flow_callback *callback, void *data)
{
	uint32_t(*list)[2] = kept_list(table), count = table->connections.used;

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
	table->connections.size = sizeof(struct connection);
	table->endings.size = sizeof(struct ending);
	table->resets.size = sizeof(struct reset);
	table->rares.size = sizeof(struct rare);
	table->quiet_ns = quiet_default_ns;
	*ret = table;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->slots);
	slab_free(&table->connections);
	slab_free(&table->endings);
	slab_free(&table->resets);
	slab_free(&table->rares);
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

size_t flow_kept(const struct flow_table *table)
{
	return table->connections.used;
}

size_t flow_bytes(const struct flow_table *table)
{
	return sizeof(*table) + table->slots_count * sizeof(*table->slots) +
		slab_bytes(&table->connections) + slab_bytes(&table->endings) +
		slab_bytes(&table->resets) + slab_bytes(&table->rares);
}

bool flow_note_is_telling(const struct flow_note *note)
{
	return note->is_new_syn || note->is_new_fin || note->is_reset || note->new_bytes;
}
