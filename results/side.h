/* SPDX-License-Identifier: MIT */
/* Who acts. The client is whoever connects unless the variant is `swapped`. */
#ifndef LASTACK_RESULTS_SIDE_H
#define LASTACK_RESULTS_SIDE_H

#include <stdbool.h>

enum side {
	SIDE_CLIENT,
	SIDE_SERVER,
	SIDE_LISTENER, /* the listening role, acting on its listening descriptor */
	SIDE_PEER, /* no TCP of the kernel's: segments made by hand, in the place of one side */
};

/* Whether a side is an end of a connection that the kernel knows: client or server. */
bool side_is_end(enum side side);

/* "client", "server", "listener", "peer". */
const char *side_name(enum side side);

/* Sets *ret_side when `word` names a side; false and untouched otherwise. */
bool side_parse(const char *word, enum side *ret_side);

#endif
