/* SPDX-License-Identifier: MIT */
/* What the words that conduct take alike: which runs, by how many workers, on which stack. */
#ifndef LASTACK_HARNESS_CONDUCTING_H
#define LASTACK_HARNESS_CONDUCTING_H

#include <argp.h>

#include "pool.h"
#include "shard.h"

struct conducting {
	struct pool_options pool;
	struct shard shard;
	char **selectors; /* of argv; as catalog_load() takes them */
	size_t n_selectors;
};

/* To be the child of a word's parser; its input is a struct conducting. */
extern const struct argp conducting_parser;

#endif
