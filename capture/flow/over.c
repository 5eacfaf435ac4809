/* SPDX-License-Identifier: MIT */
/* Connections that are over wait in a queue, in the order of their ends, and are handed over and
 * forgotten once they have been quiet. Must not know why they ended. */
#include <errno.h>
#include <stdlib.h>

#include "remains.h"
#include "tuple.h"

enum {
	QUEUE_FIRST = 64,
	/* How far ahead in the queue memory is fetched: connections, and then what only they lead
	 * to. */
	AHEAD_CONNECTION = 12,
	AHEAD_COLD = 8,
	AHEAD_RESETS = 4,
};

static struct over *over_at(const struct flow_table *table, uint32_t n)
{
	return &table->over[(table->over_begin + n) & (table->over_room - 1)];
}

int over_reserve(struct flow_table *table, uint32_t more)
{
	uint64_t room = table->over_room ? table->over_room : QUEUE_FIRST;
	struct over *over;

	if (table->over_count + more <= table->over_room)
		return 0;
	while (room < (uint64_t)table->over_count + more)
		room *= 2;
	over = room <= UINT32_MAX ? calloc(room, sizeof(*over)) : NULL;
	if (!over)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->over_count; i++)
		over[i] = *over_at(table, i);
	free(table->over);
	table->over = over;
	table->over_room = (uint32_t)room;
	table->over_begin = 0;
	return 0;
}

void over_add(struct flow_table *table, uint32_t index, uint32_t hash, int64_t since_ns)
{
	struct connection *connection = connection_at(table, index);

	if (connection->is_waiting)
		return;
	connection->is_waiting = true;
	*over_at(table, table->over_count++) =
		(struct over){.since_ns = since_ns, .hash = hash, .connection = index};
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

/* Of who waits so far behind the first; NULL: nobody does. */
static const struct connection *over_ahead(const struct flow_table *table, uint32_t n)
{
	return n < table->over_count ? connection_at(table, over_at(table, n)->connection) : NULL;
}

static inline __attribute__((always_inline)) void over_prefetch(const struct flow_table *table)
{
	const struct connection *connection = over_ahead(table, AHEAD_COLD);

	memory_prefetch(over_ahead(table, AHEAD_CONNECTION), sizeof(*connection));
	if (!connection)
		return;
	__builtin_prefetch(slot_at(table, over_at(table, AHEAD_COLD)->hash), 1);
	memory_prefetch(connection_cold(table, connection), sizeof(struct cold));
	memory_prefetch(
		connection_resets(table, over_ahead(table, AHEAD_RESETS)), sizeof(struct reset));
}

/* Whoever was heard of since it was over waits once more, behind the others. */
static void over_take(
	struct flow_table *table, int64_t now_ns, remains_callback *callback, void *data)
{
	const struct over over = *over_at(table, 0);
	struct connection *connection = connection_at(table, over.connection);
	int64_t last_ns;

	over_prefetch(table);
	table->over_begin = (table->over_begin + 1) & (table->over_room - 1);
	table->over_count--;
	connection->is_waiting = false;
	if (!connection->is_replaced && !connection_is_over(connection))
		return;
	last_ns = connection_last_ns(table, connection);
	if (now_ns - last_ns < table->quiet_ns) {
		over_add(table, over.connection, over.hash, last_ns);
		return;
	}
	callback(table, connection, data);
	connection_unlink(table, over.connection, over.hash);
	connection_free(table, over.connection);
}

void flow_leave_ended(
	struct flow_table *table, int64_t now_ns, remains_callback *callback, void *data)
{
	if (now_ns > table->newest_ns)
		table->newest_ns = now_ns;
	while (table->over_count && now_ns - over_at(table, 0)->since_ns >= table->quiet_ns)
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

	for (size_t i = 0; list && i < table->slots_count; i++) {
		memory_prefetch(
			connection_at(table, slot_at(table, i + AHEAD_CONNECTION)->index), 1);
		for (uint32_t index = table->slots[i].index; index;) {
			const uint32_t *older = connection_older(table, index);

			list[count][0] = connection_at(table, index)->number;
			list[count++][1] = index;
			index = older ? *older : 0;
		}
	}
	if (list)
		qsort(list, count, sizeof(*list), number_compare);
	return list;
}

static inline __attribute__((always_inline)) void kept_prefetch(
	const struct flow_table *table, uint32_t (*list)[2], uint32_t left)
{
	if (left > AHEAD_CONNECTION)
		memory_prefetch(
			connection_at(table, list[AHEAD_CONNECTION][1]), sizeof(struct connection));
	if (left > AHEAD_COLD)
		memory_prefetch(connection_cold(table, connection_at(table, list[AHEAD_COLD][1])),
			sizeof(struct cold));
}

int flow_leave_all(struct flow_table *table, remains_callback *callback, void *data)
{
	uint32_t(*list)[2] = kept_list(table), count = table->slabs[SLAB_CONNECTIONS].used;

	if (!list)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		kept_prefetch(table, list + i, count - i);
		callback(table, connection_at(table, list[i][1]), data);
	}
	free(list);
	flow_table_empty(table);
	return 0;
}

struct taker {
	struct history *history;
	flow_callback *callback;
	void *data;
};

static void take(const struct flow_table *table, const struct connection *connection, void *data)
{
	const struct taker *taker = data;
	struct remains remains;

	remains_take(table, connection, &remains);
	history_make(&remains, taker->history);
	taker->callback(taker->history, taker->data);
}

void flow_take_ended(struct flow_table *table, int64_t now_ns, flow_callback *callback, void *data)
{
	flow_leave_ended(table, now_ns, take, &(struct taker){&table->history, callback, data});
}

int flow_take_all(struct flow_table *table, flow_callback *callback, void *data)
{
	return flow_leave_all(table, take, &(struct taker){&table->history, callback, data});
}
