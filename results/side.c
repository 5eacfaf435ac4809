/* SPDX-License-Identifier: MIT */
/* Names of the sides. Knows nothing of what a side does. */
#include "side.h"

#include <stddef.h>
#include <string.h>

static const char *const side_names[] = {
	[SIDE_CLIENT] = "client",
	[SIDE_SERVER] = "server",
	[SIDE_LISTENER] = "listener",
	[SIDE_PEER] = "peer",
};

#define N_SIDES (sizeof(side_names) / sizeof(side_names[0]))

bool side_is_end(enum side side)
{
	return side == SIDE_CLIENT || side == SIDE_SERVER;
}

const char *side_name(enum side side)
{
	return (size_t)side < N_SIDES ? side_names[side] : "?";
}

bool side_parse(const char *word, enum side *ret_side)
{
	size_t i;

	for (i = 0; i < N_SIDES; i++) {
		if (strcmp(word, side_names[i]) == 0) {
			*ret_side = (enum side)i;
			return true;
		}
	}
	return false;
}
