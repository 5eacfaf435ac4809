/* SPDX-License-Identifier: MIT */
/* One part of many: which runs are this machine's when several share the work. Knows names and
 * variants; knows nothing of running them.
 *
 * A run belongs to part (hash of the case's name + number of the variant) mod N. The hash, and not
 * the run's place in the list, so that
 *  - a case that is added or taken away moves no other run: yesterday's record of part 2 is
 * compared with today's, and machines with checkouts of different days still cover what both have;
 *  - what is selected does not matter: `--shard 2/4 linger` is what `--shard 2/4` holds of linger.
 * The number of the variant is added after hashing, so that the variants of one case, which take
 * equally long, go to different parts: with N up to 4 each of them to another. Parts are equal
 * within a few in the hundred (tested), where round robin would be equal within one. */
#ifndef LASTACK_HARNESS_SHARD_H
#define LASTACK_HARNESS_SHARD_H

#include <stdbool.h>

#include "case.h"

#define SHARD_MAX 1000

/* {0}: everything. */
struct shard {
	unsigned number, of; /* 1..of */
};

/* Reads "I/N", 1 <= I <= N <= SHARD_MAX. False, and *ret untouched, for anything else. */
bool shard_parse(const char *text, struct shard *ret);

/* Whether this run is part of it. Of all shards with one `of` exactly one says yes. */
bool shard_holds(const struct shard *shard, const char *case_name, enum variant variant);

#endif
