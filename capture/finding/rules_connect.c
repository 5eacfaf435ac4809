/* SPDX-License-Identifier: MIT */
/* Connections that one end or both never had. */
#include "see.h"

/* RFC 9293 3.5.2 group 1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
static bool is_refused(const struct view *view)
{
	return view->shape == SHAPE_ANSWER && view->closer == HISTORY_OTHER &&
		view->peer->has_syn && view->reset->segment.ack >= 1;
}

static bool is_refused_by_another(const struct view *view)
{
	return is_refused(view) && view->surroundings->server_ttl &&
		view->surroundings->server_ttl != view->reset->segment.ttl;
}

/* A reset without ACK is no answer to a SYN (RFC 9293 3.10.7.3: it is dropped). */
static bool is_refused_wrongly(const struct view *view)
{
	return view->shape == SHAPE_GONE && view->closer == HISTORY_OTHER && view->peer->has_syn &&
		!view->own->is_begun;
}

/* Who had sent the SYN answers the SYN,ACK like a host without the socket. */
static bool is_abandoned(const struct view *view)
{
	return view->shape == SHAPE_GONE && view->closer == HISTORY_OPENER && view->own->has_syn &&
		view->reset->trigger.flags & SEGMENT_SYN &&
		view->reset->trigger.flags & SEGMENT_ACK && !view->peer->acked;
}

/* The listening end sent its SYN,ACK and never acknowledged more than the SYN. */
static bool is_unaccepted(const struct view *view)
{
	return view->shape == SHAPE_GONE && view->closer == HISTORY_OTHER &&
		view->own->has_syn_ack && !view->own->bytes && !view->reset->after_own_fin &&
		view->peer->has_syn && view->peer->acked <= 1 && view->reset->segment.seq == 1;
}

static bool is_unaccepted_late(const struct view *view)
{
	return is_unaccepted(view) && view->history->idle_ns >= 30 * SECOND;
}

static bool is_unanswered(const struct view *view)
{
	const struct history *history = view->history;

	return !view->reset && history->directions[HISTORY_OPENER].has_syn &&
		!history->directions[HISTORY_OTHER].is_begun &&
		!history->directions[HISTORY_OPENER].bytes;
}

static bool is_unanswered_by_a_busy_one(const struct view *view)
{
	return is_unanswered(view) && view->surroundings->accepted_earlier_frame &&
		!view->surroundings->refused_later_frame;
}

/* The capture ended before a SYN would have been repeated (RFC 6298 2.1: after a second): the
 * answer may be the very next frame. */
static bool is_unanswered_so_far(const struct view *view)
{
	return is_unanswered(view) && view->history->is_cut &&
		view->history->directions[HISTORY_OPENER].syns < 2 &&
		view->history->seen_until_ns - view->history->ended_ns < SECOND;
}

static bool is_syn_ack_unanswered(const struct view *view)
{
	const struct history_direction *opener = &view->history->directions[HISTORY_OPENER],
				       *other = &view->history->directions[HISTORY_OTHER];

	return !view->reset && opener->has_syn && other->has_syn_ack && !other->acked &&
		!other->has_syn && other->syns >= 2 && !opener->bytes && !opener->has_fin;
}

const struct rule rules_connect[] = {
	/* G7 with G18: a firewall's REJECT comes with another TTL than the host's own segments */
	{.when = is_refused_by_another,
		SAYS(2, 1, CAUSE_REFUSED, CAUSE_FORGED),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_reset, see_neighbours}},
	/* G7: tcp_v4_rcv() no_tcp_socket */
	{.when = is_refused,
		SAYS_ONE(CAUSE_REFUSED),
		.certainty = CERTAIN,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_neighbours}},
	{.when = is_refused_wrongly,
		SAYS(2, 1, CAUSE_FORGED, CAUSE_REFUSED),
		.certainty = LIKELY,
		.blame = BLAME_NETWORK,
		.seen = {see_reset, see_neighbours}},
	/* tcp_v4_rcv() no_tcp_socket at the opener: closed in SYN-SENT, or a scanner */
	{.when = is_abandoned,
		SAYS_ONE(CAUSE_CONNECT_ABANDONED),
		.certainty = CERTAIN,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_trigger, see_syns}},
	/* G8 or G10: after a silence a balancer that forgot looks the same */
	{.when = is_unaccepted_late,
		SAYS(2, 2, CAUSE_STATE_LOST, CAUSE_BACKLOG_OVERFLOW),
		.certainty = UNDECIDABLE,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_handshake, see_idle, see_trigger, see_neighbours}},
	/* G8: tcp_check_req() with tcp_abort_on_overflow, cookie_v4_check(), no listener */
	{.when = is_unaccepted,
		SAYS(2, 2, CAUSE_BACKLOG_OVERFLOW, CAUSE_STATE_LOST),
		.certainty = UNDECIDABLE,
		.blame = BLAME_CLOSER,
		.seen = {see_reset, see_handshake, see_trigger, see_neighbours}},
	{.when = is_unanswered_so_far,
		SAYS(3, 3, CAUSE_OPEN, CAUSE_SYN_UNANSWERED, CAUSE_BACKLOG_OVERFLOW),
		.certainty = UNDECIDABLE,
		.blame = BLAME_NOBODY,
		.seen = {see_syns, see_quiet}},
	/* G9: tcp_conn_request() drops the SYN when sk_acceptq_is_full() */
	{.when = is_unanswered_by_a_busy_one,
		SAYS(2, 2, CAUSE_BACKLOG_OVERFLOW, CAUSE_SYN_UNANSWERED),
		.certainty = UNDECIDABLE,
		.blame = BLAME_NOBODY,
		.seen = {see_syns, see_neighbours, see_quiet}},
	{.when = is_unanswered,
		SAYS(2, 2, CAUSE_SYN_UNANSWERED, CAUSE_BACKLOG_OVERFLOW),
		.certainty = UNDECIDABLE,
		.blame = BLAME_NOBODY,
		.seen = {see_syns, see_quiet}},
	/* inet_csk_reqsk_timer: nobody heard the SYN,ACK, or nobody wanted it */
	{.when = is_syn_ack_unanswered,
		SAYS_ONE(CAUSE_SYN_UNANSWERED),
		.certainty = LIKELY,
		.blame = BLAME_NOBODY,
		.seen = {see_syns, see_quiet}},
	{.when = NULL},
};
