/* SPDX-License-Identifier: MIT */
/* Whether two segments are the same in every field. */
#ifndef LASTACK_CAPTURE_TESTS_SAME_H
#define LASTACK_CAPTURE_TESTS_SAME_H

#include "endpoint.h"

static inline bool segment_equals(const struct segment *a, const struct segment *b)
{
	return a->time_ns == b->time_ns && endpoint_equals(&a->source, &b->source) &&
		endpoint_equals(&a->destination, &b->destination) && a->seq == b->seq &&
		a->ack == b->ack && a->window == b->window && a->flags == b->flags &&
		a->ttl == b->ttl && a->tos == b->tos && a->ipid == b->ipid &&
		a->payload == b->payload && a->has_timestamps == b->has_timestamps &&
		a->has_mptcp == b->has_mptcp && a->has_window_shift == b->has_window_shift &&
		a->window_shift == b->window_shift && a->tsval == b->tsval &&
		a->tsecr == b->tsecr && a->options_length == b->options_length;
}

#endif
