/* SPDX-License-Identifier: MIT */
/* Knows where the parts of a connection lie; must not know what they mean. */
#include "remains.h"

static void resets_take(
	const struct flow_table *table, const struct connection *connection, struct remains *ret)
{
	const struct slab *resets = &table->slabs[SLAB_RESETS];
	const struct reset *reset = connection_resets(table, connection);

	for (; reset && ret->resets_kept < HISTORY_MAX_RESETS; reset = slab_at(resets, reset->next))
		ret->resets[ret->resets_kept++] = *reset;
}

static void cold_take(
	const struct flow_table *table, const struct connection *connection, struct remains *ret)
{
	const struct gaps *gaps = connection_gaps(table, connection);
	const struct foreign *foreign = connection_foreign(table, connection);

	ret->cold = *connection_cold(table, connection);
	ret->has_gaps = gaps;
	if (gaps)
		ret->gaps = *gaps;
	ret->has_foreign = foreign;
	if (foreign)
		ret->foreign = *foreign;
	resets_take(table, connection, ret);
}

void remains_take(
	const struct flow_table *table, const struct connection *connection, struct remains *ret)
{
	ret->connection = *connection;
	ret->ended_ns = connection_last_ns(table, connection);
	ret->newest_ns = table->newest_ns;
	ret->resets_kept = 0;
	if (connection->is_ip6)
		ret->addresses = *(const struct addresses6 *)slab_at(
			&table->slabs[SLAB_ADDRESSES], connection->addresses[0]);
	ret->has_cold = connection->cold;
	ret->has_gaps = ret->has_foreign = false;
	if (ret->has_cold)
		cold_take(table, connection, ret);
}
