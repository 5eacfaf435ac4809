/* SPDX-License-Identifier: MIT */
/* Resets from a socket that still lives: tcp_send_active_reset(). __tcp_close() sends one if bytes
 * are unread (RFC 2525 2.17), tcp_disconnect() for zero linger, connect(AF_UNSPEC), SOCK_DESTROY
 * and what waits in a listener's queue. The bytes are the same; what came before may tell. */
#include "see.h"

static bool is_alive(const struct view *view)
{
	return view->shape == SHAPE_ALIVE;
}

/* Of an end that has sent no byte so far, a program may never have had it. */
static bool may_be_queued(const struct view *view)
{
	return is_alive(view) && view->closer == HISTORY_OTHER && !view->own->bytes &&
		!view->reset->after_own_fin;
}

/* inet_csk_listen_stop() resets all that waits in one go; then nobody listens any more. */
static bool is_listener_gone(const struct view *view)
{
	return may_be_queued(view) && view->surroundings->refused_later_frame;
}

/* One loop takes microseconds for each. */
static bool is_one_of_many(const struct view *view)
{
	const struct surroundings *around = view->surroundings;

	return may_be_queued(view) && around->reset_together >= 2 &&
		around->reset_together_ns <= around->reset_together * (SECOND / 20000);
}

static bool has_no_input(const struct view *view)
{
	return is_alive(view) && !view_input(view) && view_is_whole(view);
}

static bool is_queued_without_input(const struct view *view)
{
	return has_no_input(view) && may_be_queued(view);
}

static bool has_no_input_after_fin(const struct view *view)
{
	return has_no_input(view) && view->reset->after_own_fin;
}

/* __tcp_close() empties the receive queue before it sends the reset, whose window has grown by what
 * was thrown away. A program that reads makes tcp_cleanup_rbuf() say so at the latest when the
 * window doubles, so from there on it was not read. Behind a FIN it says nothing any more. */
static bool is_window_reopened(const struct view *view)
{
	int64_t before, now;

	if (!is_alive(view) || !view_input(view) || view->reset->after_peer_fin ||
		!view->reset->before.frame || view->reset->before.flags & SEGMENT_SYN)
		return false;
	before = view_window(view, &view->reset->before);
	now = view_window(view, &view->reset->segment);
	return now >= 2 * before && now > before;
}

/* A request woke the connection up, and was answered by a reset, at once. */
static bool is_race(const struct view *view)
{
	return is_alive(view) && view_may_race(view) && !view->reset->after_own_fin &&
		view_was_idle(view, !view->closer) && view_input(view) &&
		view->own->last_data_ns < view->peer->last_data_ns &&
		view->reset->segment.time_ns - view->peer->last_data_ns < SECOND;
}

static bool is_answering_fin(const struct view *view)
{
	return is_alive(view) && view->reset->after_peer_fin && !view->reset->after_own_fin;
}

/* Little input, and all of it is older than the last answer. */
static bool has_answered_all(const struct view *view)
{
	return is_alive(view) && view->own->last_data_ns > view->peer->last_data_ns &&
		view_input(view) < 16384;
}

const struct rule rules_alive[] = {
	/* G3: inet_csk_listen_stop(), inet_child_forget() */
	{.when = is_listener_gone,
		SAYS(3, 1, CAUSE_LISTENER_CLOSED, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_input, see_neighbours}},
	{.when = is_one_of_many,
		SAYS(3, 1, CAUSE_LISTENER_CLOSED, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_input, see_neighbours}},
	/* G2 or G3: tcp_disconnect() both */
	{.when = is_queued_without_input,
		SAYS(2, 2, CAUSE_ABORT, CAUSE_LISTENER_CLOSED),
		.certainty = UNDECIDABLE,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_input}},
	/* G4 without input: __tcp_close() in FIN-WAIT-2 with linger2 < 0, or zero linger */
	{.when = has_no_input_after_fin,
		SAYS(2, 2, CAUSE_ABORT, CAUSE_LINGER2),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input}},
	/* G2: nothing can be unread */
	{.when = has_no_input,
		SAYS_ONE(CAUSE_ABORT),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input}},
	/* G1 */
	{.when = is_window_reopened,
		SAYS(2, 1, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input, see_window}},
	/* G1 = M11: B041-B049 */
	{.when = is_race,
		SAYS(3, 3, CAUSE_KEEP_ALIVE_RACE, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input, see_idle, see_trigger}},
	/* G5 */
	{.when = is_answering_fin,
		SAYS(2, 2, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input, see_window, see_trigger}},
	/* G1, G2 or G3 */
	{.when = may_be_queued,
		SAYS(3, 3, CAUSE_UNREAD_DATA, CAUSE_ABORT, CAUSE_LISTENER_CLOSED),
		.certainty = UNDECIDABLE,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_fin, see_input, see_window}},
	{.when = has_answered_all,
		SAYS(2, 2, CAUSE_ABORT, CAUSE_UNREAD_DATA),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input, see_window}},
	{.when = is_alive,
		SAYS(2, 2, CAUSE_UNREAD_DATA, CAUSE_ABORT),
		.certainty = UNDECIDABLE,
		.blame = BLAME_FIRST,
		.seen = {see_reset, see_fin, see_input, see_window}},
	{.when = NULL},
};
