/* SPDX-License-Identifier: MIT */
/* Follows connections segment by segment and says of each segment what it adds: new bytes, a
 * first FIN, a reset; or nothing new (pure ACK, window update, probe, retransmission). Sequence
 * arithmetic is modulo 2^32 (RFC 9293 3.4). A SYN with another initial sequence number on a
 * 4-tuple that was used before begins a new connection: a reused 4-tuple is never merged with
 * its predecessor. */
#ifndef LASTACK_CAPTURE_FLOW_H
#define LASTACK_CAPTURE_FLOW_H

#include <stddef.h>

#include "segment.h"

struct flow_table; /* connections by 4-tuple; grows as needed */

/* What a segment adds to what was already seen of its connection. */
struct flow_note {
	unsigned connection; /* numbered from 0 in order of their first segment */
	/* Sent by the end that sent the first SYN, or the first segment seen, or that the first
	 * segment, a SYN,ACK, answers. Always true where a socket is connected to itself. */
	bool from_opener;
	/* A SYN not seen before. In a simultaneous open an end's SYN,ACK after its SYN is new, too.
	 */
	bool is_new_syn;
	bool is_new_fin; /* the first FIN of this direction */
	bool is_reset; /* every RST counts: resets are never retransmitted */
	bool is_retransmission; /* carries SYN, FIN or bytes, all of which were seen before */
	bool is_probe; /* keepalive or zero-window probe: at most one old byte, seq below the next
	                */
	uint32_t new_bytes; /* payload beyond the highest seen in this direction */
	int64_t seq,
		ack; /* relative to the initial sequence numbers; to the first seen if no SYN was */
};

int flow_table_new(struct flow_table **ret); /* 0 or -ENOMEM */
void flow_table_free(struct flow_table *table);
/* Forgets every connection, keeps the memory. */
void flow_table_clear(struct flow_table *table);
/* Takes segments in capture order. Returns 0, or -ENOMEM with *ret untouched. */
int flow_add(struct flow_table *table, const struct segment *segment, struct flow_note *ret);

/* Whether the segment shows something a person would tell: a new SYN, FIN or bytes, or a reset. */
bool flow_note_is_telling(const struct flow_note *note);

#endif
