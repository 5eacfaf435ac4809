/* SPDX-License-Identifier: MIT */
/* Which connection a 4-tuple has: slots of a hash and an index, by linear probing. A slot leads to
 * the newest connection of its 4-tuple; the ones before are linked to that until they are handed
 * over. Not for other rooms: flow.h is. Inline, since every segment comes by here. */
#ifndef LASTACK_CAPTURE_TUPLE_H
#define LASTACK_CAPTURE_TUPLE_H

#include "connection.h"
#include "endpoint.h"

/* A sum, so that both directions of a connection meet. */
static inline uint32_t tuple_hash(const struct segment *segment)
{
	return (uint32_t)((endpoint_hash(&segment->source) +
				  endpoint_hash(&segment->destination)) >>
		32);
}

static inline bool tuple_has_addresses6(const struct flow_table *table,
	const struct connection *connection, const struct segment *segment, unsigned from)
{
	const struct addresses6 *addresses =
		slab_at(&table->slabs[SLAB_ADDRESSES], connection->addresses[0]);
	size_t size = sizeof(addresses->ends[0]);

	return !memcmp(addresses->ends[from], segment->source.address, size) &&
		!memcmp(addresses->ends[!from], segment->destination.address, size);
}

/* Whether the segment is the connection's, and went in direction `from`. */
static inline bool tuple_is(const struct flow_table *table, const struct connection *connection,
	const struct segment *segment, unsigned from)
{
	const struct endpoint *source = &segment->source, *destination = &segment->destination;

	if (connection->directions[from].port != source->port ||
		connection->directions[!from].port != destination->port ||
		connection->is_ip6 != (source->family == 6))
		return false;
	if (connection->is_ip6)
		return tuple_has_addresses6(table, connection, segment, from);
	return connection->addresses[from] == endpoint_address4(source) &&
		connection->addresses[!from] == endpoint_address4(destination);
}

static inline struct slot *slot_at(const struct flow_table *table, size_t at)
{
	return &table->slots[at & (table->slots_count - 1)];
}

/* The slot that holds the 4-tuple, with the direction that the segment went; or the free one where
 * it belongs. */
static inline struct slot *slot_find(const struct flow_table *table, const struct segment *segment,
	uint32_t hash, unsigned *ret_from)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = slot_at(table, i);
		const struct connection *connection;

		if (!slot->index)
			return slot;
		if (slot->hash != hash)
			continue;
		connection = connection_at(table, slot->index);
		*ret_from = !tuple_is(table, connection, segment, 0);
		if (!*ret_from || tuple_is(table, connection, segment, 1))
			return slot;
	}
}

/* Makes sure that so many more fit. 0 or -ENOMEM. */
int slots_reserve(struct flow_table *table, size_t more);
/* Takes a connection out: the one behind it on the 4-tuple, or the slot, leads to the one before.
 */
void connection_unlink(struct flow_table *table, uint32_t index, uint32_t hash);

#endif
