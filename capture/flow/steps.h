/* SPDX-License-Identifier: MIT */
/* What a segment adds, step by step, where the short way (plain.c) and the long one (flow.c,
 * direction.c) do the same. Not for other rooms. Inline: millions of segments come by here. */
#ifndef LASTACK_CAPTURE_STEPS_H
#define LASTACK_CAPTURE_STEPS_H

#include "connection.h"

enum {
	STEPS_IDLE_BLOCK = 10,
	STEPS_IPID_FAR = 1024, /* what a counter may go on from one captured segment to the next */
	STEPS_IPID_BACK = 64, /* captured out of order */
	STEPS_IPID_ZEROS = 3,
};

static inline void ipid_take(struct direction *own, const struct segment *segment)
{
	uint16_t step = (uint16_t)(segment->ipid - own->ipid);

	if (!segment->ipid) {
		own->ipid_zeros +=
			own->ipid_zeros < STEPS_IPID_ZEROS && !(segment->flags & SEGMENT_SYN);
		return;
	}
	if (own->ipid && own->ipid_habit != IPID_JUMPS)
		own->ipid_habit = step <= STEPS_IPID_FAR || step >= UINT16_MAX - STEPS_IPID_BACK
			? IPID_COUNTS
			: IPID_JUMPS;
	if (step < UINT16_MAX - STEPS_IPID_BACK || !own->ipid)
		own->ipid = segment->ipid;
}

static inline void timestamps_take(struct direction *own, const struct segment *segment)
{
	if (segment->flags & SEGMENT_SYN)
		return;
	if (!segment->has_timestamps)
		own->lacked_timestamps = true;
	else if (!own->sent_timestamps)
		own->sent_timestamps = true;
}

/* New bytes came. */
static inline void data_time_take(
	const struct connection *connection, struct direction *own, int64_t time_ns)
{
	int64_t since_ns = time_ns - connection->begun_ns;
	uint64_t units, most = ((uint64_t)1 << 48) - 1;

	units = (uint64_t)(since_ns < 0 ? 0 : since_ns) / DATA_UNIT_NS + 1;
	own->last_data = (units < most ? units : most) & most;
}

/* How long its sender took from what it acknowledges here: the time of the last segment before it
 * counts only if that is the one acknowledged. */
static inline void answer_take(struct connection *connection, struct direction *own,
	const struct direction *peer, const struct segment *segment)
{
	const struct kept *asked = &peer->last;
	bool is_syn = asked->flags & SEGMENT_SYN;
	uint32_t end = asked->seq + is_syn + asked->payload + !!(asked->flags & SEGMENT_FIN);
	int64_t took = segment->time_ns - asked->time_ns, ms = took / 1000000;

	if (end != segment->ack || !asked->frame || took <= 0)
		return;
	if (!own->answer_ms || ms < own->answer_ms)
		own->answer_ms = (uint16_t)(ms < 1 ? 1 : ms < UINT16_MAX ? ms : UINT16_MAX);
	if (is_syn && (float)took > connection->round_trip_ns)
		connection->round_trip_ns = (float)took;
}

/* A FIN that is not the last segment any more moves to where it is kept. */
static inline void fin_move(struct flow_table *table, struct connection *connection, unsigned from)
{
	struct direction *own = &connection->directions[from];
	struct cold *cold = connection_make_cold(table, connection);

	cold->fins[from] = own->last;
	own->is_fin_last = false;
}

/* One more segment, so long after the one before: the longest silence among the last ten to twenty
 * segments. */
static inline void silence_take(
	struct connection *connection, unsigned from, int64_t silence_ns, uint32_t frame)
{
	float ns = (float)silence_ns;

	connection->segments++;
	if (connection->block == STEPS_IDLE_BLOCK) {
		connection->idle[1] = connection->idle[0];
		connection->idle[0] = (struct idle){0, 0};
		connection->idle_from = (connection->idle_from & 1) << 1;
		connection->block = 0;
	}
	connection->block++;
	if (ns <= connection->idle[0].ns)
		return;
	connection->idle[0] = (struct idle){ns, frame};
	connection->idle_from = (connection->idle_from & 2) | (from & 1);
}

#endif
