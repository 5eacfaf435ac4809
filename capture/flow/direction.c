/* SPDX-License-Identifier: MIT */
/* One direction of a connection: what a segment that is no reset adds to it. Knows sequence space
 * (RFC 9293 3.4) and what retransmissions and probes look like; must not know the table, or what
 * resets mean. */
#include <string.h>

#include "connection.h"
#include "rare.h"

enum {
	IPID_STEP = 1024, /* what a counter may go on from one captured segment to the next */
	IPID_BACK = 64, /* captured out of order */
	BEYOND_MOST = 1 << 30, /* the largest window (RFC 7323 2.3) */
	IPID_ZEROS_MOST = 3,
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

	gaps->bytes[place->from] += begin - own->next;
	gap_add(gaps->ranges[place->from], (struct gap){own->next, begin});
}

static void data_time_take(const struct place *place)
{
	int64_t since_ns = place->segment->time_ns - place->connection->begun_ns;
	uint64_t units, most = ((uint64_t)1 << 48) - 1;

	if (since_ns < 0)
		since_ns = 0;
	units = (uint64_t)since_ns / DATA_UNIT_NS + 1;
	place->own->last_data = (units < most ? units : most) & most;
}

static void bytes_take(struct place *place, int64_t begin, int64_t end)
{
	struct direction *own = place->own;
	int64_t fresh = end - (begin > own->next ? begin : own->next);

	place->new_bytes = fresh > 0 ? (uint32_t)fresh : 0;
	if (begin < end && begin < own->next)
		place->new_bytes += gaps_fill(place, begin, end < own->next ? end : own->next);
	if (place->new_bytes)
		data_time_take(place);
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

/* How long its sender took from what it acknowledges here: the time of the last segment before it
 * counts only if that is the one acknowledged. */
static void answer_take(struct place *place)
{
	const struct kept *asked = &place->peer->last;
	bool is_syn = asked->flags & SEGMENT_SYN;
	uint32_t end = asked->seq + is_syn + asked->payload + !!(asked->flags & SEGMENT_FIN);
	int64_t took = place->segment->time_ns - asked->time_ns;
	int64_t ms = took / 1000000;

	if (end != place->segment->ack || !asked->frame || took <= 0)
		return;
	if (!place->own->answer_ms || ms < place->own->answer_ms)
		place->own->answer_ms = (uint16_t)(ms < 1 ? 1 : ms < UINT16_MAX ? ms : UINT16_MAX);
	if (is_syn && (float)took > place->connection->round_trip_ns)
		place->connection->round_trip_ns = (float)took;
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
	place->connection->ack_since[place->from] = (uint32_t)(place->segment->time_ns >> CLOCK_SHIFT);
	if (place->ack > acked)
		peer->acked = place->segment->ack;
	answer_take(place);
}

static void ipid_take(struct direction *own, const struct segment *segment)
{
	uint16_t step = (uint16_t)(segment->ipid - own->ipid);

	if (!segment->ipid) {
		own->ipid_zeros +=
			own->ipid_zeros < IPID_ZEROS_MOST && !(segment->flags & SEGMENT_SYN);
		return;
	}
	if (own->ipid && own->ipid_habit != IPID_JUMPS)
		own->ipid_habit = step <= IPID_STEP || step >= UINT16_MAX - IPID_BACK ? IPID_COUNTS
										      : IPID_JUMPS;
	if (step < UINT16_MAX - IPID_BACK || !own->ipid)
		own->ipid = segment->ipid;
}

/* Asks before it writes: most segments are as the one before. */
static void header_take(const struct place *place)
{
	struct direction *own = place->own;
	const struct segment *segment = place->segment;

	if (!own->is_seen)
		own->ttl_least = segment->ttl;
	if (segment->ttl != own->ttl_least)
		rare_take_ttl(place);
	if (!(segment->flags & SEGMENT_SYN)) {
		if (!segment->has_timestamps)
			own->lacked_timestamps = true;
		else if (!own->sent_timestamps)
			own->sent_timestamps = true;
	}
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

/* A FIN that is not the last segment any more moves to where it is kept. */
static void fin_move(const struct place *place)
{
	struct cold *cold = connection_make_cold(place->table, place->connection);

	cold->fins[place->from] = place->own->last;
	place->own->is_fin_last = false;
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
		fin_move(place);
	kept_set(&own->last, place->segment, place->frame);
	own->is_fin_last = place->is_new_fin;
}

/* From what was acknowledged to what was sent: also for numbers half the circle away. */
static bool ack_is_between(const struct direction *peer, uint32_t ack)
{
	uint32_t next = peer->base + (uint32_t)peer->next, outstanding = next - peer->acked;

	return (int32_t)outstanding >= 0 && next - ack <= outstanding;
}

/* A segment with the next number of one end, behind the last acknowledgment of the other, on a
 * connection without events. It brings bytes or the FIN, or acknowledges some: so it is no copy of
 * another frame, which would say nothing new. */
static bool place_is_plain(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;
	uint8_t kinds = segment->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST | SEGMENT_ACK);
	bool is_fin = kinds == (SEGMENT_FIN | SEGMENT_ACK);

	return (kinds == SEGMENT_ACK || is_fin) && !place->connection->is_eventful &&
		own->is_seen && peer->is_seen && segment->seq == own->base + (uint32_t)own->next &&
		(own->has_fin ? !is_fin && !segment->payload && segment->ack != peer->acked
			      : is_fin || segment->payload || segment->ack != peer->acked) &&
		ack_is_between(peer, segment->ack);
}

/* ack_take() where the number lies between what was acknowledged and what was sent. */
static void ack_take_plain(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;

	if (segment->ack == peer->acked && own->last.flags & SEGMENT_ACK)
		return;
	place->connection->ack_since[place->from] = (uint32_t)(segment->time_ns >> CLOCK_SHIFT);
	peer->acked = segment->ack;
	answer_take(place);
}

bool direction_take_plain(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;
	bool is_fin = segment->flags & SEGMENT_FIN;

	if (!place_is_plain(place))
		return false;
	place->seq = own->next;
	place->ack = direction_position(peer, segment->ack);
	place->new_bytes = segment->payload;
	place->is_new_fin = is_fin;
	header_take(place);
	if (segment->payload)
		data_time_take(place);
	own->next += segment->payload + is_fin;
	rare_goes_on(place);
	ack_take_plain(place);
	rare_peer_is_heard(place);
	if (own->is_fin_last)
		fin_move(place);
	kept_set(&own->last, segment, place->frame);
	own->has_fin |= is_fin;
	own->is_fin_last = is_fin;
	return true;
}
