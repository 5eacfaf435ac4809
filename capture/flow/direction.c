/* SPDX-License-Identifier: MIT */
/* One direction of a connection: what a segment that is no reset adds to it. Knows sequence space
 * (RFC 9293 3.4) and what retransmissions and probes look like; must not know the table, or what
 * resets mean. */
#include <string.h>

#include "connection.h"
#include "rare.h"
#include "steps.h"

enum {
	BEYOND_MOST = 1 << 30, /* the largest window (RFC 7323 2.3) */
	/* Beyond what was sent: so that numbers do not come around in as few frames as may hold
	 * copies of each other. */
	JUMP_MOST = 1 << 28,
};

/* A SYN of a direction whose first segment was already seen comes late. */
static bool syn_is_late(const struct direction *direction, uint32_t seq)
{
	return !direction->has_syn && !direction->has_syn_ack && seq + 1 == direction->base;
}

/* The SYN's number, or bytes that came with it (RFC 7413). */
static bool syn_is_answered(const struct direction *opener, uint32_t ack)
{
	uint32_t ahead = ack - opener->base;

	return ahead && ahead <= (uint32_t)(opener->next > 1 ? opener->next : 1);
}

/* A SYN,ACK with another initial sequence number that acknowledges the opener's SYN is the same
 * connection: a listener that forgot its first answer (SYN queue overflow) chooses anew. Not once
 * its first number was acknowledged. */
bool direction_is_foreign(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;
	bool answers = segment->flags & SEGMENT_ACK && peer != own && peer->has_syn;

	if (own->is_begun && (own->base == segment->seq || syn_is_late(own, segment->seq)))
		return false;
	if (answers)
		return direction_acked(own) > 0 || !syn_is_answered(peer, segment->ack);
	return own->is_begun;
}

static void direction_rebase(const struct place *place, unsigned from, uint32_t base)
{
	struct direction *direction = &place->connection->directions[from];
	struct gaps *gaps = connection_gaps(place->table, place->connection);

	if (direction->is_begun)
		place->connection->is_eventful = true;
	if (gaps) {
		memset(gaps->ranges[from], 0, sizeof(gaps->ranges[from]));
		gaps->bytes[from] = 0;
	}
	direction->base = base;
	direction->is_begun = true;
	direction->next = 0;
	direction->acked = base;
	direction->has_syn = direction->has_syn_ack = false;
	direction->has_fin = direction->is_fin_last = false;
}

/* A reset is not a beginning: its sequence number may be 0 or taken from an ACK (RFC
 * 9293 3.10.7.1). */
void direction_begin(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;
	bool is_syn = segment->flags & SEGMENT_SYN;

	if (!(segment->flags & SEGMENT_RST)) {
		if (is_syn && own->is_begun && syn_is_late(own, segment->seq)) {
			own->base = segment->seq;
			own->next++;
		} else if (!own->is_begun || (is_syn && own->base != segment->seq)) {
			direction_rebase(place, place->from, segment->seq);
		}
		if (segment->flags & SEGMENT_ACK && !peer->is_begun)
			direction_rebase(place, !place->from, segment->ack);
	}
	if (own->is_begun && !(is_syn && segment->seq == own->base))
		place->seq = direction_position(own, segment->seq);
	if (segment->flags & SEGMENT_ACK && peer->is_begun)
		place->ack = direction_position(peer, segment->ack);
}

/* SYN and SYN,ACK of one direction differ in a simultaneous open (RFC 9293 3.5, figure 8): both
 * count. */
static void syn_take(struct place *place)
{
	const struct segment *segment = place->segment;
	struct direction *own = place->own;

	place->is_new_syn = !(segment->flags & SEGMENT_ACK ? own->has_syn_ack : own->has_syn);
	if (segment->flags & SEGMENT_ACK)
		own->has_syn_ack = true;
	else
		own->has_syn = true;
	rare_set_syns(place, rare_syns(place) + 1);
	own->has_timestamps |= segment->has_timestamps;
	own->has_mptcp |= segment->has_mptcp;
	own->has_window_shift |= segment->has_window_shift;
	own->window_shift = segment->window_shift;
}

/* What of [begin, end) lies in a gap is seen now. Returns how many bytes. */
static int64_t gap_cut(struct gap *gap, int64_t begin, int64_t end, struct gap *ret_rest)
{
	int64_t first = begin > gap->begin ? begin : gap->begin;
	int64_t last = end < gap->end ? end : gap->end;

	if (first >= last)
		return 0;
	*ret_rest = (struct gap){last, gap->end};
	gap->end = first;
	if (gap->begin == gap->end) {
		*gap = *ret_rest;
		ret_rest->begin = ret_rest->end;
	}
	return last - first;
}

/* The oldest one is given up where there is no room: its bytes count as seen. */
static void gap_add(struct gap *gaps, struct gap gap)
{
	unsigned i = 0;

	if (gap.begin >= gap.end)
		return;
	while (i < CONNECTION_GAPS && gaps[i].begin < gaps[i].end)
		i++;
	if (i == CONNECTION_GAPS)
		memmove(gaps, gaps + 1, --i * sizeof(*gaps));
	gaps[i] = gap;
}

static uint32_t gaps_fill(const struct place *place, int64_t begin, int64_t end)
{
	struct gaps *gaps = connection_gaps(place->table, place->connection);
	int64_t bytes = 0;

	if (!gaps)
		return 0;
	for (unsigned i = 0; i < CONNECTION_GAPS; i++) {
		struct gap rest = {0, 0};

		bytes += gap_cut(&gaps->ranges[place->from][i], begin, end, &rest);
		gap_add(gaps->ranges[place->from], rest);
	}
	gaps->bytes[place->from] -= bytes;
	return (uint32_t)bytes;
}

/* Bytes between what was seen and what comes now were lost by the capture, or come later. */
static void gap_open(const struct place *place, int64_t begin)
{
	const struct direction *own = place->own;
	struct gaps *gaps = connection_make_gaps(place->table, place->connection);

	if (begin - own->next > JUMP_MOST)
		place->connection->is_eventful = true;
	gaps->bytes[place->from] += begin - own->next;
	gap_add(gaps->ranges[place->from], (struct gap){own->next, begin});
}

static void bytes_take(struct place *place, int64_t begin, int64_t end)
{
	struct direction *own = place->own;
	int64_t fresh = end - (begin > own->next ? begin : own->next);

	place->new_bytes = fresh > 0 ? (uint32_t)fresh : 0;
	if (begin < end && begin < own->next)
		place->new_bytes += gaps_fill(place, begin, end < own->next ? end : own->next);
	if (place->new_bytes)
		data_time_take(place->connection, own, place->segment->time_ns);
}

/* `next` counts one FIN, behind all bytes. One among them, or another one, would be taken for a
 * byte: gaps count that, too. */
static void fin_take(struct place *place, int64_t end)
{
	int more = (end >= place->own->next) - !place->own->has_fin;

	place->is_new_fin = !place->own->has_fin;
	place->own->has_fin = true;
	if (more)
		connection_make_gaps(place->table, place->connection)->bytes[place->from] += more;
}

/* Keepalive (RFC 9293 3.8.4) or zero-window probe (3.8.6.1): the byte before what is expected, or
 * no byte at its position. One old byte may as well be a retransmission: unless it was
 * acknowledged, or the window is closed. */
static bool segment_is_probe(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;

	if (!place->is_probe || (own->has_fin && direction_acked(own) < own->next))
		return false;
	if (place->seq != own->next - 1 && place->seq != direction_acked(own) - 1)
		return false;
	return !place->segment->payload || place->seq < direction_acked(own) ||
		(peer->last.frame && !peer->last.window);
}

static void stream_take(struct place *place)
{
	const struct segment *segment = place->segment;
	bool is_syn = segment->flags & SEGMENT_SYN, is_fin = segment->flags & SEGMENT_FIN;
	int64_t begin = place->seq + is_syn, end = begin + segment->payload;
	struct direction *own = place->own;

	bytes_take(place, begin, end);
	if (is_syn)
		syn_take(place);
	if (is_fin)
		fin_take(place, end);
	place->is_probe = !is_syn && !is_fin && segment->payload <= 1 && !place->new_bytes &&
		place->seq < own->next;
	place->is_retransmission = (is_syn || is_fin || segment->payload) && !place->is_new_syn &&
		!place->is_new_fin && !place->new_bytes;
	if (is_syn && own->next < begin)
		own->next = begin; /* where a SYN is, nothing is missing */
	if (begin > own->next)
		gap_open(place, begin);
	if (end + is_fin > own->next)
		own->next = end + is_fin;
}

/* Whatever else it sends shows that it does not wait for the other end. */
static void unheard_take(const struct place *place)
{
	bool is_probe = segment_is_probe(place), is_syn = place->segment->flags & SEGMENT_SYN;

	if (is_probe || (place->is_retransmission && !is_syn))
		rare_take_unheard(place, is_probe);
	else if (!place->is_retransmission)
		rare_goes_on(place);
}

/* More than the largest window beyond what was sent is no acknowledgement of this connection's. */
static void ack_take(struct place *place)
{
	struct direction *peer = place->peer;
	bool is_first = !(place->own->last.flags & SEGMENT_ACK);
	int64_t acked = direction_acked(peer);

	if (place->ack <= acked && !is_first)
		return;
	if (peer->is_seen && place->ack > peer->next + BEYOND_MOST)
		return;
	place->connection->ack_since[place->from] =
		(uint32_t)(place->segment->time_ns >> CLOCK_SHIFT);
	if (place->ack > acked)
		peer->acked = place->segment->ack;
	answer_take(place->connection, place->own, peer, place->segment);
}

static void header_take(const struct place *place)
{
	struct direction *own = place->own;
	const struct segment *segment = place->segment;

	if (!own->is_seen)
		own->ttl_least = segment->ttl;
	if (segment->ttl != own->ttl_least)
		rare_take_ttl(place);
	timestamps_take(own, segment);
	if (!segment->window)
		rare_take_zero_window(place);
	ipid_take(own, segment);
}

static bool is_repeated_ack(const struct place *place)
{
	const struct kept *last = &place->own->last;
	const struct segment *segment = place->segment;

	return !(segment->flags & (SEGMENT_SYN | SEGMENT_FIN)) && !segment->payload &&
		last->flags & SEGMENT_ACK && place->peer != place->own &&
		place->seq == place->own->next && last->ack == segment->ack &&
		last->window == segment->window;
}

void direction_take(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;

	place->is_repeated_ack = is_repeated_ack(place);
	if (place->is_repeated_ack)
		rare_take_repeated_ack(place);
	header_take(place);
	stream_take(place);
	unheard_take(place);
	if (place->segment->flags & SEGMENT_ACK)
		ack_take(place);
	if (peer != own)
		rare_peer_is_heard(place);
	own->is_seen = true;
	if (own->is_fin_last)
		fin_move(place->table, place->connection, place->from);
	kept_set(&own->last, place->segment, place->frame);
	own->is_fin_last = place->is_new_fin;
}
