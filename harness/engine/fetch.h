/* SPDX-License-Identifier: MIT */
/* The packages of a stack: from the cache, or else from Debian's archives into the cache. What is
 * given out has the digest that stacks.conf pins. Must not know what the packages are for. */
#ifndef LASTACK_HARNESS_FETCH_H
#define LASTACK_HARNESS_FETCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "stacks.h"

struct fetched {
	char paths[STACK_MAX_DEBS][PATH_MAX]; /* in the order of stack->debs */
	size_t n;
};

/* Told a few times a second how a download goes: `bytes` of `deb` are there. Returning false stops
 * it; what has come stays, and the next time goes on from there. */
struct fetch_watch {
	bool (*look)(void *context, const struct stack_deb *deb, uint64_t bytes);
	void *context;
};

/* Returns 0; a negative errno with the complaint filled otherwise:
 * -ENOENT  not in the cache and without a watch, or dropped by the archive
 * -EILSEQ  other bytes than those pinned: want and saw are in the complaint
 * -EINTR   stopped by the watch
 * -ENOSPC, -EACCES, -ENOSYS (no apt) and others: the next stack would fare no better
 * Without a watch (NULL) nothing is downloaded. */
int fetch_ensure(const struct stack *stack, const struct fetch_watch *watch, struct fetched *ret,
	struct complaint *ret_complaint);

#endif
