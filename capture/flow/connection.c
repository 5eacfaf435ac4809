/* SPDX-License-Identifier: MIT */
/* The parts of a connection that lie apart, and what its 4-tuple is. Knows memory; must not know
 * what segments mean. */
#include <string.h>

#include "connection.h"

void *connection_make(struct flow_table *table, uint32_t *index, enum table_slab slab)
{
	if (!*index)
		*index = slab_take(&table->slabs[slab]);
	return slab_at(&table->slabs[slab], *index);
}

struct cold *connection_make_cold(struct flow_table *table, struct connection *connection)
{
	return connection_make(table, &connection->cold, SLAB_COLD);
}

struct rare *connection_make_rare(
	struct flow_table *table, struct connection *connection, unsigned from)
{
	return &connection_make_cold(table, connection)->rare[from];
}

struct gaps *connection_make_gaps(struct flow_table *table, struct connection *connection)
{
	struct cold *cold = connection_make_cold(table, connection);

	return connection_make(table, &cold->gaps, SLAB_GAPS);
}

int64_t connection_last_reset_ns(
	const struct flow_table *table, const struct connection *connection)
{
	const struct reset *reset = connection_resets(table, connection);
	int64_t last_ns = INT64_MIN;

	for (; reset; reset = slab_at(&table->slabs[SLAB_RESETS], reset->next))
		if (reset->segment.time_ns > last_ns)
			last_ns = reset->segment.time_ns;
	return last_ns;
}
