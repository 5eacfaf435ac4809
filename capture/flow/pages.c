/* SPDX-License-Identifier: MIT */
/* Knows memory only. */
#include "pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	LINE = 64, /* of the cache */
	BLOCK_LEAST = 64 * 1024,
	HUGE_PAGE = 2 * 1024 * 1024, /* of x86-64, and of ARM64 with pages of 4 KiB */
};

struct block {
	struct block *next;
} __attribute__((aligned(LINE)));

/* A kernel without huge pages says EINVAL, and then it is memory like any other. */
void *pages_alloc(size_t size)
{
	void *block;

	if (posix_memalign(&block, size < HUGE_PAGE ? LINE : HUGE_PAGE, size))
		return NULL;
	if (size >= HUGE_PAGE)
		madvise(block, size, MADV_HUGEPAGE);
	return block;
}

/* Each is twice the one before, so that what stays small has no huge page full of zeros. */
static bool block_add(struct pages *pages, size_t needed)
{
	size_t size = pages->blocks ? pages->block_size * 2 : BLOCK_LEAST;
	struct block *block;

	if (size > HUGE_PAGE)
		size = HUGE_PAGE;
	while (size < needed + sizeof(*block))
		size *= 2;
	block = pages_alloc(size);
	if (!block)
		return false;
	block->next = pages->blocks;
	pages->blocks = block;
	pages->block_size = size;
	pages->at = (char *)(block + 1);
	pages->left = size - sizeof(*block);
	return true;
}

void *pages_take(struct pages *pages, size_t size)
{
	char *taken;

	size = (size + LINE - 1) / LINE * LINE;
	if (size > pages->left && !block_add(pages, size))
		return NULL;
	taken = pages->at;
	pages->at += size;
	pages->left -= size;
	return taken;
}

void pages_free(struct pages *pages)
{
	while (pages->blocks) {
		struct block *block = pages->blocks;

		pages->blocks = block->next;
		free(block);
	}
	*pages = (struct pages){0};
}
