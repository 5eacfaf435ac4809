/* SPDX-License-Identifier: MIT */
/* See plan.h. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

static size_t plan_case(const struct test_case *test_case, const struct shard *shard,
	bool only_first, struct job *ret)
{
	size_t n = 0;
	bool is_first = true;

	for (unsigned variant = 0; variant < VARIANT_COUNT; variant++) {
		if (!test_case->variants[variant])
			continue;
		if ((is_first || !only_first) &&
			shard_holds(shard, test_case->name, (enum variant)variant))
			ret[n++] = (struct job){
				.test_case = test_case, .variant = (enum variant)variant};
		is_first = false;
	}
	return n;
}

int plan_runs(const struct catalog *catalog, const struct shard *shard, bool only_first,
	struct job **ret, size_t *ret_n)
{
	*ret = calloc(catalog->n * VARIANT_COUNT + 1, sizeof(**ret));
	*ret_n = 0;
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < catalog->n; i++)
		*ret_n += plan_case(&catalog->cases[i], shard, only_first, *ret + *ret_n);
	return 0;
}
