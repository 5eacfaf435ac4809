/* SPDX-License-Identifier: MIT */
/* Resets from a host that has no socket (any more) for what it answers: tcp_v4_send_reset(). */
#include "see.h"

#define FIN_TIMEOUT (60 * SECOND) /* net.ipv4.tcp_fin_timeout, if nobody changed it */
#define FIN_TIMEOUT_LEAST SECOND /* the least that it can be set to */

static bool is_after_own_fin(const struct view *view)
{
	return view->shape == SHAPE_GONE && view->reset->after_own_fin;
}

/* Drawn by bytes behind its own FIN: nobody is there to read them (RFC 9293 3.10.7.4). */
static bool is_data_after_close(const struct view *view)
{
	return is_after_own_fin(view) && view_is_drawn_by_data(view);
}

static bool is_data_after_close_at_once(const struct view *view)
{
	return is_data_after_close(view) && view_pause(view) < FIN_TIMEOUT_LEAST;
}

static bool has_crossed(const struct view *view)
{
	return is_data_after_close_at_once(view) && view->reset->trigger.payload &&
		view->reset->trigger.ack <= view->own->fin.seq + view->own->fin.payload;
}

/* The closer had been silent for long, closes, and the request comes just then. */
static bool is_race(const struct view *view)
{
	return is_data_after_close_at_once(view) && view_may_race(view) &&
		view_was_idle(view, view->closer);
}

static bool is_data_after_expiry(const struct view *view)
{
	return is_data_after_close(view) && view_pause(view) >= FIN_TIMEOUT - SECOND;
}

static bool is_idle_reuse(const struct view *view)
{
	return is_data_after_close(view) && view_may_race(view) &&
		view_was_idle(view, view->closer);
}

/* FIN-WAIT-2 would acknowledge a FIN, and a probe: the pause ended it. */
static bool is_empty_after_expiry(const struct view *view)
{
	return is_after_own_fin(view) && !view->reset->after_peer_fin &&
		view_pause(view) >= FIN_TIMEOUT_LEAST;
}

/* The same behind the other end's FIN, which is its trigger. */
static bool is_fin_after_expiry(const struct view *view)
{
	return is_after_own_fin(view) && view->reset->trigger.flags & SEGMENT_FIN &&
		view_pause(view) >= FIN_TIMEOUT_LEAST;
}

static bool is_own_accord(const struct view *view)
{
	return is_after_own_fin(view) && !(view->reset->trigger.flags & SEGMENT_FIN) &&
		!view->reset->after_peer_fin;
}

static bool is_gone(const struct view *view)
{
	return view->shape == SHAPE_GONE || view->shape == SHAPE_ANSWER;
}

/* A sender waits for room for a whole segment (RFC 9293 3.8.6.2.1), which is this large at most. */
#define SEGMENT_MOST 65536
#define MUCH 16384 /* who has sent no more than this so far has hardly filled a window */

/* The FIN of a closed socket waits behind bytes for which the other end's window has no room; until
 * then it cannot be seen, and what comes is reset all the same. */
static bool may_be_held_up(const struct view *view)
{
	const struct history_reset *reset = view->shape == SHAPE_GONE ? view->reset : NULL;
	int64_t room, wanted;

	if (!reset || !reset->before.frame || reset->before.flags & SEGMENT_SYN ||
		!view->own->bytes || view->history->idle_ns >= 30 * SECOND)
		return false;
	room = (int64_t)reset->trigger.window << view->peer->window_shift;
	wanted = reset->before.payload;
	if (reset->segment.time_ns - view->own->last_data_ns < SECOND && view->own->bytes >= MUCH)
		wanted = SEGMENT_MOST;
	return room - reset->unacked < wanted || !room;
}

/* Nothing else was seen of who resets: perhaps the capture lacks its segments, its FIN too. */
static bool is_only_reset(const struct view *view)
{
	return is_gone(view) && !view->own->is_begun;
}

const struct rule rules_gone[] = {
	/* G6 after a silence that the FIN ended: B041-B056 */
	{.when = is_race,
		SAYS(2, 1, CAUSE_KEEP_ALIVE_RACE, CAUSE_DATA_AFTER_CLOSE),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_trigger, see_crossed, see_idle}},
	/* G6 = M12: sent before the FIN was known, a race with the close; of a pooled connection?
         */
	{.when = has_crossed,
		SAYS(2, 2, CAUSE_DATA_AFTER_CLOSE, CAUSE_KEEP_ALIVE_RACE),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_trigger, see_crossed}},
	/* G6: tcp_rcv_state_process() FIN-WAIT, tcp_timewait_state_process() */
	{.when = is_data_after_close_at_once,
		SAYS(2, 1, CAUSE_DATA_AFTER_CLOSE, CAUSE_KEEP_ALIVE_RACE),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_trigger}},
	/* G15: tcp_fin_time(), inet_twsk_schedule() */
	{.when = is_data_after_expiry,
		SAYS(2, 1, CAUSE_ORPHAN_EXPIRED, CAUSE_DATA_AFTER_CLOSE),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_pause, see_trigger, see_idle}},
	/* G6 or G15 with another tcp_fin_timeout */
	{.when = is_idle_reuse,
		SAYS(3, 3, CAUSE_DATA_AFTER_CLOSE, CAUSE_ORPHAN_EXPIRED, CAUSE_KEEP_ALIVE_RACE),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_pause, see_trigger, see_idle}},
	{.when = is_data_after_close,
		SAYS(2, 2, CAUSE_DATA_AFTER_CLOSE, CAUSE_ORPHAN_EXPIRED),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_pause, see_trigger}},
	{.when = is_fin_after_expiry,
		SAYS(2, 1, CAUSE_ORPHAN_EXPIRED, CAUSE_STATE_LOST),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_pause, see_trigger}},
	{.when = is_empty_after_expiry,
		SAYS(2, 1, CAUSE_ORPHAN_EXPIRED, CAUSE_LINGER2),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_pause, see_trigger}},
	/* G16: tcp_rcv_state_process() with linger2 < 0, tcp_check_oom() */
	{.when = is_own_accord,
		SAYS_ONE(CAUSE_LINGER2),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_trigger, see_pause}},
	{.when = is_only_reset,
		SAYS(3, 1, CAUSE_STATE_LOST, CAUSE_DATA_AFTER_CLOSE, CAUSE_FORGED),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_trigger, see_idle}},
	/* G6 without its FIN: tcp_rcv_state_process() FIN-WAIT-1, tcp_send_fin() */
	{.when = may_be_held_up,
		SAYS(3, 1, CAUSE_DATA_AFTER_CLOSE, CAUSE_STATE_LOST, CAUSE_RETRANSMISSION_TIMEOUT),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_trigger, see_zero_window}},
	/* G10: tcp_v4_rcv() no_tcp_socket */
	{.when = is_gone,
		SAYS(2, 1, CAUSE_STATE_LOST, CAUSE_RETRANSMISSION_TIMEOUT),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_trigger, see_idle, see_unheard}},
	{.when = NULL},
};
