/* SPDX-License-Identifier: MIT */
/* What flow.c keeps of a connection while it is followed. Not for other rooms: history.h is. What
 * only few connections have (FINs, resets, gaps, a foreign SYN) lies apart, by index. */
#ifndef LASTACK_CAPTURE_CONNECTION_H
#define LASTACK_CAPTURE_CONNECTION_H

#include "flow.h"
#include "slab.h"

enum { CONNECTION_GAPS = 4, CONNECTION_ECHOES = 8 };

/* A segment as it came: numbers are not relative yet. frame 0 and flags 0: none. */
struct kept {
	int64_t time_ns;
	uint32_t seq, ack;
	uint32_t frame;
	uint32_t payload;
	uint32_t tsval;
	uint16_t window, ipid;
	uint8_t flags, ttl;
	uint8_t options_length;
	bool is_kept : 1, has_timestamps : 1, has_mptcp : 1;
};

/* Which IP identifications an end uses, as far as that was seen. */
enum ipid_habit {
	IPID_UNKNOWN,
	IPID_COUNTS, /* each a little higher than the one before */
	IPID_JUMPS, /* nothing can be told from it */
};

/* One direction. Positions are relative to `base` and 64 bits wide, so that they do not wrap. */
struct direction {
	uint32_t base; /* initial sequence number, or the first that was seen */
	int64_t next; /* one past the highest position seen */
	int64_t acked; /* highest position that the other end acknowledged */
	uint64_t bytes; /* of payload, each position once */
	int64_t first_data_ns, last_data_ns;
	int64_t ack_since_ns; /* since when it sends the acknowledgement number that it sends */
	int64_t answer_ns; /* its fastest answer to what the other end sent; 0: not seen */
	uint32_t retransmissions;
	uint16_t zero_windows, ipid; /* the last one that is not 0 */
	uint16_t syns, probes_unheard, retransmissions_unheard, answers_without_news;
	uint8_t ttl_least, ttl_most, window_shift;
	uint8_t ipid_habit, ipid_zeros;
	bool is_begun : 1; /* base holds */
	bool is_seen : 1; /* it sent anything but resets */
	bool has_syn : 1, has_syn_ack : 1, has_fin : 1;
	bool has_window_shift : 1, has_timestamps : 1, has_mptcp : 1; /* on its SYN */
	bool sent_timestamps : 1, lacked_timestamps : 1; /* in segments that are no resets */
	bool has_reset : 1; /* its reset still holds: it did not live on */
	struct kept last; /* its last segment that is no reset */
};

struct ending {
	struct kept fins[2];
};

struct reset {
	uint32_t next; /* index of the one behind it */
	uint8_t from;
	bool after_own_fin, after_peer_fin;
	bool is_answered; /* its receiver sent a bare ACK behind it */
	uint32_t oddities;
	int64_t seq; /* position */
	int64_t unacked, heard;
	int64_t limit; /* highest position that its sender was known to have reached */
	int64_t taken; /* highest position of the other end that its sender was known to have taken
	                */
	struct kept segment, trigger, before;
};

struct gap {
	int64_t begin, end;
};

struct rare {
	struct gap gaps[2][CONNECTION_GAPS]; /* by direction, of what was never seen below next */
	uint32_t echoes[2][CONNECTION_ECHOES]; /* digests of the last segments */
	int64_t echoes_ns[2][CONNECTION_ECHOES];
	uint8_t echo_next[2];
	uint8_t foreign_from;
	uint32_t foreign_count; /* the SYN and its copies */
	uint32_t foreign_frame;
	uint32_t foreign_last_frame;
	struct segment foreign;
	struct kept foreign_answer;
};

/* Silence in a block of ten segments. */
struct idle {
	int64_t ns;
	uint32_t frame;
	uint8_t from;
};

struct connection {
	struct endpoint ends[2]; /* of directions[0] and [1] */
	uint32_t index, number, previous;
	uint32_t older; /* index of the one before on the 4-tuple, while that is kept */
	uint32_t next_over; /* index of the next connection that is over */
	uint32_t ending, resets, rare; /* indices */
	int64_t begun_ns, last_ns;
	int64_t over_ns; /* since when it waits */
	uint32_t first_frame, last_frame;
	uint32_t segments, duplicates, resets_count;
	int64_t round_trip_ns;
	struct idle idle[2]; /* of the block under way, and of the one before */
	uint8_t block; /* segments of the block under way */
	bool is_self : 1;
	bool is_doubled : 1; /* its frames come twice */
	bool is_replaced : 1; /* another one has its 4-tuple */
	bool is_waiting : 1; /* in the queue of those that are over */
	struct direction directions[2];
};

struct slot {
	uint32_t hash;
	uint32_t index; /* of the newest connection of a 4-tuple; 0: free */
};

struct flow_table {
	struct slot *slots; /* a power of two, at most three quarters full; linear probing */
	size_t slots_count, slots_used;
	struct slab connections, endings, resets, rares;
	uint32_t over_first, over_last; /* connections that are over, the longest first */
	uint32_t next_number;
	uint32_t frame; /* the last one */
	int64_t quiet_ns;
};

/* Where a segment belongs: the direction it went and the opposite one. The same when a socket is
 * connected to itself. */
struct place {
	struct flow_table *table;
	struct connection *connection;
	struct direction *own, *peer;
	unsigned from; /* index of `own` */
	const struct segment *segment;
	uint32_t frame;
	int64_t seq, ack; /* positions; 0 where nothing is known */
	bool is_new_syn, is_new_fin, is_retransmission, is_probe;
	bool is_foreign; /* a SYN that is not to be taken in */
	bool is_known_syn; /* seen as a foreign one before it began the connection */
	bool is_repeated_ack; /* a bare ACK that says what the one before said */
	uint32_t new_bytes;
};

/* The position of a sequence number: the one nearest to what was seen last. */
static inline int64_t direction_position(const struct direction *direction, uint32_t seq)
{
	uint32_t next = direction->base + (uint32_t)direction->next;

	return direction->next + (int32_t)(seq - next);
}

static inline struct direction *connection_peer(struct connection *connection, unsigned from)
{
	return &connection->directions[connection->is_self ? 0 : !from];
}

/* The same with entries made where there are none. */
struct rare *connection_rare(struct flow_table *table, struct connection *connection);
struct ending *connection_ending(struct flow_table *table, struct connection *connection);

/* Whether nothing more is to come but stray segments: both FINs acknowledged, or a reset. */
bool connection_is_over(const struct connection *connection);

struct kept kept_make(const struct segment *segment, uint32_t frame);

/* direction.c: what a segment that is no reset adds to its direction, bytes, FIN, SYN; and the
 * other way round what its acknowledgement tells of the opposite one. Fills the place's notes. */
void direction_take(struct place *place);
/* Whether a SYN does not fit the connection that its 4-tuple has. */
bool direction_is_foreign(const struct place *place);
/* Fixes what positions are relative to, and the place's own. */
void direction_begin(struct place *place);
/* Whether the frame is the one before once more, captured at another place or in another
 * direction. */
bool direction_is_echo(const struct place *place);

/* oddity.c: keeps a reset, with what does not fit its sender. */
void reset_take(struct place *place);
/* What a segment that is no reset shows of the resets before it. */
void reset_review(struct place *place);

/* history.c */
void history_make(
	const struct flow_table *table, const struct connection *connection, struct history *ret);

#endif
