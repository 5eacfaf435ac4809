/* SPDX-License-Identifier: MIT */
/* Memory that is looked into everywhere, in huge pages where the kernel has them to give
 * (madvise(2), MADV_HUGEPAGE): fewer faults, and fewer misses of the TLB, which cost twice in a
 * virtual machine. */
#ifndef LASTACK_CAPTURE_PAGES_H
#define LASTACK_CAPTURE_PAGES_H

#include <stddef.h>

/* A large block, undefined, that free() ends. NULL: no memory. */
void *pages_alloc(size_t size);

/* What is taken from it lies close together, and is given back all at once. Begins as zeros. */
struct pages {
	struct block *blocks; /* the newest first */
	size_t block_size; /* of the newest */
	char *at; /* in it: what is not yet taken */
	size_t left;
};

/* `size` bytes, undefined, at a multiple of 64. NULL: no memory. */
void *pages_take(struct pages *pages, size_t size);
void pages_free(struct pages *pages);

#endif
