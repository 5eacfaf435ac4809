/* SPDX-License-Identifier: MIT */
/* The network that delays and doubles: delivers a segment that was sent in this run once more,
 * unchanged. Together with `blackhole` at the receiver, which drops all but what is delivered so,
 * the order in which two sides hear of each other is the case's to choose. */
#ifndef LASTACK_HARNESS_DELIVER_H
#define LASTACK_HARNESS_DELIVER_H

#include "flow.h"
#include "world.h"

/* Keeps the segment if it is the newest of its kind that this side sent for the first time. */
void deliver_keep(struct world *world, enum side sender, const struct frame *frame,
	const struct flow_note *note);

/* Whether this frame is the one that was delivered last, on its way through the capture: it is no
 * event of its own. True once for each delivery. */
bool deliver_is_echo(struct world *world, const struct frame *frame);

/* Delivers what was kept. 0; -ENOENT if this side has sent no such segment, or only ones longer
 * than WORLD_KEPT_BYTES; another negative errno if it cannot be done here. */
int deliver(struct world *world, enum side sender, enum segment_kind kind);

#endif
