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

enum { TUPLE_NEITHER = 2 };

/* 0 if it is there, else 1 if it is back, else TUPLE_NEITHER. */
static inline unsigned tuple_choose(bool is_there, bool is_back)
{
	return (unsigned)!is_there << !is_back;
}

static inline unsigned tuple_from6(const struct flow_table *table,
	const struct connection *connection, const struct segment *segment)
{
	const struct addresses6 *addresses =
		slab_at(&table->slabs[SLAB_ADDRESSES], connection->addresses[0]);
	const uint8_t *source = segment->source.address,
		      *destination = segment->destination.address;
	const struct direction *ends = connection->directions;
	size_t size = sizeof(addresses->ends[0]);

	return tuple_choose(ends[0].port == segment->source.port &&
			ends[1].port == segment->destination.port &&
			!memcmp(addresses->ends[0], source, size) &&
			!memcmp(addresses->ends[1], destination, size),
		ends[1].port == segment->source.port && ends[0].port == segment->destination.port &&
			!memcmp(addresses->ends[1], source, size) &&
			!memcmp(addresses->ends[0], destination, size));
}

/* The direction that the segment went, if it is the connection's; else TUPLE_NEITHER. No branch
 * depends on which of the two it is: nobody could foresee it. */
static inline __attribute__((always_inline)) unsigned tuple_from(const struct flow_table *table,
	const struct connection *connection, const struct segment *segment)
{
	const struct endpoint *source = &segment->source, *destination = &segment->destination;
	const struct direction *ends = connection->directions;
	uint32_t from = endpoint_address4(source), to = endpoint_address4(destination);
	bool is_there, is_back;

	if (connection->is_ip6 != (source->family == 6))
		return TUPLE_NEITHER;
	if (connection->is_ip6)
		return tuple_from6(table, connection, segment);
	is_there = !((connection->addresses[0] ^ from) | (connection->addresses[1] ^ to) |
		(uint32_t)(ends[0].port ^ source->port) |
		(uint32_t)(ends[1].port ^ destination->port));
	is_back = !((connection->addresses[1] ^ from) | (connection->addresses[0] ^ to) |
		(uint32_t)(ends[1].port ^ source->port) |
		(uint32_t)(ends[0].port ^ destination->port));
	return tuple_choose(is_there, is_back);
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

		if (!slot->index)
			return slot;
		if (slot->hash != hash)
			continue;
		*ret_from = tuple_from(table, connection_at(table, slot->index), segment);
		if (*ret_from != TUPLE_NEITHER)
			return slot;
	}
}

/* Makes sure that so many more fit. 0 or -ENOMEM. */
int slots_reserve(struct flow_table *table, size_t more);
/* Takes a connection out: the one behind it on the 4-tuple, or the slot, leads to the one before.
 */
void connection_unlink(struct flow_table *table, uint32_t index, uint32_t hash);

#endif
