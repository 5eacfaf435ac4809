/* SPDX-License-Identifier: MIT */
/* The listening ends that were seen, with the last events of each. A fixed number of them: whoever
 * was seen longest ago makes room. */
#ifndef LASTACK_CAPTURE_ENDS_H
#define LASTACK_CAPTURE_ENDS_H

#include <stddef.h>

#include "segment.h"

enum { ENDS_MOST = 4096, END_EVENTS = 16, END_NOBODY = UINT32_MAX };

enum end_event_kind { END_NOTHING, END_ACCEPTED, END_REFUSED, END_RESET_UNUSED, END_SILENCE };

struct end_event {
	int64_t time_ns;
	int64_t other_ns; /* of a reset: when the connection began; of a silence: how long */
	uint32_t frame;
	uint8_t kind;
};

/* One cache line: of thousands of ends, each connection looks up two. */
struct end {
	struct endpoint endpoint; /* port 0: the host as such */
	uint8_t ttl_least, ttl_most; /* of its SYN,ACKs; 0: none */
	uint32_t chained; /* next with the same hash */
	uint64_t seen; /* the look-up that saw it last */
	uint32_t held_first, held_last; /* scene.c's: who waits for what comes; END_NOBODY */
	uint32_t held_count;
	uint32_t events_count; /* ever */
} __attribute__((aligned(64)));

/* What happened at an end. */
struct end_events {
	struct end_event first_accepted, last_accepted;
	struct end_event ring[END_EVENTS];
};

struct ends;

struct ends *ends_new(void); /* NULL: no memory */
void ends_free(struct ends *ends);
/* Finds it, or makes one; then another may have to go: `forget` is told of it before. */
typedef void ends_forget(struct end *end, void *data);
struct end *ends_get(
	struct ends *ends, const struct endpoint *endpoint, ends_forget *forget, void *data);
/* NULL: not there. */
struct end *ends_find(struct ends *ends, const struct endpoint *endpoint);
struct end_events *ends_events(struct ends *ends, const struct end *end);
void ends_add(struct ends *ends, struct end *end, const struct end_event *event);
size_t ends_bytes(void); /* allocated for all of them */

#endif
