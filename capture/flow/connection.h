/* SPDX-License-Identifier: MIT */
/* What flow.c keeps of a connection while it is followed. Not for other rooms: history.h is.
 * Millions may be followed at once, so what only few of them have (FINs behind which something
 * came, resets, gaps, a foreign SYN) lies apart, by index; and times that need not be exact are
 * short. */
#ifndef LASTACK_CAPTURE_CONNECTION_H
#define LASTACK_CAPTURE_CONNECTION_H

#include <assert.h>

#include "flow.h"
#include "slab.h"

enum {
	CONNECTION_GAPS = 4,
	CONNECTION_ECHOES = 8,
	CACHE_LINE = 64,
	CONNECTION_BYTES = 3 * CACHE_LINE, /* over IPv6, with its share of the slots, at most 256 */

	KEPT_TIMESTAMPS = 1 << 0, /* an options' length is a multiple of 4 */
	KEPT_MPTCP = 1 << 1,
	KEPT_OPTIONS_LENGTH = 0x3c,
	KEPT_PAYLOAD_MOST = (1 << 24) - 1,

	DATA_UNIT_NS = 16, /* of last_data: 2^48 of them are 52 days */
	CLOCK_SHIFT = 14, /* ack_since counts units of 16 us, modulo 2^32: 19 hours */
	SYNS_MANY = 3, /* how many, struct rare says */
};

/* A segment as it came: numbers are not relative yet. frame 0: none. */
struct kept {
	int64_t time_ns;
	uint32_t seq, ack; /* ack 0 without ACK */
	uint32_t frame;
	uint32_t payload : 24, flags : 8;
	uint16_t window, ipid;
	uint16_t tsval; /* the low half */
	uint8_t ttl;
	uint8_t options;
};

/* Which IP identifications an end uses, as far as that was seen. */
enum ipid_habit {
	IPID_UNKNOWN,
	IPID_COUNTS, /* each a little higher than the one before */
	IPID_JUMPS, /* nothing can be told from it */
};

/* One direction, a cache line. Positions are relative to `base` and 64 bits wide, so that they do
 * not wrap. */
struct direction {
	int64_t next; /* one past the highest position seen */
	uint64_t last_data : 48; /* since the connection began, and 1; 0: none */
	uint64_t ipid : 16; /* the last one that is not 0 */
	struct kept last; /* its last segment that is no reset */
	uint32_t base; /* initial sequence number, or the first that was seen */
	uint32_t acked; /* the highest number that the other end acknowledged */
	uint16_t answer_ms; /* its fastest answer to what the other end sent; 0: not seen */
	uint16_t port; /* its sender's */
	uint8_t ttl_least; /* the only one, unless has_ttls */
	uint8_t window_shift : 4, ipid_habit : 2, ipid_zeros : 2;
	uint8_t is_begun : 1; /* base holds */
	uint8_t is_seen : 1; /* it sent anything but resets */
	uint8_t has_syn : 1, has_syn_ack : 1, has_fin : 1;
	uint8_t is_fin_last : 1; /* its FIN is `last`, and not yet among the endings */
	uint8_t has_reset : 1; /* its reset still holds: it did not live on */
	uint8_t has_window_shift : 1;
	uint8_t has_timestamps : 1, has_mptcp : 1; /* on its SYN */
	uint8_t sent_timestamps : 1, lacked_timestamps : 1; /* in segments that are no resets */
	uint8_t has_ttls : 1; /* struct rare has the highest one */
	uint8_t has_unheard : 1; /* struct rare has some unheard, or some before */
	uint8_t syns : 2;
};

/* Of a direction, what most never have; it lies apart. */
struct rare {
	uint32_t retransmissions;
	uint16_t zero_windows, answers_without_news;
	/* Since the other end was heard, and as it was when that came. */
	uint8_t probes_unheard, retransmissions_unheard;
	uint8_t probes_before, retransmissions_before;
	uint8_t syns; /* if there were many */
	uint8_t ttl_most; /* if has_ttls */
};

struct reset {
	uint32_t next; /* index of the one behind it */
	uint8_t from;
	bool after_own_fin, after_peer_fin;
	bool is_answered; /* its receiver sent a bare ACK behind it */
	uint32_t oddities;
	uint16_t probes_unheard, retransmissions_unheard;
	int64_t seq, acked; /* positions */
	int64_t unacked, heard;
	int64_t limit; /* highest position that its sender was known to have reached */
	int64_t taken; /* highest position of the other end that its sender was known to have taken
	                */
	struct kept segment, trigger, before;
};

struct gap {
	int64_t begin, end;
};

/* By direction, what was never seen below `next`. */
struct gaps {
	struct gap ranges[2][CONNECTION_GAPS];
	int64_t bytes[2]; /* all of it, and what there was no room for */
};

/* Digests of the last segments, by direction. */
struct echoes {
	uint32_t digests[2][CONNECTION_ECHOES];
	int64_t times_ns[2][CONNECTION_ECHOES];
	uint8_t next[2];
};

struct foreign {
	uint32_t count; /* the SYN, sent so many times; 0: none now */
	uint32_t copies; /* of its frames */
	uint32_t frame;
	uint32_t from;
	struct kept answer;
	struct segment segment;
};

/* Of connections that had more than a beginning and bytes. */
struct cold {
	struct kept fins[2]; /* by direction, once something came behind it */
	struct rare rare[2]; /* by direction */
	uint32_t resets, gaps, echoes, foreign; /* indices */
	uint32_t older; /* index of the connection before on the 4-tuple, while that is kept */
	uint32_t previous; /* its number, and 1 */
	uint32_t resets_count, duplicates;
};

/* Silence in a block of ten segments. */
struct idle {
	float ns;
	uint32_t frame;
};

/* As few cache lines as hold it, and no part of another: hundreds of thousands are followed, and
 * each segment needs another one. */
struct connection {
	struct direction directions[2];
	int64_t begun_ns;
	uint32_t addresses[2]; /* of directions[0] and [1]; IPv6: the first is an index */
	uint32_t number;
	uint32_t cold; /* index */
	uint32_t first_frame;
	uint32_t segments;
	uint32_t ack_since[2]; /* by direction, since when it sends the acknowledgment number that
	                          it sends */
	float round_trip_ns;
	struct idle idle[2]; /* of the block under way, and of the one before */
	uint16_t block : 4; /* segments of the block under way */
	uint16_t idle_from : 2; /* who broke it, a bit for each idle[] */
	uint16_t is_ip6 : 1;
	uint16_t is_self : 1;
	uint16_t is_doubled : 1; /* its frames come twice */
	uint16_t is_replaced : 1; /* another one has its 4-tuple */
	uint16_t is_waiting : 1; /* in the queue of those that are over */
	uint16_t has_resets : 1;
	/* Its segments go the long way: it is doubled, connected to itself, had a reset or a
	 * foreign SYN, or another one before it, or its numbers jumped. */
	uint16_t is_eventful : 1;
} __attribute__((aligned(CACHE_LINE)));

static_assert(sizeof(struct direction) == CACHE_LINE, "what is kept of a direction");
static_assert(sizeof(struct connection) == CONNECTION_BYTES, "what is kept of a connection");

/* Of each connection over IPv6: to share them would save nothing where it matters, at a server with
 * a client behind each connection. */
struct addresses6 {
	uint8_t ends[2][16];
};

struct slot {
	uint32_t hash;
	uint32_t index; /* of the newest connection of a 4-tuple; 0: free */
};

/* Waits to be handed over. */
struct over {
	int64_t since_ns;
	uint32_t hash; /* of its 4-tuple */
	uint32_t connection; /* index */
};

enum table_slab {
	SLAB_CONNECTIONS,
	SLAB_ADDRESSES,
	SLAB_COLD,
	SLAB_RESETS,
	SLAB_GAPS,
	SLAB_ECHOES,
	SLAB_FOREIGN,
	SLABS,
};

struct flow_table {
	struct slot *slots; /* a power of two, at most nine sixteenths full; linear probing */
	size_t slots_count, slots_used;
	struct slab slabs[SLABS];
	struct pages pages; /* theirs */
	struct over *over; /* a ring: a power of two */
	uint32_t over_room, over_begin, over_count;
	uint32_t next_number;
	uint32_t frame; /* the last one */
	int64_t newest_ns, quiet_ns;
	struct history history; /* the one handed over last */
};

/* Where a segment belongs: the direction it went and the opposite one. The same when a socket is
 * connected to itself. */
struct place {
	struct flow_table *table;
	struct connection *connection;
	uint32_t index; /* the connection's */
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

static inline int64_t direction_acked(const struct direction *direction)
{
	return direction->is_begun ? direction_position(direction, direction->acked) : 0;
}

static inline bool direction_has_syn(const struct direction *direction)
{
	return direction->has_syn || direction->has_syn_ack;
}

/* Times since the connection began, if the direction had data. */
static inline int64_t direction_last_data(const struct direction *direction)
{
	return ((int64_t)direction->last_data - 1) * DATA_UNIT_NS;
}

static inline struct connection *connection_at(const struct flow_table *table, uint32_t index)
{
	return slab_at(&table->slabs[SLAB_CONNECTIONS], index);
}

/* Fetches what will be needed soon; NULL is nothing. Always inline: GCC takes a function that does
 * nothing else for one without an effect, and leaves out its calls. */
static inline __attribute__((always_inline)) void memory_prefetch(const void *entry, size_t size)
{
	const char *at = entry;

	if (!at)
		return;
	for (size_t i = 0; i < size; i += CACHE_LINE)
		__builtin_prefetch(at + i, 1);
	if (size % CACHE_LINE) /* else it begins with a line */
		__builtin_prefetch(at + size - 1, 1);
}

static inline struct direction *connection_peer(struct connection *connection, unsigned from)
{
	return &connection->directions[connection->is_self ? 0 : !from];
}

/* What lies apart, or NULL. */
static inline struct cold *connection_cold(
	const struct flow_table *table, const struct connection *connection)
{
	return slab_at(&table->slabs[SLAB_COLD], connection->cold);
}

/* Zero throughout if there is nothing of it. */
static inline const struct rare *connection_rare(
	const struct flow_table *table, const struct connection *connection, unsigned from)
{
	static const struct rare none;
	const struct cold *cold = connection_cold(table, connection);

	return cold ? &cold->rare[from] : &none;
}

static inline unsigned direction_syns(const struct direction *direction, const struct rare *rare)
{
	return direction->syns == SYNS_MANY ? rare->syns : direction->syns;
}

static inline uint8_t direction_ttl_most(const struct direction *direction, const struct rare *rare)
{
	return direction->has_ttls ? rare->ttl_most : direction->ttl_least;
}

static inline struct gaps *connection_gaps(
	const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold = connection_cold(table, connection);

	return cold ? slab_at(&table->slabs[SLAB_GAPS], cold->gaps) : NULL;
}

static inline struct foreign *connection_foreign(
	const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold = connection_cold(table, connection);

	return cold ? slab_at(&table->slabs[SLAB_FOREIGN], cold->foreign) : NULL;
}

static inline struct reset *connection_resets(
	const struct flow_table *table, const struct connection *connection)
{
	const struct cold *cold =
		connection->has_resets ? connection_cold(table, connection) : NULL;

	return cold ? slab_at(&table->slabs[SLAB_RESETS], cold->resets) : NULL;
}

/* Its first FIN; `cold` is what lies apart, or NULL. */
static inline const struct kept *connection_fin(
	const struct connection *connection, const struct cold *cold, unsigned from)
{
	const struct direction *direction = &connection->directions[from];

	if (!direction->has_fin)
		return NULL;
	if (direction->is_fin_last)
		return &direction->last;
	return cold ? &cold->fins[from] : NULL;
}

/* Where the index of the one before on the 4-tuple stands, if there may be one. */
static inline uint32_t *connection_older(const struct flow_table *table, uint32_t index)
{
	struct cold *cold = connection_cold(table, connection_at(table, index));

	return cold ? &cold->older : NULL;
}

/* The same, made where there is none. `slab` is one of those whose index is in cold. */
struct cold *connection_make_cold(struct flow_table *table, struct connection *connection);
struct rare *connection_make_rare(
	struct flow_table *table, struct connection *connection, unsigned from);
struct gaps *connection_make_gaps(struct flow_table *table, struct connection *connection);
void *connection_make(struct flow_table *table, uint32_t *index, enum table_slab slab);

int64_t connection_last_reset_ns(
	const struct flow_table *table, const struct connection *connection);

/* Time of the last segment. */
static inline int64_t connection_last_ns(
	const struct flow_table *table, const struct connection *connection)
{
	const struct direction *directions = connection->directions;
	int64_t last_ns = connection->begun_ns, reset_ns;

	for (unsigned i = 0; i < 2; i++)
		if (directions[i].is_seen && directions[i].last.time_ns > last_ns)
			last_ns = directions[i].last.time_ns;
	if (!connection->has_resets)
		return last_ns;
	reset_ns = connection_last_reset_ns(table, connection);
	return reset_ns > last_ns ? reset_ns : last_ns;
}

/* Whether nothing more is to come but stray segments: both FINs acknowledged, or a reset. */
static inline bool direction_is_closed(const struct direction *direction)
{
	uint32_t next = direction->base + (uint32_t)direction->next;

	return direction->has_fin && (int32_t)(direction->acked - next) >= 0;
}

static inline bool connection_is_over(const struct connection *connection)
{
	const struct direction *there = &connection->directions[0];
	const struct direction *back = &connection->directions[connection->is_self ? 0 : 1];

	if (connection->has_resets && (there->has_reset || back->has_reset))
		return true;
	return direction_is_closed(there) && direction_is_closed(back);
}

static inline uint32_t kept_payload(const struct segment *segment)
{
	return segment->payload < KEPT_PAYLOAD_MOST ? segment->payload : KEPT_PAYLOAD_MOST;
}

/* Written where it is kept: a copy would wait for what was just written. */
static inline void kept_set(struct kept *kept, const struct segment *segment, uint32_t frame)
{
	kept->time_ns = segment->time_ns;
	kept->seq = segment->seq;
	kept->ack = segment->flags & SEGMENT_ACK ? segment->ack : 0;
	kept->frame = frame;
	kept->payload = kept_payload(segment) & KEPT_PAYLOAD_MOST;
	kept->flags = segment->flags;
	kept->window = segment->window;
	kept->ipid = segment->ipid;
	kept->tsval = (uint16_t)segment->tsval;
	kept->ttl = segment->ttl;
	kept->options = (uint8_t)((segment->options_length & KEPT_OPTIONS_LENGTH) |
		(segment->has_timestamps ? KEPT_TIMESTAMPS : 0) |
		(segment->has_mptcp ? KEPT_MPTCP : 0));
}

/* flow.c: forgets all connections, keeps the memory and the numbers. */
void flow_table_empty(struct flow_table *table);

/* over.c: queues a connection that is over, unless it waits already. There must be room. */
void over_add(struct flow_table *table, uint32_t index, uint32_t hash, int64_t since_ns);
int over_reserve(struct flow_table *table, uint32_t more); /* 0 or -ENOMEM */

/* foreign_syn.c: keeps a SYN that is not taken in, counted to the connection that it meets, until
 * it is answered. Copies of the frame apart. */
void foreign_take(struct place *place);
/* Whether a SYN has the number of the foreign one before it. */
bool foreign_is_same(const struct place *place);
/* Whether the segment shows that the foreign SYN was no stray: it is answered (by a SYN,ACK, a
 * refusal, whatever acknowledges it), its sender goes on behind it, or sends it again because the
 * connection that it met is mute. */
bool foreign_is_answered(const struct place *place);
/* Keeps what follows a foreign SYN from the other end, without news: its answer. */
void foreign_review(const struct place *place);

/* direction.c: what a segment that is no reset adds to its direction, bytes, FIN, SYN; and the
 * other way round what its acknowledgment tells of the opposite one. Fills the place's notes. */
void direction_take(struct place *place);
/* Whether a SYN does not fit the connection that its 4-tuple has. */
bool direction_is_foreign(const struct place *place);
/* Fixes what positions are relative to, and the place's own. */
void direction_begin(struct place *place);

/* echo.c: whether the frame is one before once more, captured at another place or in another
 * direction. */
bool echo_is(const struct place *place);

/* oddity.c: keeps a reset, with what does not fit its sender. */
void reset_take(struct place *place);
/* What a segment that is no reset shows of the resets before it. */
void reset_review(struct place *place);

#endif
