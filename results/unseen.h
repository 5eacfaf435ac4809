/* SPDX-License-Identifier: MIT */
/* What an observer could not see: a stack without counters, a kernel older than a counter, a run
 * whose resets nobody gave a reason for. Not seen is not the same as not there. */
#ifndef LASTACK_RESULTS_UNSEEN_H
#define LASTACK_RESULTS_UNSEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counter.h"

struct unseen {
	uint32_t counters; /* a bit for each enum counter */
	bool states, reasons;
};

#define RECORD_UNSEEN_SIZE 512 /* every word and the blanks between them */

/* All of them. */
#define UNSEEN_COUNTERS ((1u << COUNTER_COUNT) - 1)
_Static_assert(COUNTER_COUNT < 32, "a bit for each counter");

static inline bool unseen_has_counter(const struct unseen *unseen, enum counter counter)
{
	return unseen->counters >> counter & 1;
}

/* What one or the other could not see. */
static inline struct unseen unseen_of_both(const struct unseen *a, const struct unseen *b)
{
	return (struct unseen){.counters = a->counters | b->counters,
		.states = a->states || b->states,
		.reasons = a->reasons || b->reasons};
}

/* "mib" for all counters, else the counters' names; "state", "reason"; "" if all was seen. Returns
 * buf. */
char *unseen_print(const struct unseen *unseen, char *buf, size_t size);
/* Takes one such word in. False if it is none. */
bool unseen_add(struct unseen *unseen, const char *word);

#endif
