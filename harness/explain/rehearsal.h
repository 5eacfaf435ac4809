/* SPDX-License-Identifier: MIT */
/* The events that a proposed case is to make: those of the capture, short enough for a case, and of
 * each whether it had arrived when the other end acted next. */
#ifndef LASTACK_HARNESS_REHEARSAL_H
#define LASTACK_HARNESS_REHEARSAL_H

#include "propose.h"

#define REHEARSAL_MAX 40
#define REHEARSAL_MAX_BYTES (1 << 20) /* of one event, if the other end reads meanwhile */
#define REHEARSAL_MAX_SEGMENT 60000 /* of a raw peer's; on `lo`, less than the first window */
#define REHEARSAL_MAX_TOGETHER 32768 /* one segment on `lo`, and less than any buffer */
#define REHEARSAL_MAX_CAUGHT 160 /* of what is delivered later (WORLD_KEPT_BYTES) */
/* On `lo`: less than half of the first window (65483), where a segment ends and MSG_MORE no longer
 * holds (tcp_bound_to_half_wnd(), forced_push()). */
#define REHEARSAL_MAX_HELD 32000

struct cue {
	enum side side;
	enum event_kind kind;
	int64_t bytes, most; /* DATA; most: so many at most could be */
	bool with_data; /* FIN: comes with the bytes of the cue before */
	bool is_early; /* FIN: bytes lie behind it */
	bool is_held; /* DATA: goes out with the FIN behind it */
	int64_t seq, end; /* where it lay in the capture, and one beyond it */
	int64_t ack; /* what it acknowledged */
	int64_t offset; /* resets: how far from the sender's next number */
	bool is_crossed; /* the other end's next event was sent before this one arrived */
	bool arrives_later; /* a crossed one that the other end got at last */
	bool is_copy; /* RST,ACK: one before, which was lost, delivered again */
};

struct rehearsal {
	struct cue cues[REHEARSAL_MAX];
	unsigned n;
	bool has_handshake; /* SYN, SYN,ACK and nothing else came first: they are left out */
	int64_t shortened, shortened_to; /* the largest amount that was made less; 0: none was */
	uint64_t left_out; /* events of the middle that are not here */
	bool has_impossible; /* an end whose segments no socket sends; the writer finds it */
	enum side impossible;
};

/* At most so many cues, 8 < most <= REHEARSAL_MAX, of so many bytes. */
void rehearse(
	const struct proposal *proposal, unsigned most, int64_t most_bytes, struct rehearsal *ret);

/* The first cue behind `i` of that side; NULL: none. */
const struct cue *rehearsal_next_of(const struct rehearsal *rehearsal, unsigned i, enum side side);

static inline enum side other_side(enum side side)
{
	return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

#endif
