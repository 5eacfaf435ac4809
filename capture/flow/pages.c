/* SPDX-License-Identifier: MIT */
/* Knows memory only. */
#include "pages.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 * 1024 * 1024 }; /* of x86-64, and of ARM64 with pages of 4 KiB */

/* The rest behind the last whole huge page stays in small ones. A kernel without huge pages says
 * EINVAL, and then it is memory like any other. */
void *pages_alloc(size_t size)
{
	void *pages = aligned_alloc(HUGE_PAGE, size);

	if (pages)
		madvise(pages, size, MADV_HUGEPAGE);
	return pages;
}
