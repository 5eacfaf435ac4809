/* SPDX-License-Identifier: MIT */
/* The short way, which most segments go: with the next number of one end, behind the last
 * acknowledgment of the other, on a connection where nothing else is to be known. The same comes
 * out of the long way (fuzz_flow.c compares them). */
#include "plain.h"

#include "steps.h"

static inline uint32_t next_number(const struct direction *direction)
{
	return direction->base + (uint32_t)direction->next;
}

/* From what was acknowledged to what was sent: also for numbers half the circle away. */
static inline bool ack_is_between(const struct direction *peer, uint32_t ack)
{
	uint32_t next = next_number(peer), outstanding = next - peer->acked;

	return (int32_t)outstanding >= 0 && next - ack <= outstanding;
}

/* An ACK or FIN without more, which brings bytes or the FIN, or acknowledges some: so it is no copy
 * of another frame, which would say nothing new. */
static inline bool segment_is_plain(const struct segment *segment, const struct direction *own,
	const struct direction *peer, bool is_fin)
{
	uint8_t kinds = segment->flags & (SEGMENT_SYN | SEGMENT_RST | SEGMENT_ACK);
	bool brings = is_fin || segment->payload;
	bool has_news = brings || segment->ack != peer->acked;

	return kinds == SEGMENT_ACK && segment->window && segment->ttl == own->ttl_least &&
		segment->seq == next_number(own) && ack_is_between(peer, segment->ack) &&
		has_news && !(own->has_fin && brings);
}

static inline bool connection_is_plain(const struct connection *connection,
	const struct direction *own, const struct direction *peer)
{
	return !connection->is_eventful && own->is_seen && !own->has_unheard && peer->is_seen &&
		!peer->has_unheard;
}

static inline int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

bool plain_take(struct flow_table *table, struct connection *connection, unsigned from,
	const struct segment *segment, uint32_t frame)
{
	struct direction *own = &connection->directions[from];
	struct direction *peer = &connection->directions[!from];
	bool is_fin = segment->flags & SEGMENT_FIN, has_new_ack;
	int64_t last_ns;

	if (!connection_is_plain(connection, own, peer) ||
		!segment_is_plain(segment, own, peer, is_fin))
		return false;
	last_ns = later(connection->begun_ns, later(own->last.time_ns, peer->last.time_ns));
	has_new_ack = segment->ack != peer->acked || !(own->last.flags & SEGMENT_ACK);
	timestamps_take(own, segment);
	ipid_take(own, segment);
	if (segment->payload)
		data_time_take(connection, own, segment->time_ns);
	own->next += segment->payload + is_fin;
	if (has_new_ack) {
		connection->ack_since[from] = (uint32_t)(segment->time_ns >> CLOCK_SHIFT);
		peer->acked = segment->ack;
		answer_take(connection, own, peer, segment);
	}
	if (own->is_fin_last)
		fin_move(table, connection, from);
	kept_set(&own->last, segment, frame);
	own->has_fin |= is_fin;
	own->is_fin_last = is_fin;
	silence_take(connection, from, segment->time_ns - last_ns, frame);
	return true;
}
