/* SPDX-License-Identifier: MIT */
/* Knows memory only: what the entries are is the caller's. A freed entry's first bytes hold the
 * index of the next freed one. */
#include "slab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS_FIRST = 8 };

static int chunk_add(struct slab *slab)
{
	char *chunk;

	if (slab->chunks_count == slab->chunks_room) {
		uint32_t room = slab->chunks_room ? slab->chunks_room * 2 : CHUNKS_FIRST;
		char **chunks = reallocarray(slab->chunks, room, sizeof(*chunks));

		if (!chunks)
			return -ENOMEM;
		slab->chunks = chunks;
		slab->chunks_room = room;
	}
	if (slab->chunks_count >= UINT32_MAX >> SLAB_CHUNK_BITS)
		return -ENOMEM;
	chunk = pages_take(slab->pages, slab->size * SLAB_CHUNK);
	if (!chunk)
		return -ENOMEM;
	slab->chunks[slab->chunks_count++] = chunk;
	return 0;
}

static uint32_t slab_room(const struct slab *slab)
{
	return slab->chunks_count * SLAB_CHUNK - slab->used;
}

int slab_reserve(struct slab *slab, uint32_t count)
{
	while (slab_room(slab) < count)
		if (chunk_add(slab) < 0)
			return -ENOMEM;
	return 0;
}

uint32_t slab_take(struct slab *slab)
{
	uint32_t index = slab->free;
	void *entry;

	if (index) {
		entry = slab_at(slab, index);
		memcpy(&slab->free, entry, sizeof(slab->free));
	} else {
		index = ++slab->begun;
		entry = slab_at(slab, index);
	}
	slab->used++;
	memset(entry, 0, slab->size);
	return index;
}

void slab_give(struct slab *slab, uint32_t index)
{
	if (!index)
		return;
	memcpy(slab_at(slab, index), &slab->free, sizeof(slab->free));
	slab->free = index;
	slab->used--;
}

void slab_clear(struct slab *slab)
{
	slab->begun = slab->free = slab->used = 0;
}

void slab_free(struct slab *slab)
{
	free(slab->chunks);
	*slab = (struct slab){.size = slab->size, .pages = slab->pages};
}

size_t slab_bytes(const struct slab *slab)
{
	return slab->chunks_count * slab->size * SLAB_CHUNK +
		slab->chunks_room * sizeof(*slab->chunks);
}
