/* SPDX-License-Identifier: MIT */
#include "doubt.h"

#include "view.h"

static const struct {
	enum history_oddity oddity;
	unsigned weight;
} weights[] = {
	{ODDITY_TTL, 1}, /* routes change */
	{ODDITY_IPID, 1}, /* a counter may be shared, or random */
	{ODDITY_TIMESTAMPS, 1}, /* RFC 7323 3.2 only says SHOULD */
	{ODDITY_SEQ_BEYOND, 1}, /* the capture may lack segments */
	{ODDITY_SEQ_OUTSIDE, 1}, /* likewise */
	{ODDITY_PAYLOAD, 1}, /* RFC 9293 3.5.3 allows a text about the cause */
	{ODDITY_TOO_EARLY, 1}, /* the round trip may have got shorter */
	{ODDITY_IGNORED, 1}, /* also when the segments before were lost: RFC 5961 3.2 */
	{ODDITY_LIVED_ON, 2}, /* no end goes on after its own reset */
	{ODDITY_ACK, 1}, /* the capture may lack segments */
	{ODDITY_CLIMBING, 2}, /* an injector that hedges its guess: Weaver's RST_SEQ_CHANGE */
};

/* tcp_v4_send_reset() makes a reset of the segment that it answers, without the socket: no
 * options, IP identification 0, the host's TTL, and any sequence number that this segment named. */
static uint32_t innocent_of_gone(const struct history_reset *reset)
{
	uint32_t innocent = ODDITY_TIMESTAMPS;

	if (!reset->segment.ipid)
		innocent |= ODDITY_TTL | ODDITY_IPID;
	if (reset->trigger.frame && reset->segment.seq == reset->trigger.ack)
		innocent |= ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE;
	else
		innocent |= ODDITY_TOO_EARLY; /* it does not answer this one */
	return innocent;
}

/* A program may call close() at any time, also just when a segment has come by that it cannot have
 * seen yet. */
static uint32_t innocent_of_alive(const struct history_reset *reset)
{
	return reset->segment.ack < reset->trigger.seq + (int64_t)reset->trigger.payload
		? ODDITY_TOO_EARLY
		: 0;
}

uint32_t doubt_oddities(const struct history *history, const struct history_reset *reset)
{
	switch (view_shape(history, reset)) {
	case SHAPE_GONE: return reset->oddities & ~innocent_of_gone(reset);
	case SHAPE_ALIVE: return reset->oddities & ~innocent_of_alive(reset);
	default: return 0; /* of who refuses nothing else was seen */
	}
}

unsigned doubt_weigh(const struct history *history, const struct history_reset *reset)
{
	uint32_t oddities = doubt_oddities(history, reset);
	unsigned sum = 0;

	for (unsigned i = 0; oddities && i < sizeof(weights) / sizeof(*weights); i++)
		if (oddities & weights[i].oddity)
			sum += weights[i].weight;
	return sum;
}

static bool is_repeated(const struct history *history, const struct history_reset *reset)
{
	const struct history_reset *end = history->resets +
		(history->resets_count < HISTORY_MAX_RESETS ? history->resets_count
							    : HISTORY_MAX_RESETS);

	for (const struct history_reset *later = reset + 1; later < end; later++)
		if (later->from == reset->from && !(later->oddities & ODDITY_IGNORED))
			return true;
	return false;
}

bool doubt_is_ignored(const struct history *history, const struct history_reset *reset)
{
	if (reset->oddities & ODDITY_LIVED_ON)
		return true;
	return reset->oddities & ODDITY_IGNORED && !is_repeated(history, reset);
}
