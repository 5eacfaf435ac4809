/* SPDX-License-Identifier: MIT */
/* Who acts. The client is whoever connects unless the variant is `swapped`. */
#ifndef LASTACK_RESULTS_SIDE_H
#define LASTACK_RESULTS_SIDE_H

#include <stdbool.h>

enum side {
	SIDE_CLIENT,
	SIDE_SERVER,
	SIDE_LISTENER, /* the listening role, acting on its listening descriptor */
};

/* "client", "server", "listener". */
const char *side_name(enum side side);

/* Sets *ret_side when `word` names a side; false and untouched otherwise. */
bool side_parse(const char *word, enum side *ret_side);

#endif
