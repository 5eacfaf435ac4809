/* SPDX-License-Identifier: MIT */
/* The parts of a connection that lie apart, and what its 4-tuple is. Knows memory; must not know
 * what segments mean. */
#include <string.h>

#include "connection.h"

struct cold *connection_cold(const struct flow_table *table, const struct connection *connection)
{
	return slab_at(&table->slabs[SLAB_COLD], connection->cold);
}

struct gaps *connection_gaps(const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold = connection_cold(table, connection);

	return cold ? slab_at(&table->slabs[SLAB_GAPS], cold->gaps) : NULL;
}

struct foreign *connection_foreign(
	const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold = connection_cold(table, connection);

	return cold ? slab_at(&table->slabs[SLAB_FOREIGN], cold->foreign) : NULL;
}

struct reset *connection_resets(const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold =
		connection->has_resets ? connection_cold(table, connection) : NULL;

	return cold ? slab_at(&table->slabs[SLAB_RESETS], cold->resets) : NULL;
}

const struct kept *connection_fin(
	const struct flow_table *table, const struct connection *connection, unsigned from)
{
	const struct direction *direction = &connection->directions[from];
	const struct cold *cold;

	if (!direction->has_fin)
		return NULL;
	if (direction->is_fin_last)
		return &direction->last;
	cold = connection_cold(table, connection);
	return cold ? slab_at(&table->slabs[SLAB_FINS], cold->fins[from]) : NULL;
}

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
