/* SPDX-License-Identifier: MIT */
/* See shard.h. */
#include "shard.h"

#include <ctype.h>
#include <stdlib.h>

#include "hash.h"

/* A number from 1 to SHARD_MAX, digits only; 0 for anything else. */
static unsigned read_number(const char **text)
{
	unsigned number = 0;

	while (isdigit((unsigned char)**text)) {
		number = 10 * number + (unsigned)(**text - '0');
		if (number > SHARD_MAX)
			return 0;
		(*text)++;
	}
	return number;
}

bool shard_parse(const char *text, struct shard *ret)
{
	struct shard shard = {.number = read_number(&text)};

	if (!shard.number || *text++ != '/')
		return false;
	shard.of = read_number(&text);
	if (*text || shard.number > shard.of)
		return false;
	*ret = shard;
	return true;
}

bool shard_holds(const struct shard *shard, const char *case_name, enum variant variant)
{
	if (!shard->of)
		return true;
	return (text_hash(case_name) + (unsigned)variant) % shard->of == shard->number - 1;
}
