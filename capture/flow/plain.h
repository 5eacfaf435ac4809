/* SPDX-License-Identifier: MIT */
/* The short way of a segment into its connection. Not for other rooms. */
#ifndef LASTACK_CAPTURE_PLAIN_H
#define LASTACK_CAPTURE_PLAIN_H

#include "connection.h"

/* Adds a segment that went in the direction `from` and tells nothing but its bytes, its FIN or its
 * acknowledgment; most are so. False, and nothing done, if it is not. */
bool plain_take(struct flow_table *table, struct connection *connection, unsigned from,
	const struct segment *segment, uint32_t frame);

#endif
