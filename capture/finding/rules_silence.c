/* SPDX-License-Identifier: MIT */
/* One end heard nothing any more, and gave up: by keepalive, by retransmission. */
#include "see.h"

enum { PROBES_ENOUGH = 2, RETRANSMISSIONS_ENOUGH = 2 };

static bool is_probed_in_vain(const struct view *view)
{
	return view->shape == SHAPE_ALIVE && view->reset->probes_unheard >= PROBES_ENOUGH;
}

static bool is_probed_once(const struct view *view)
{
	return view->shape == SHAPE_ALIVE && view->reset->probes_unheard;
}

/* Then its sender had closed, and all it had sent had come: it did not repeat itself in vain. */
static bool is_own_fin_heard(const struct view *view)
{
	return view->reset->after_own_fin &&
		view->reset->trigger.ack > view->own->fin.seq + view->own->fin.payload;
}

/* A host that gave up has no socket left for what comes later. */
static bool has_given_up_before(const struct view *view)
{
	return view->shape == SHAPE_GONE && !is_own_fin_heard(view) &&
		view->reset->retransmissions_unheard >= RETRANSMISSIONS_ENOUGH;
}

/* The end that repeats itself without an answer, or NULL. A last FIN that nobody acknowledges any
 * more loses nothing: who sent it may even have heard all there is. */
static const struct history_direction *repeating(const struct view *view)
{
	const struct history_direction *directions = view->history->directions;
	bool is_over = directions[0].has_fin && directions[1].has_fin;

	for (unsigned i = 0; i < 2 && !view->reset; i++)
		if (directions[i].retransmissions_unheard >= RETRANSMISSIONS_ENOUGH &&
			!(is_over && !view_unacknowledged(view->history, (enum history_end)i)))
			return &directions[i];
	return NULL;
}

/* Intervals double (RFC 6298 5.5), so the next would come about as long after the last as all of
 * them took together; half as much again, and a second, is proof that none comes. */
static bool has_stopped_repeating(const struct view *view)
{
	const struct history_direction *direction = repeating(view);
	int64_t since, begun;

	if (!direction)
		return false;
	begun = direction->last_data_ns > direction->fin.time_ns ? direction->last_data_ns
								 : direction->fin.time_ns;
	since = view->history->seen_until_ns - direction->last.time_ns;
	return since > (direction->last.time_ns - begun) * 3 / 2 + SECOND;
}

static bool is_repeating(const struct view *view)
{
	return repeating(view);
}

const struct rule rules_silence[] = {
	/* G11: tcp_keepalive_timer() */
	{.when = is_probed_in_vain,
		SAYS_ONE(CAUSE_KEEPALIVE_TIMEOUT),
		.certainty = CERTAIN,
		.blame = BLAME_CLOSER,
		.seen = {see_unheard, see_reset, see_idle}},
	{.when = is_probed_once,
		SAYS(2, 1, CAUSE_KEEPALIVE_TIMEOUT, CAUSE_ABORT),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_unheard, see_reset, see_idle}},
	/* G12: tcp_write_timeout(), tcp_write_err() sends nothing */
	{.when = has_given_up_before,
		SAYS(2, 1, CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_STATE_LOST),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_unheard, see_reset, see_trigger}},
	{.when = has_stopped_repeating,
		SAYS_ONE(CAUSE_RETRANSMISSION_TIMEOUT),
		.certainty = CERTAIN,
		.blame = BLAME_NOBODY,
		.seen = {see_unheard, see_zero_window, see_quiet}},
	{.when = is_repeating,
		SAYS(2, 1, CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_OPEN),
		.certainty = LIKELY,
		.blame = BLAME_NOBODY,
		.seen = {see_unheard, see_zero_window, see_quiet}},
	{.when = NULL},
};
