/* SPDX-License-Identifier: MIT */
/* Slots come and go. Knows hashes; must not know segments. */
#include "tuple.h"

#include <errno.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 64 };

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

int slots_reserve(struct flow_table *table, size_t more)
{
	while ((table->slots_used + more) * 16 > table->slots_count * 9)
		if (slots_grow(table) < 0)
			return -ENOMEM;
	return 0;
}

static bool is_behind(const struct flow_table *table, uint32_t newest, uint32_t index)
{
	while (newest && newest != index) {
		const uint32_t *older = connection_older(table, newest);

		newest = older ? *older : 0;
	}
	return newest;
}

/* The slot from which links lead to a connection. */
static struct slot *slot_of(const struct flow_table *table, uint32_t index, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct slot *slot = slot_at(table, i);

		if (slot->hash == hash && is_behind(table, slot->index, index))
			return slot;
	}
}

void connection_unlink(struct flow_table *table, uint32_t index, uint32_t hash)
{
	const struct cold *cold = connection_cold(table, connection_at(table, index));
	struct slot *slot = slot_of(table, index, hash);
	uint32_t *link = &slot->index;

	while (*link != index)
		link = connection_older(table, *link);
	*link = cold ? cold->older : 0;
	if (!slot->index)
		slot_free(table, slot);
}
