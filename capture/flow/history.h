/* SPDX-License-Identifier: MIT */
/* What the segments of one connection showed: enough to say how it ended, and why, without going
 * back to the capture. A plain value without pointers. Frames are numbered from 1, as Wireshark
 * does, over all frames of the capture. Positions are sequence numbers relative to the initial one
 * (the SYN is 0), or to the first that was seen if no SYN was; 64 bits, so that they never wrap. */
#ifndef LASTACK_CAPTURE_HISTORY_H
#define LASTACK_CAPTURE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "segment.h"

/* The two ends: who sent the first SYN (or is answered by the first SYN,ACK, or sent the first
 * segment seen), and the other one. */
enum history_end { HISTORY_OPENER, HISTORY_OTHER };

/* One segment, as kept for evidence. frame 0: there was none. */
struct history_segment {
	int64_t time_ns;
	int64_t seq, ack;
	uint32_t frame;
	uint32_t payload;
	uint16_t window, ipid;
	uint8_t flags, ttl;
	uint8_t options_length;
	bool has_timestamps, has_mptcp;
};

/* What one end sent, and how the other took it. */
struct history_direction {
	bool is_begun; /* anything but resets was seen of it */
	bool has_syn, has_syn_ack, has_fin;
	bool has_timestamps, has_mptcp; /* on its SYN or SYN,ACK */
	uint8_t window_shift; /* option of its SYN; 0 if none */
	uint8_t ttl_least, ttl_most; /* of its segments but resets */
	uint32_t base; /* the raw sequence number of position 0 */
	uint16_t syns; /* SYN and SYN,ACK segments, retransmitted ones included */
	uint16_t zero_windows; /* segments (not RST) that advertised a window of 0 */
	uint16_t probes_unheard; /* keepalive and zero-window probes since the other end's last
	                            segment */
	uint16_t retransmissions_unheard; /* since the other end's last segment */
	uint16_t answers_without_news; /* bare ACKs that repeat the last one: challenge ACKs among
	                                  them */
	uint32_t retransmissions; /* SYN not counted */
	int64_t next; /* one beyond the highest position sent */
	int64_t acked; /* highest position that the other end acknowledged */
	uint64_t bytes; /* of payload, each position once */
	int64_t last_data_ns; /* new bytes; 0: none */
	struct history_segment fin; /* its first FIN */
	struct history_segment last; /* its last segment that is no reset */
};

/* What does not fit the sender's other segments (capture only knows what it saw of them). */
enum history_oddity {
	ODDITY_TTL = 1 << 0, /* beyond all of the sender's other segments */
	ODDITY_IPID = 1 << 1, /* neither 0 nor near the sender's counter */
	ODDITY_TIMESTAMPS = 1 << 2, /* an ACK that should carry them and does not, or the reverse */
	ODDITY_SEQ_BEYOND =
		1 << 3, /* neither the sender's next nor what the other end acknowledged */
	ODDITY_SEQ_OUTSIDE = 1 << 4, /* outside the other end's window */
	ODDITY_PAYLOAD = 1 << 5, /* carries bytes */
	ODDITY_TOO_EARLY =
		1 << 6, /* answers its trigger in well under the handshake's round trip */
	ODDITY_LIVED_ON =
		1 << 7, /* its sender sent new bytes, or took part in the connection, afterwards */
	ODDITY_CLIMBING = 1 << 8, /* one of several resets in a row with rising sequence numbers */
	ODDITY_IGNORED = 1 << 9, /* the receiver answered with an ACK, and went on */
	ODDITY_ACK = 1 << 10, /* acknowledges what the other end never sent */
};

struct history_reset {
	struct history_segment segment;
	enum history_end from;
	/* The other end's last segment before it, and the sender's own (no resets). */
	struct history_segment trigger, before;
	/* By then: who had sent a FIN, and how much lay unacknowledged of what the sender had sent.
	 */
	bool after_own_fin, after_peer_fin;
	int64_t unacked; /* bytes of the sender that the other end had not acknowledged */
	int64_t heard; /* bytes of the other end that the sender had acknowledged, with the reset's
	                  own acknowledgment if it bears one */
	/* Of the sender, since it had heard of the other end, as it was when the trigger came: what
	 * stays here when the trigger ends the silence (a host that had given up answers it). */
	uint16_t probes_unheard, retransmissions_unheard;
	uint32_t oddities; /* enum history_oddity bits; may grow as later segments are seen */
};

#define HISTORY_MAX_RESETS 4

struct history {
	uint32_t number; /* connections from 0, in the order of their first segment */
	uint32_t previous; /* the one before on the same 4-tuple; UINT32_MAX: none was seen */
	struct endpoint ends[2]; /* by enum history_end */
	struct history_direction
		directions[2]; /* by the end that sent them; equal ends (self-connect): all in 0 */
	int64_t begun_ns, ended_ns; /* first and last segment */
	uint32_t first_frame, last_frame;
	uint32_t segments, duplicates; /* duplicates: frames captured twice, counted nowhere else */
	bool is_midstream; /* no SYN was seen */
	bool is_self_connected;
	int64_t round_trip_ns; /* SYN,ACK to the ACK behind it, or SYN to SYN,ACK, the longer; 0:
	                          not seen */
	int64_t idle_ns; /* the longest time without any segment before the last ten, and what broke
	                    it */
	uint32_t idle_broken_frame;
	enum history_end idle_broken_by;
	/* A SYN with another initial number while it was not over, and the answer to it. */
	struct history_segment foreign_syn, foreign_answer;
	uint32_t resets_count; /* all of them; the first ones are kept, the last one in the last
	                          place */
	struct history_reset resets[HISTORY_MAX_RESETS];
	bool is_cut; /* still open when the capture ended */
	int64_t seen_until_ns; /* how far the capture had come when this was handed out */
};

#endif
