/* SPDX-License-Identifier: MIT */
/* One direction of a connection: what a segment that is no reset adds to it. Knows sequence space
 * (RFC 9293 3.4) and what retransmissions, probes and doubled frames look like; must not know the
 * table, or what resets mean. */
#include <string.h>

#include "connection.h"

enum {
	ECHO_NS = 5000000, /* copies of a frame are captured within this */
	ECHO_SURE_NS = 1000000,
	IPID_STEP = 1024, /* what a counter may go on from one captured segment to the next */
	IPID_BACK = 64, /* captured out of order */
	BEYOND_MOST = 1 << 30, /* the largest window (RFC 7323 2.3) */
	BLOCK = 10,
};

/* A SYN of a direction whose first segment was already seen comes late. */
static bool syn_is_late(const struct direction *direction, uint32_t seq)
{
	return !direction->has_syn && !direction->has_syn_ack && seq + 1 == direction->base;
}

/* A SYN,ACK with another initial sequence number that acknowledges the opener's SYN is the same
 * connection: a listener that forgot its first answer (SYN queue overflow) chooses anew. Not once
 * its first number was acknowledged. */
bool direction_is_foreign(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;

	if (!own->is_begun || own->base == segment->seq || syn_is_late(own, segment->seq))
		return false;
	if (segment->flags & SEGMENT_ACK && peer != own && peer->has_syn)
		return own->acked > 0 || segment->ack != peer->base + 1;
	return true;
}

static void direction_rebase(struct direction *direction, uint32_t base)
{
	direction->base = base;
	direction->is_begun = true;
	direction->next = direction->acked = 0;
	direction->has_syn = direction->has_syn_ack = direction->has_fin = false;
}

/* A reset is not a beginning: its sequence number may be 0 or taken from an ACK (RFC 9293
 * 3.10.7.1). */
void direction_begin(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;
	const struct segment *segment = place->segment;
	bool is_syn = segment->flags & SEGMENT_SYN;

	if (!(segment->flags & SEGMENT_RST)) {
		if (is_syn && own->is_begun && syn_is_late(own, segment->seq)) {
			own->base = segment->seq;
			own->next++;
			own->acked++;
		} else if (!own->is_begun || (is_syn && own->base != segment->seq)) {
			direction_rebase(own, segment->seq);
		}
		if (segment->flags & SEGMENT_ACK && !peer->is_begun)
			direction_rebase(peer, segment->ack);
	}
	if (own->is_begun)
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
	own->syns += own->syns < UINT16_MAX;
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
	struct rare *rare = slab_at(&place->table->rares, place->connection->rare);
	int64_t bytes = 0;

	for (unsigned i = 0; rare && i < CONNECTION_GAPS; i++) {
		struct gap rest = {0, 0};

		bytes += gap_cut(&rare->gaps[place->from][i], begin, end, &rest);
		gap_add(rare->gaps[place->from], rest);
	}
	return (uint32_t)bytes;
}

/* Bytes between what was seen and what comes now were lost by the capture, or come later. */
static void gap_open(const struct place *place, int64_t begin)
{
	struct direction *own = place->own;

	if (begin > own->next)
		gap_add(connection_rare(place->table, place->connection)->gaps[place->from],
			(struct gap){own->next, begin});
}

static void bytes_take(struct place *place, int64_t begin, int64_t end)
{
	struct direction *own = place->own;
	int64_t fresh = end - (begin > own->next ? begin : own->next);

	place->new_bytes = fresh > 0 ? (uint32_t)fresh : 0;
	if (begin < end && begin < own->next)
		place->new_bytes += gaps_fill(place, begin, end < own->next ? end : own->next);
	if (!place->new_bytes)
		return;
	own->bytes += place->new_bytes;
	own->last_data_ns = place->segment->time_ns;
	if (!own->first_data_ns)
		own->first_data_ns = own->last_data_ns;
}

static void fin_take(struct place *place)
{
	place->is_new_fin = !place->own->has_fin;
	if (!place->is_new_fin)
		return;
	place->own->has_fin = true;
	connection_ending(place->table, place->connection)->fins[place->from] =
		kept_make(place->segment, place->frame);
}

/* Keepalive (RFC 9293 3.8.4) or zero-window probe (3.8.6.1): the byte before what is expected, or
 * no byte at its position. One old byte may as well be a retransmission: unless it was
 * acknowledged, or the window is closed. */
static bool segment_is_probe(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;

	if (!place->is_probe || (own->has_fin && own->acked < own->next))
		return false;
	if (place->seq != own->next - 1 && place->seq != own->acked - 1)
		return false;
	return !place->segment->payload || place->seq < own->acked ||
		(peer->last.is_kept && !peer->last.window);
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
		fin_take(place);
	place->is_probe = !is_syn && !is_fin && segment->payload <= 1 && !place->new_bytes &&
		place->seq < own->next;
	place->is_retransmission = (is_syn || is_fin || segment->payload) && !place->is_new_syn &&
		!place->is_new_fin && !place->new_bytes;
	if (segment_is_probe(place)) {
		own->probes_unheard += own->probes_unheard < UINT16_MAX;
	} else if (place->is_retransmission && !is_syn) {
		own->retransmissions++;
		own->retransmissions_unheard += own->retransmissions_unheard < UINT16_MAX;
	}
	gap_open(place, begin);
	if (end + is_fin > own->next)
		own->next = end + is_fin;
}

/* How long its sender took from what it acknowledges here: the time of the last segment before it
 * counts only if that is the one acknowledged. */
static void answer_take(struct place *place)
{
	const struct kept *asked = &place->peer->last;
	bool is_syn = asked->flags & SEGMENT_SYN;
	uint32_t end = asked->seq + is_syn + asked->payload + !!(asked->flags & SEGMENT_FIN);
	int64_t took = place->segment->time_ns - asked->time_ns;

	if (!asked->is_kept || end != place->segment->ack || took <= 0)
		return;
	if (!place->own->answer_ns || took < place->own->answer_ns)
		place->own->answer_ns = took;
	if (is_syn && took > place->connection->round_trip_ns)
		place->connection->round_trip_ns = took;
}

/* More than the largest window beyond what was sent is no acknowledgement of this connection's. */
static void ack_take(struct place *place)
{
	struct direction *peer = place->peer;
	bool is_first = !(place->own->last.flags & SEGMENT_ACK);

	if (place->ack <= peer->acked && !is_first)
		return;
	if (peer->is_seen && place->ack > peer->next + BEYOND_MOST)
		return;
	place->own->ack_since_ns = place->segment->time_ns;
	if (place->ack > peer->acked)
		peer->acked = place->ack;
	answer_take(place);
}

static void ipid_take(struct direction *own, const struct segment *segment)
{
	uint16_t step = segment->ipid - own->ipid;

	if (!segment->ipid) {
		own->ipid_zeros += own->ipid_zeros < UINT8_MAX && !(segment->flags & SEGMENT_SYN);
		return;
	}
	if (own->ipid && own->ipid_habit != IPID_JUMPS)
		own->ipid_habit = step <= IPID_STEP || step >= UINT16_MAX - IPID_BACK ? IPID_COUNTS
										      : IPID_JUMPS;
	if (step < UINT16_MAX - IPID_BACK || !own->ipid)
		own->ipid = segment->ipid;
}

static void header_take(struct direction *own, const struct segment *segment)
{
	if (!own->is_seen || segment->ttl < own->ttl_least)
		own->ttl_least = segment->ttl;
	if (!own->is_seen || segment->ttl > own->ttl_most)
		own->ttl_most = segment->ttl;
	if (!(segment->flags & SEGMENT_SYN)) {
		own->sent_timestamps |= segment->has_timestamps;
		own->lacked_timestamps |= !segment->has_timestamps;
	}
	own->zero_windows += !segment->window && own->zero_windows < UINT16_MAX;
	ipid_take(own, segment);
}

static bool is_repeated_ack(const struct place *place)
{
	const struct kept *last = &place->own->last;
	const struct segment *segment = place->segment;

	return !(segment->flags & (SEGMENT_SYN | SEGMENT_FIN)) && !segment->payload &&
		last->is_kept && last->flags & SEGMENT_ACK && place->seq == place->own->next &&
		last->ack == segment->ack && last->window == segment->window;
}

void direction_take(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;

	place->is_repeated_ack = is_repeated_ack(place);
	own->answers_without_news +=
		place->is_repeated_ack && own->answers_without_news < UINT16_MAX;
	header_take(own, place->segment);
	stream_take(place);
	if (place->segment->flags & SEGMENT_ACK)
		ack_take(place);
	if (peer != own)
		peer->probes_unheard = peer->retransmissions_unheard = 0;
	own->is_seen = true;
	own->last = kept_make(place->segment, place->frame);
}

static bool kept_equals(const struct kept *kept, const struct segment *segment)
{
	return kept->seq == segment->seq && kept->ack == segment->ack &&
		kept->flags == segment->flags && kept->payload == segment->payload &&
		kept->window == segment->window && kept->ipid == segment->ipid &&
		kept->options_length == segment->options_length && kept->tsval == segment->tsval;
}

static uint32_t segment_digest(const struct segment *segment)
{
	const uint32_t words[] = {segment->seq, segment->ack, segment->payload, segment->tsval,
		(uint32_t)segment->window << 16 | segment->ipid,
		(uint32_t)segment->flags << 8 | segment->options_length};
	uint64_t digest = 0;

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		digest = (digest ^ words[i]) * 0x9e3779b97f4a7c15u + (digest >> 32);
	return (uint32_t)(digest >> 32) | 1;
}

/* Each frame has one copy, so that it is found once; unless its identification shows that it is the
 * same. Others are remembered. */
static bool echo_find(struct rare *rare, unsigned from, const struct segment *segment)
{
	uint32_t digest = segment_digest(segment);
	uint8_t *next = &rare->echo_next[from];

	for (unsigned i = 0; i < CONNECTION_ECHOES; i++) {
		int64_t since = segment->time_ns - rare->echoes_ns[from][i];

		if (rare->echoes[from][i] != digest || since > ECHO_NS || since < -ECHO_NS)
			continue;
		if (!segment->ipid)
			rare->echoes[from][i] = 0;
		return true;
	}
	rare->echoes[from][*next] = digest;
	rare->echoes_ns[from][*next] = segment->time_ns;
	*next = (*next + 1) % CONNECTION_ECHOES;
	return false;
}

/* A retransmission has a new IP identification; where there is none, SYNs are not sent again so
 * soon (RFC 6298 2), and bytes neither unless something was heard meanwhile. */
static bool echo_is_first(const struct place *place)
{
	const struct kept *last = &place->own->last;
	const struct segment *segment = place->segment;
	int64_t since = segment->time_ns - last->time_ns;

	if (!last->is_kept || !kept_equals(last, segment) || since > ECHO_NS || since < -ECHO_NS)
		return false;
	if (segment->ipid || segment->flags & SEGMENT_SYN)
		return true;
	return segment->payload && since <= ECHO_SURE_NS && since >= -ECHO_SURE_NS &&
		place->peer != place->own && place->peer->last.frame < last->frame;
}

bool direction_is_echo(const struct place *place)
{
	struct connection *connection = place->connection;

	if (connection->is_doubled)
		return echo_find(
			connection_rare(place->table, connection), place->from, place->segment);
	if (place->segment->flags & SEGMENT_RST || !echo_is_first(place))
		return false;
	connection->is_doubled = true;
	return true;
}
