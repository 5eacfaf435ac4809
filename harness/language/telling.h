/* SPDX-License-Identifier: MIT */
/* From segments to telling events: pure ACKs, window updates, probes and retransmissions fold away;
 * bytes that follow each other in one direction are one event, however they were cut. Knows neither
 * a run nor a file. */
#ifndef LASTACK_HARNESS_TELLING_H
#define LASTACK_HARNESS_TELLING_H

#include "flow.h"
#include "record.h"

/* Where a sequence of events has got to; begins as {0}. */
struct telling {
	struct record_event *last; /* of all; NULL: none yet, or bytes go on elsewhere */
	unsigned connection; /* of the last one */
};

/* Room for one more event, zeroed by whoever gives it; NULL: there is none, and it is not kept. */
typedef struct record_event *telling_room(void *data);

/* Enters what a segment that `sender` sent adds to its connection: up to a SYN, bytes, a FIN and a
 * reset, each into a place that `room` gives; the bytes of the last event if they go on. `at_ns` is
 * the time of the events. `last` must stay where it is until the next call. Returns the event of
 * the reset, NULL if there is none. */
struct record_event *telling_take(struct telling *telling, enum side sender,
	const struct segment *segment, const struct flow_note *note, int64_t at_ns,
	telling_room *room, void *data);

#endif
