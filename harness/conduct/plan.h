/* SPDX-License-Identifier: MIT */
/* Which runs there are: every variant of every case, or those of a part. */
#ifndef LASTACK_HARNESS_PLAN_H
#define LASTACK_HARNESS_PLAN_H

#include "catalog.h"
#include "shard.h"
#include "worker.h"

/* The runs in the catalog's order. `only_first`: of every case only its first variant. Returns 0 or
 * -ENOMEM; the caller frees *ret. */
int plan_runs(const struct catalog *catalog, const struct shard *shard, bool only_first,
	struct job **ret, size_t *ret_n);

#endif
