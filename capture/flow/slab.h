/* SPDX-License-Identifier: MIT */
/* Equal entries by index, in chunks that never move: a pointer holds until its entry is freed.
 * Freed entries are given out again, the last one first (it is still in the cache). Index 0 is
 * none. */
#ifndef LASTACK_CAPTURE_SLAB_H
#define LASTACK_CAPTURE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pages.h"

enum { SLAB_CHUNK_BITS = 6, SLAB_CHUNK = 1 << SLAB_CHUNK_BITS };

struct slab {
	size_t size; /* of an entry: at least 4, a multiple of its alignment */
	struct pages *pages; /* where the chunks come from, and stay */
	char **chunks;
	uint32_t chunks_count, chunks_room;
	uint32_t begun; /* entries given out at least once */
	uint32_t free; /* the first freed one; 0: none */
	uint32_t used; /* entries in use */
};

/* Makes sure that `count` entries can be taken. 0 or -ENOMEM. */
int slab_reserve(struct slab *slab, uint32_t count);
/* An entry of zeros. There must be room: slab_reserve(). */
uint32_t slab_take(struct slab *slab);
void slab_give(struct slab *slab, uint32_t index);
void slab_clear(struct slab *slab); /* all entries are free, the memory stays */
void slab_free(struct slab *slab); /* but for the pages */
size_t slab_bytes(const struct slab *slab); /* allocated */

/* NULL for index 0. */
static inline void *slab_at(const struct slab *slab, uint32_t index)
{
	if (!index)
		return NULL;
	index--;
	return slab->chunks[index >> SLAB_CHUNK_BITS] + (index & (SLAB_CHUNK - 1)) * slab->size;
}

#endif
