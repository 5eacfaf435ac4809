/* SPDX-License-Identifier: MIT */
/* Frames that were captured twice: on several devices, on a mirror port, in both directions of lo.
 * In doubt a frame is a retransmission. */
#include "connection.h"
#include "endpoint.h"

enum {
	ECHO_NS = 5000000, /* copies of a frame are captured within this */
	ECHO_SURE_NS = 1000000,
	IPID_BACK = 64,
};

static bool kept_equals(const struct kept *kept, const struct segment *segment)
{
	return kept->seq == segment->seq &&
		(kept->ack == segment->ack || !(segment->flags & SEGMENT_ACK)) &&
		kept->flags == segment->flags && kept->payload == kept_payload(segment) &&
		kept->window == segment->window && kept->ipid == segment->ipid &&
		(kept->options & KEPT_OPTIONS_LENGTH) ==
		(segment->options_length & KEPT_OPTIONS_LENGTH) &&
		kept->tsval == (uint16_t)segment->tsval;
}

static uint32_t segment_digest(const struct segment *segment)
{
	const uint32_t words[] = {segment->seq, segment->ack, segment->payload, segment->tsval,
		(uint32_t)segment->window << 16 | segment->ipid,
		(uint32_t)segment->flags << 8 | segment->options_length};
	uint64_t digest = 0;

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		digest = hash_mix(digest ^ words[i]) + (digest >> 32);
	return (uint32_t)(digest >> 32) | 1;
}

/* Each frame has one copy, so that it is found once; unless its identification shows that it is the
 * same. Others are remembered. */
static bool echo_find(struct echoes *echoes, unsigned from, const struct segment *segment)
{
	uint32_t digest = segment_digest(segment);
	uint8_t *next = &echoes->next[from];

	for (unsigned i = 0; i < CONNECTION_ECHOES; i++) {
		int64_t since = segment->time_ns - echoes->times_ns[from][i];

		if (echoes->digests[from][i] != digest || since > ECHO_NS || since < -ECHO_NS)
			continue;
		if (!segment->ipid)
			echoes->digests[from][i] = 0;
		return true;
	}
	echoes->digests[from][*next] = digest;
	echoes->times_ns[from][*next] = segment->time_ns;
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

	if (!last->frame || !kept_equals(last, segment) || since > ECHO_NS || since < -ECHO_NS)
		return false;
	if (segment->ipid || segment->flags & SEGMENT_SYN)
		return true;
	return segment->payload && since <= ECHO_SURE_NS && since >= -ECHO_SURE_NS &&
		place->peer != place->own && place->peer->last.frame < last->frame;
}

/* Bytes that were all seen just before, under an identification that was, too: a copy, of a frame
 * before the last. Where a SYN was seen, it would have come twice, too. */
static bool echo_is_earlier(const struct place *place)
{
	const struct direction *own = place->own;
	const struct segment *segment = place->segment;
	int64_t since = segment->time_ns - place->connection->begun_ns - direction_last_data(own);
	uint16_t back = (uint16_t)(own->ipid - segment->ipid);

	return !direction_has_syn(own) && segment->ipid && segment->payload && own->last_data &&
		own->ipid_habit == IPID_COUNTS && back < IPID_BACK && since < ECHO_NS &&
		since > -ECHO_NS && place->seq + segment->payload <= own->next &&
		!connection_gaps(place->table, place->connection);
}

static bool echo_is_another(const struct place *place)
{
	struct cold *cold = connection_make_cold(place->table, place->connection);

	return echo_find(connection_make(place->table, &cold->echoes, SLAB_ECHOES), place->from,
		place->segment);
}

bool echo_is(const struct place *place)
{
	if (place->connection->is_doubled)
		return echo_is_another(place) || echo_is_earlier(place);
	if (place->segment->flags & SEGMENT_RST)
		return false;
	if (!echo_is_first(place) && !echo_is_earlier(place))
		return false;
	place->connection->is_doubled = place->connection->is_eventful = true;
	return true;
}
