/* SPDX-License-Identifier: MIT */
/* What the programs at both ends did not bring about alone: a connection to itself, another
 * connection on the same addresses, something on the way. */
#include "doubt.h"
#include "see.h"

static bool is_self_connected(const struct view *view)
{
	return view->history->is_self_connected;
}

static bool is_mptcp(const struct view *view)
{
	return view->reset && view->reset->segment.has_mptcp;
}

/* RFC 9293 3.5.1: the old end answers the new SYN with what it holds; that number is foreign to who
 * sent the SYN, who resets it. */
static bool is_reset_by_newcomer(const struct view *view)
{
	const struct history *history = view->history;

	return history->foreign_syn.frame && history->foreign_answer.frame && view->reset &&
		view->shape == SHAPE_GONE &&
		view->reset->segment.frame > history->foreign_answer.frame &&
		view->reset->segment.seq == history->foreign_answer.ack;
}

static bool has_foreign_syn(const struct view *view)
{
	return view->history->foreign_syn.frame && view->history->foreign_answer.frame &&
		!view->reset;
}

/* The same, where the old connection was not in the capture, and no new one came of it. */
static bool is_clearing_in_vain(const struct view *view)
{
	return view->reset && view_is_clearing(view->history, view->reset);
}

/* RFC 1337 1: an old segment draws an ACK from TIME-WAIT, and this a reset from the end that had
 * gone to CLOSED already. */
static bool is_assassination(const struct view *view)
{
	const struct history_reset *reset = view->reset;

	return view->shape == SHAPE_GONE && reset->after_own_fin && reset->after_peer_fin &&
		!view_is_drawn_by_data(view) && !(reset->trigger.flags & SEGMENT_FIN) &&
		view->peer->fin.frame < view->own->fin.frame;
}

static bool is_stray(const struct view *view)
{
	return view->surroundings->stray_of != UINT32_MAX && view->reset;
}

static bool is_doubtful(const struct view *view)
{
	return view->doubted && doubt_weigh(view->history, view->doubted) >= DOUBT_ENOUGH;
}

/* A host that is asked after a long silence and answers in its own way: more likely something on
 * the way that forgot than something that attacks. */
static bool is_doubtful_after_silence(const struct view *view)
{
	return is_doubtful(view) && view->shape == SHAPE_GONE && !view->reset->after_own_fin &&
		view->doubted == view->reset && view->history->idle_ns >= 30 * SECOND &&
		view->reset->segment.seq == view->reset->trigger.ack &&
		!(view->doubted->oddities & ODDITY_LIVED_ON);
}

static const struct history_reset *ignored(const struct view *view)
{
	for (unsigned i = 0; i < view->history->resets_count && i < HISTORY_MAX_RESETS; i++)
		if (doubt_is_ignored(view->history, &view->history->resets[i]))
			return &view->history->resets[i];
	return NULL;
}

/* RFC 5961 3.2: in the window, but not exactly the next number. */
static bool is_challenged(const struct view *view)
{
	const struct history_reset *reset = ignored(view);

	return reset && reset->oddities & ODDITY_IGNORED && !(reset->oddities & ODDITY_SEQ_OUTSIDE);
}

const struct rule rules_odd[] = {
	/* G23: tcp_rcv_synsent_state_process(), RFC 9293 3.5 (simultaneous open) */
	{.when = is_self_connected,
		SAYS_ONE(CAUSE_SELF_CONNECT),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_same_ports, see_reset}},
	/* G24: RFC 8684 3.5, 3.6 */
	{.when = is_mptcp,
		SAYS_ONE(CAUSE_MPTCP_ABORT),
		.certainty = CERTAIN,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_mptcp, see_fin}},
	/* G13: tcp_validate_incoming(), tcp_send_challenge_ack(); RFC 9293 3.5.1 */
	{.when = is_reset_by_newcomer,
		SAYS_ONE(CAUSE_HALF_OPEN_REUSE),
		.certainty = CERTAIN,
		.blame = BLAME_CLOSER,
		.seen = {see_foreign_syn, see_reset, see_idle}},
	{.when = has_foreign_syn,
		SAYS(2, 1, CAUSE_HALF_OPEN_REUSE, CAUSE_OPEN),
		.certainty = LIKELY,
		.blame = BLAME_NOBODY,
		.seen = {see_foreign_syn, see_idle}},
	{.when = is_clearing_in_vain,
		SAYS_ONE(CAUSE_HALF_OPEN_REUSE),
		.certainty = LIKELY,
		.blame = BLAME_CLOSER,
		.seen = {see_syns, see_trigger, see_reset}},
	/* RFC 1337; tcp_timewait_state_process() */
	{.when = is_assassination,
		SAYS_ONE(CAUSE_TIME_WAIT_ASSASSINATION),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_both_fins, see_reset, see_trigger}},
	/* G17 */
	{.when = is_stray,
		SAYS(2, 1, CAUSE_STRAY_SEGMENT, CAUSE_STATE_LOST),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_stray, see_reset, see_trigger}},
	/* G22 */
	{.when = is_challenged,
		SAYS(2, 1, CAUSE_CHALLENGED, CAUSE_FORGED),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_reset, see_oddities, see_trigger}},
	/* G10 with G18 */
	{.when = is_doubtful_after_silence,
		SAYS(2, 1, CAUSE_STATE_LOST, CAUSE_FORGED),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_reset, see_idle, see_trigger, see_oddities}},
	/* G18-G21 */
	{.when = is_doubtful,
		SAYS_ONE(CAUSE_FORGED),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_reset, see_oddities, see_trigger}},
	{.when = NULL},
};
