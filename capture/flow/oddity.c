/* SPDX-License-Identifier: MIT */
/* Resets: what the sender's other segments were by then, and what does not fit them. A genuine
 * reset has one of two forms (RFC 9293 3.10.7.1, 3.5.2; Linux: net/ipv4/tcp_output.c
 * tcp_send_active_reset(), net/ipv4/tcp_ipv4.c tcp_v4_send_reset()): from a living socket, next in
 * its own sequence (or at the edge of the window that it was offered); or from none, made out of
 * the segment that it answers: its ACK as the sequence number, or 0 if that had no ACK. So its
 * number never lies beyond what the sender sent. All that is judged here is judged in doubt for the
 * sender. */
#include "connection.h"

enum {
	IPID_STEP = 2048, /* a host's counter may serve all its connections */
	IPID_STEP_PER_MS = 1,
	IPID_BACK = 64,
	IPID_ZEROS_LEAST = 3,
	LOST_MOST = 1 << 20, /* sent, where the capture shows that it lost some */
	REORDERED_NS = 1000000,
	ANSWER_LEAST_NS = 20000000, /* below this, scheduling decides */
	EARLY_FACTOR = 8,
	SHIFT_UNKNOWN = 14, /* the most (RFC 7323 2.3) */
};

static const struct rare *rare_of(const struct place *place)
{
	return connection_rare(place->table, place->connection, place->from);
}

static bool has_gaps(const struct place *place)
{
	const struct gaps *gaps = connection_gaps(place->table, place->connection);

	for (unsigned i = 0; gaps && i < CONNECTION_GAPS; i++)
		if (gaps->ranges[place->from][i].begin < gaps->ranges[place->from][i].end)
			return true;
	return false;
}

static int64_t higher(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t direction_limit(const struct direction *own)
{
	return higher(own->next, direction_acked(own));
}

/* One that answers a segment without ACK: sequence number 0. */
static bool answers_no_ack(const struct place *place)
{
	const struct kept *trigger = &place->peer->last;

	return !place->segment->seq && place->segment->flags & SEGMENT_ACK && trigger->frame &&
		!(trigger->flags & SEGMENT_ACK);
}

static uint32_t window_of(const struct direction *own, const struct direction *peer)
{
	unsigned shift = SHIFT_UNKNOWN;

	if (peer->last.flags & SEGMENT_SYN)
		shift = 0;
	else if (direction_has_syn(own) && direction_has_syn(peer))
		shift = own->has_window_shift && peer->has_window_shift ? peer->window_shift : 0;
	return (uint32_t)peer->last.window << shift;
}

static uint32_t odd_number(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;
	int64_t most = direction_limit(own) + (has_gaps(place) ? LOST_MOST : 0);
	int64_t least = direction_has_syn(own) ? 0 : -LOST_MOST;

	if (!own->is_seen || answers_no_ack(place) || (place->seq >= least && place->seq <= most))
		return 0;
	if (peer->is_seen &&
		(place->seq < direction_acked(own) ||
			place->seq > direction_acked(own) + window_of(own, peer)))
		return ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE;
	return ODDITY_SEQ_BEYOND;
}

/* What was never sent. Bytes that the capture missed are no reason. */
static uint32_t odd_ack(const struct place *place)
{
	const struct direction *peer = place->peer;

	if (!(place->segment->flags & SEGMENT_ACK) || !peer->is_seen ||
		direction_acked(peer) > peer->next)
		return 0;
	return place->ack > peer->next ? ODDITY_ACK : 0;
}

static uint32_t odd_ttl(const struct place *place)
{
	const struct direction *own = place->own;
	uint8_t ttl = place->segment->ttl, most = direction_ttl_most(own, rare_of(place));

	return own->is_seen && (ttl < own->ttl_least || ttl > most) ? ODDITY_TTL : 0;
}

static uint32_t odd_ipid(const struct place *place)
{
	const struct direction *own = place->own;
	const struct segment *segment = place->segment;
	int64_t idle_ms = (segment->time_ns - own->last.time_ns) / 1000000;
	int64_t most = IPID_STEP + (idle_ms > 0 ? idle_ms * IPID_STEP_PER_MS : 0);
	uint16_t step = (uint16_t)(segment->ipid - own->ipid);

	if (!segment->ipid || !own->is_seen)
		return 0;
	if (!own->ipid)
		return own->ipid_zeros >= IPID_ZEROS_LEAST ? ODDITY_IPID : 0;
	if (own->ipid_habit != IPID_COUNTS || step <= most || step >= UINT16_MAX - IPID_BACK)
		return 0;
	return ODDITY_IPID;
}

/* Once negotiated they are in every segment, and should be in a reset (RFC 7323 3.2); one from no
 * socket has none, and on Linux no ACK either. */
static uint32_t odd_timestamps(const struct place *place)
{
	const struct direction *own = place->own, *peer = place->peer;
	bool are_synced = direction_has_syn(own) && direction_has_syn(peer);
	bool are_agreed = are_synced && own->has_timestamps && peer->has_timestamps;
	bool always = !own->lacked_timestamps && (own->sent_timestamps || are_agreed);
	bool never =
		!own->sent_timestamps && (own->lacked_timestamps || (are_synced && !are_agreed));

	if (!own->is_seen || answers_no_ack(place))
		return 0;
	if (place->segment->has_timestamps)
		return never ? ODDITY_TIMESTAMPS : 0;
	return always && place->segment->flags & SEGMENT_ACK ? ODDITY_TIMESTAMPS : 0;
}

/* The earliest segment that it can answer: the first with the acknowledgement number that it took,
 * or the last with what it acknowledges. */
static int64_t took_ns(const struct place *place)
{
	const struct direction *peer = place->peer;
	int64_t now_ns = place->segment->time_ns;

	if (!(place->segment->flags & SEGMENT_ACK)) {
		uint32_t since = (uint32_t)(now_ns >> CLOCK_SHIFT) -
			place->connection->ack_since[!place->from];

		return peer->last.flags & SEGMENT_ACK && peer->last.ack == place->segment->seq
			? (int64_t)since << CLOCK_SHIFT
			: INT64_MAX;
	}
	if (place->ack != peer->next || !peer->is_seen)
		return INT64_MAX;
	if (peer->has_fin)
		return now_ns -
			connection_fin(place->connection,
				connection_cold(place->table, place->connection), !place->from)
				->time_ns;
	return peer->last_data ? now_ns - place->connection->begun_ns - direction_last_data(peer)
			       : INT64_MAX;
}

static uint32_t odd_time(const struct place *place)
{
	int64_t fastest = place->own->answer_ms * INT64_C(1000000), took;

	if (place->connection->is_self || fastest < ANSWER_LEAST_NS)
		return 0;
	took = took_ns(place);
	return took >= 0 && took < fastest / EARLY_FACTOR ? ODDITY_TOO_EARLY : 0;
}

static struct reset *reset_next(const struct place *place, const struct reset *reset)
{
	return slab_at(&place->table->slabs[SLAB_RESETS], reset->next);
}

static struct reset *reset_last(const struct place *place)
{
	struct reset *reset = connection_resets(place->table, place->connection), *next;

	while (reset && (next = reset_next(place, reset)))
		reset = next;
	return reset;
}

/* Several in a row, each beyond the one before and beyond all that was sent: guesses. */
static uint32_t odd_climb(const struct place *place)
{
	struct reset *before = reset_last(place);

	if (!before || answers_no_ack(place) || before->from != place->from ||
		!place->own->is_begun || place->own->last.frame > before->segment.frame ||
		place->seq <= before->seq || place->seq <= direction_limit(place->own))
		return 0;
	before->oddities |= ODDITY_CLIMBING;
	return ODDITY_CLIMBING;
}

static uint32_t oddities_of(const struct place *place)
{
	return odd_number(place) | odd_ack(place) | odd_ttl(place) | odd_ipid(place) |
		odd_timestamps(place) | odd_time(place) | odd_climb(place) |
		(place->segment->payload ? ODDITY_PAYLOAD : 0);
}

/* The place of the last one is used again and again. */
static struct reset *reset_add(const struct place *place)
{
	struct cold *cold = connection_make_cold(place->table, place->connection);
	struct reset *last = reset_last(place);

	place->connection->has_resets = place->connection->is_eventful = true;
	if (cold->resets_count++ >= HISTORY_MAX_RESETS)
		return last;
	return connection_make(place->table, last ? &last->next : &cold->resets, SLAB_RESETS);
}

static uint8_t greater(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

/* What its sender had taken of the other end by then: as far as it said so before, or says now. */
static int64_t taken_by(const struct place *place)
{
	int64_t acked = direction_acked(place->peer);
	bool is_told = place->segment->flags & SEGMENT_ACK && place->ack <= place->peer->next;

	return is_told && place->ack > acked ? place->ack : acked;
}

/* Bytes: SYN and FIN are none. */
static int64_t unacked_of(const struct direction *own)
{
	int64_t acked = direction_acked(own);
	bool is_syn = direction_has_syn(own) && acked < 1;
	bool is_fin = own->has_fin && acked < own->next;

	return own->next - acked - is_syn - is_fin;
}

void reset_take(struct place *place)
{
	struct direction *own = place->own, *peer = place->peer;
	int64_t unacked = unacked_of(own), taken = taken_by(place);
	int64_t heard = taken - direction_has_syn(peer) - (peer->has_fin && taken >= peer->next);
	uint32_t oddities = oddities_of(place);
	struct reset *reset = reset_add(place);
	const struct rare *rare = rare_of(place);

	/* one by one: to clear it first would take as long as the rest */
	reset->next = 0;
	reset->from = (uint8_t)place->from;
	reset->after_own_fin = own->has_fin;
	reset->after_peer_fin = peer->has_fin;
	reset->is_answered = false;
	reset->oddities = oddities;
	reset->probes_unheard = greater(rare->probes_unheard, rare->probes_before);
	reset->retransmissions_unheard =
		greater(rare->retransmissions_unheard, rare->retransmissions_before);
	reset->seq = place->seq;
	reset->acked = place->ack;
	reset->unacked = unacked > 0 ? unacked : 0;
	reset->heard = heard > 0 ? heard : 0;
	reset->limit = direction_limit(own);
	reset->taken = taken;
	reset->trigger = peer->last;
	reset->before = own->last;
	kept_set(&reset->segment, place->segment, place->frame);
	own->has_reset = true;
}

/* What looked odd only because the capture had changed the order. */
static void reset_excuse(const struct place *place, struct reset *reset)
{
	if (reset->from != place->from) {
		if (reset->acked <= place->own->next)
			reset->oddities &= ~(uint32_t)ODDITY_ACK;
	} else if (reset->seq <= direction_limit(place->own)) {
		reset->oddities &=
			~(uint32_t)(ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE | ODDITY_CLIMBING);
	}
}

/* New bytes, a first FIN, or an acknowledgement of something new. Within the time in which captured
 * segments change their order, only what its reset would have to follow. */
static bool lives_on(const struct place *place, const struct reset *reset)
{
	const struct segment *segment = place->segment;
	bool is_later = segment->time_ns - reset->segment.time_ns > REORDERED_NS;
	bool is_fresh = place->new_bytes || place->is_new_fin;

	if (segment->flags & SEGMENT_SYN)
		return false;
	if (is_fresh && (is_later || place->seq >= higher(reset->limit, reset->seq)))
		return true;
	return is_later && segment->flags & SEGMENT_ACK && place->ack > reset->taken;
}

static void reset_review_one(struct place *place, struct reset *reset)
{
	if (place->segment->time_ns - reset->segment.time_ns <= REORDERED_NS)
		reset_excuse(place, reset);
	if (reset->from == place->from && !place->connection->is_self) {
		if (!lives_on(place, reset))
			return;
		reset->oddities |= ODDITY_LIVED_ON;
		place->own->has_reset = false;
		return;
	}
	if (place->is_repeated_ack)
		reset->is_answered = true;
	else if (reset->is_answered && reset->oddities & ODDITY_LIVED_ON &&
		(place->new_bytes || place->is_new_fin || place->ack > reset->limit))
		reset->oddities |= ODDITY_IGNORED;
}

void reset_review(struct place *place)
{
	struct reset *reset = connection_resets(place->table, place->connection);

	if (place->segment->flags & SEGMENT_SYN)
		place->own->has_reset = false; /* refused, and then answered */
	for (; reset; reset = reset_next(place, reset))
		reset_review_one(place, reset);
}
