/* SPDX-License-Identifier: MIT */
/* Follows connections segment by segment. Says of each segment what it adds: new bytes, a first
 * FIN, a reset; or nothing new (pure ACK, window update, probe, retransmission); and of each
 * connection, once it is over, its history. Sequence arithmetic is modulo 2^32 (RFC 9293 3.4).
 *
 * A reused 4-tuple is never merged with its predecessor: a SYN with another initial sequence number
 * begins a new connection if the old one is over (both FINs acknowledged, or reset) or never got an
 * answer. While the old one lives, the SYN is a foreign one (RFC 5961 4): a connection begins with
 * it only if it is answered by a SYN,ACK or a refusal, or its sender goes on with its numbers. */
#ifndef LASTACK_CAPTURE_FLOW_H
#define LASTACK_CAPTURE_FLOW_H

#include <stddef.h>

#include "history.h"
#include "segment.h"

struct flow_table; /* connections by 4-tuple; grows as needed */

/* What a segment adds to what was already seen of its connection. */
struct flow_note {
	/* Numbered from 0 in order of their first segment. A foreign SYN bears the number of the
	 * connection that it meets. */
	unsigned connection;
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
	uint32_t new_bytes; /* payload at positions never seen in this direction */
	int64_t seq,
		ack; /* relative to the initial sequence numbers; to the first seen if no SYN was */
};

int flow_table_new(struct flow_table **ret); /* 0 or -ENOMEM */
void flow_table_free(struct flow_table *table);
/* Forgets every connection, keeps the memory. Numbers begin anew. */
void flow_table_clear(struct flow_table *table);
/* Takes segments in capture order; `frame` is the segment's number in the capture, from 1 (0: one
 * more than the last). `ret` may be NULL. Returns 0, or -ENOMEM with nothing taken and *ret
 * untouched. */
int flow_add(struct flow_table *table, const struct segment *segment, uint32_t frame,
	struct flow_note *ret);

/* The same for many segments with their frames' numbers and flow_hash(), faster: memory is fetched
 * for some of them before it is needed. Without notes. -ENOMEM: the last of them were not taken. */
int flow_add_batch(struct flow_table *table, const struct segment *segments, const uint32_t *frames,
	const uint32_t *hashes, unsigned count);
/* By what the connection of a segment is found, in either direction. */
uint32_t flow_hash(const struct segment *segment);

/* Whether the segment shows something a person would tell: a new SYN, FIN or bytes, or a reset. */
bool flow_note_is_telling(const struct flow_note *note);

/* A connection is handed over this long after its last segment, so that what comes behind its end
 * is still counted to it. Capture time; 10 s if never set. */
void flow_set_quiet(struct flow_table *table, int64_t quiet_ns);

/* `history` is valid during the callback only, which must not touch the table. */
typedef void flow_callback(const struct history *history, void *data);

/* Hands over, and forgets, the connections that are over (both FINs acknowledged, reset, refused,
 * or followed by another one on their 4-tuple) and have been quiet for long enough at `now_ns`:
 * usually the time of the newest segment. Cheap where there is none: may be called as often as
 * wanted. Not in order of their numbers. */
void flow_take_ended(struct flow_table *table, int64_t now_ns, flow_callback *callback, void *data);
/* All that are left, in order of their numbers: at the end of a capture. Those not over are marked
 * as cut. Returns 0, or -ENOMEM with nothing handed over. */
int flow_take_all(struct flow_table *table, flow_callback *callback, void *data);

uint32_t flow_begun(const struct flow_table *table); /* connections so far */
/* Connections that are kept, and bytes allocated for everything (but for what is left of the newest
 * block of pages.h, less than 2 MiB however many there are). */
size_t flow_kept(const struct flow_table *table);
size_t flow_bytes(const struct flow_table *table);

#endif
