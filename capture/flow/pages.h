/* SPDX-License-Identifier: MIT */
/* Memory for what is large and looked into everywhere. */
#ifndef LASTACK_CAPTURE_PAGES_H
#define LASTACK_CAPTURE_PAGES_H

#include <stddef.h>

/* In huge pages if the kernel has them to give (madvise(2) MADV_HUGEPAGE): fewer faults, and fewer
 * misses of the TLB, which in a virtual machine cost twice. What is in it is undefined; free() ends
 * it. NULL: no memory. */
void *pages_alloc(size_t size);

#endif
