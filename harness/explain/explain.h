/* SPDX-License-Identifier: MIT */
/* From the segments of a capture to connections and why each ended: follows, and hands over what is
 * known of each connection once it is over. Knows no files and prints nothing. */
#ifndef LASTACK_HARNESS_EXPLAIN_H
#define LASTACK_HARNESS_EXPLAIN_H

#include "batch.h"
#include "finding.h"
#include "record.h"

/* A connection and what was found out about it: valid during the callback only. */
typedef void explain_take(const struct history *history, const struct finding *finding, void *data);

/* Which connections are meant: those with such an end. */
struct explain_filter {
	bool has_address, has_port;
	struct endpoint end;
};

/* "HOST:PORT", "HOST", ":PORT", HOST being an address: IPv6 in brackets if a port follows. False if
 * it is not of this form. */
bool explain_filter_parse(const char *text, struct explain_filter *ret);
bool explain_filter_takes(const struct explain_filter *filter, const struct history *history);

/* What went through. */
struct explain_totals {
	uint64_t frames; /* of all kinds */
	uint64_t segments;
	uint64_t unknown; /* of a link type that is not understood, the first of which: */
	int32_t unknown_linktype;
	uint64_t short_frames, malformed; /* cut before their header's end; against themselves */
	uint64_t resets;
	int64_t first_ns, last_ns; /* stamps of the first and the last segment */
};

/* The telling events of one connection: the first and the last of them. */
#define EXPLAIN_EVENTS RECORD_MAX_EVENTS
struct explain_events {
	struct record_event events[EXPLAIN_EVENTS]; /* the opener is the client; since the first */
	uint32_t frames[EXPLAIN_EVENTS];
	size_t n;
	size_t cut_after; /* so many events stand before those that are left out */
	uint64_t left_out;
};

struct explainer;

/* Events are kept of connection `keep` (-1: of none). 0 or -ENOMEM. */
int explainer_new(int64_t keep, explain_take *take, void *data, struct explainer **ret);
void explainer_free(struct explainer *explainer);

/* Connections are handed over that long after their last segment, and what others show later than
 * that does not bear on them: for somebody who waits. */
void explainer_set_patience(struct explainer *explainer, int64_t patience_ns);

/* Frames in the order of the capture; every frame counts, TCP or not. 0 or -ENOMEM. */
int explainer_add_batch(struct explainer *explainer, const struct batch *batch);
/* The same of one alone; from a device, whose link type is known. */
int explainer_add_decoded(
	struct explainer *explainer, enum frame_kind kind, const struct segment *segment);

/* Hands over the connections that were over long enough before that time. 0 or -ENOMEM. */
int explainer_take_ended(struct explainer *explainer, int64_t now_ns);
/* The rest, at the end of the capture. 0 or -ENOMEM. */
int explainer_finish(struct explainer *explainer);

/* explainer_take_ended() in two halves, for two threads: what follows connections, from where their
 * histories are taken; and what finds out about each, in the same order. `before_ns` is the time
 * that explainer_take_ended() would have been told before, or INT64_MIN. No flow_take_ended() of
 * one thread may run beside explainer_take_ended() or explainer_finish(). */
struct flow_table *explainer_flows(struct explainer *explainer);
void explainer_take_history(const struct history *history, int64_t before_ns, void *explainer);

const struct explain_totals *explainer_totals(const struct explainer *explainer);
/* Of the connection to keep: NULL if it never came. Sorted by time; owned by the explainer. */
const struct explain_events *explainer_events(struct explainer *explainer);

#endif
