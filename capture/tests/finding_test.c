/* SPDX-License-Identifier: MIT */
/* What is told of a connection -> what finding_make() says of its end. Each row is one signature
 * of those that were measured, or a neighbour that must not be taken for it. C opened, S accepted.
 */
#include "finding.h"

#include <string.h>

#include "run.h"
#include "tale.h"

static void request_unread(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	tale_wait(t, 5 * MS);
	tale_abort(t, S);
}

static void response_with_unread_rest(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 50000);
	tale_send(t, S, 200);
	tale_abort(t, S);
}

static void window_reopened(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 10);
	tale_send(t, C, 50000);
	tale_abort(t, S)->before.window = 100;
}

/* Nobody needs to hear of a window behind the FIN: it may have been read. */
static void window_reopened_behind_a_fin(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 10);
	tale_send(t, C, 50000);
	tale_fin(t, C);
	tale_abort(t, S)->before.window = 100;
}

/* The window of a SYN,ACK is not scaled (RFC 7323 2.2), so this one did not shrink. */
static void window_of_a_syn_ack(struct tale *t)
{
	tale_connect(t);
	t->history.directions[S].window_shift = 7;
	t->is_deaf[S] = true;
	tale_send(t, C, 500);
	t->is_deaf[S] = false;
	tale_abort(t, S)->before.window = 512;
}

/* A program that reads need not say so before the window has doubled. */
static void window_reopened_by_little(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 10);
	tale_send(t, C, 50000);
	tale_abort(t, S)->before.window = 400;
}

static void all_answered(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	tale_send(t, S, 5000);
	tale_abort(t, S);
}

static void aborted_without_input(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	tale_abort(t, C);
}

static void health_check(struct tale *t)
{
	tale_connect(t);
	tale_abort(t, C);
}

static void aborted_by_acceptor(struct tale *t)
{
	tale_connect(t);
	tale_abort(t, S);
}

static void greeting_then_abort(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 20);
	tale_abort(t, S);
}

static void fin_then_unread(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	tale_fin(t, S);
	tale_abort(t, S);
}

static void fin_answered_by_abort(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_send(t, S, 200);
	t->is_deaf[C] = true;
	tale_fin(t, S);
	t->is_deaf[C] = false;
	tale_abort(t, C);
}

static void after_close(struct tale *t, int64_t pause)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_fin(t, S);
	t->is_deaf[S] = true;
	tale_wait(t, pause);
	tale_send(t, C, 100);
	tale_gone(t, S);
}

static void data_after_close(struct tale *t)
{
	after_close(t, 3 * MS);
}

static void data_late_after_close(struct tale *t)
{
	after_close(t, 5000 * MS);
}

static void data_long_after_close(struct tale *t)
{
	after_close(t, 61000 * MS);
}

static void fin_long_after_close(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, S);
	t->is_deaf[S] = true;
	tale_wait(t, 61000 * MS);
	tale_fin(t, C);
	tale_gone(t, S);
}

static void probe_long_after_close(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, S);
	tale_wait(t, 5000 * MS);
	tale_ack(t, C);
	tale_gone(t, S);
}

static void crossed_after_idle(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 100);
	tale_send(t, S, 100);
	tale_wait(t, 5000 * MS);
	t->is_deaf[C] = true;
	tale_fin(t, S);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_gone(t, S);
}

/* curl --max-time: the client closes while it waits, then the answer comes. */
static void answer_after_giving_up(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 100);
	tale_send(t, C, 100);
	tale_wait(t, 5000 * MS);
	tale_fin(t, C);
	tale_send(t, S, 100);
	tale_gone(t, C);
}

/* The client gets its answer late, and closes with it unread. */
static void late_answer_unread(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 100);
	tale_send(t, C, 100);
	tale_wait(t, 5000 * MS);
	tale_send(t, S, 100);
	tale_abort(t, C);
}

static void crossed_without_idle(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[C] = true;
	tale_fin(t, S);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_gone(t, S);
}

static void request_reset_after_idle(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 100);
	tale_send(t, S, 100);
	tale_wait(t, 5000 * MS);
	tale_send(t, C, 100);
	tale_abort(t, S);
}

static void refused(struct tale *t)
{
	tale_syn(t);
	tale_gone(t, S);
}

/* Not Linux: with a window and options. */
static void refused_with_options(struct tale *t)
{
	struct history_segment *segment;

	tale_syn(t);
	segment = &tale_gone(t, S)->segment;
	segment->window = 1024;
	segment->options_length = 12;
	segment->has_timestamps = true;
}

static void refused_without_ack(struct tale *t)
{
	tale_syn(t);
	tale_gone(t, S)->segment.flags = SEGMENT_RST;
}

static void abandoned(struct tale *t)
{
	tale_syn(t);
	tale_syn_ack(t);
	tale_gone(t, C);
}

/* Who holds an old connection answers the SYN with its numbers; then nobody listens. */
static void cleared_and_refused(struct tale *t)
{
	tale_syn(t);
	tale_ack(t, S);
	t->last[S].ack = 70000;
	tale_gone(t, C);
	t->is_deaf[S] = true;
	tale_syn(t);
	tale_gone(t, S);
}

static void cleared_in_vain(struct tale *t)
{
	tale_syn(t);
	tale_ack(t, S);
	t->last[S].ack = 70000;
	tale_gone(t, C);
}

static void cleared_and_accepted(struct tale *t)
{
	cleared_in_vain(t);
	t->is_deaf[C] = false;
	tale_connect(t);
	tale_fin(t, C);
	tale_fin(t, S);
}

static void overflow(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = true;
	tale_send(t, C, 5);
	tale_gone(t, S);
}

/* It had acknowledged bytes, so it had the connection. */
static void forgotten_silently(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 5);
	t->is_deaf[S] = true;
	tale_send(t, C, 5);
	tale_gone(t, S);
	t->history.resets[0].segment.seq = 1;
}

static void overflow_or_forgotten(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = true;
	tale_wait(t, 350000 * MS);
	tale_send(t, C, 5);
	tale_gone(t, S);
}

static void syns_only(struct tale *t)
{
	tale_syn(t);
	tale_wait(t, 1000 * MS);
	tale_syn(t);
	tale_wait(t, 2000 * MS);
	tale_syn(t);
}

static void forgotten(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 100);
	tale_send(t, S, 100);
	tale_wait(t, 350000 * MS);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_gone(t, S);
}

static void forgotten_on_the_way(struct tale *t)
{
	struct history_reset *reset;

	forgotten(t);
	reset = &t->history.resets[0];
	reset->segment.ttl = 50;
	reset->segment.ipid = 9;
	reset->oddities = ODDITY_TTL | ODDITY_IPID;
}

static void probed(struct tale *t)
{
	tale_connect(t);
	tale_probe(t, C, 2);
	tale_abort(t, C);
}

static void gave_up(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_again(t, C, 4);
}

static void gave_up_and_answered_later(struct tale *t)
{
	gave_up(t);
	t->is_deaf[C] = true;
	tale_wait(t, 20000 * MS);
	tale_send(t, S, 100);
	t->history.directions[C].retransmissions_unheard = 4;
	tale_gone(t, C);
}

/* Bytes and FIN were lost, and came through at last; then come bytes for it. */
static void repeated_its_fin_and_was_answered(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_fin(t, C);
	tale_again(t, C, 2);
	t->is_deaf[S] = false;
	t->is_deaf[C] = true;
	tale_send(t, S, 100);
	t->history.directions[C].retransmissions_unheard = 2;
	tale_gone(t, C);
}

/* The other end never heard of the FIN. */
static void repeated_its_fin_in_vain(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_fin(t, C);
	tale_again(t, C, 8);
	t->is_deaf[C] = true;
	tale_wait(t, 100000 * MS);
	tale_send(t, S, 100);
	t->history.directions[C].retransmissions_unheard = 8;
	tale_gone(t, C);
}

static void half_open(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	t->history.foreign_syn =
		(struct history_segment){.frame = ++t->frame, .flags = SEGMENT_SYN};
	tale_ack(t, S);
	t->history.foreign_answer = t->last[S];
	tale_gone(t, C);
}

static void linger2(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_fin(t, S);
	tale_gone(t, S);
}

static void assassinated(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, C);
	tale_fin(t, S);
	tale_ack(t, C); /* of an old segment */
	tale_gone(t, S);
}

/* Who closed first is reset itself: no TIME-WAIT of the other end is ended by that. */
static void forgot_its_time_wait(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, S);
	tale_fin(t, C);
	tale_ack(t, C);
	tale_gone(t, S);
}

static void orderly(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_send(t, S, 10);
	tale_fin(t, C);
	tale_fin(t, S);
}

static void simultaneous(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[S] = t->is_deaf[C] = true;
	tale_fin(t, C);
	tale_fin(t, S);
	t->is_deaf[S] = t->is_deaf[C] = false;
	tale_ack(t, C);
	tale_ack(t, S);
}

static void half_closed(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, C);
	tale_send(t, S, 10);
	tale_wait(t, 100000 * MS);
}

static void half_closed_just_now(struct tale *t)
{
	tale_connect(t);
	tale_fin(t, C);
}

static void close_wait(struct tale *t)
{
	tale_connect(t);
	tale_send(t, S, 10);
	tale_fin(t, C);
	tale_wait(t, 100000 * MS);
}

static void open_still(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
}

static void self_connected(struct tale *t)
{
	tale_syn(t);
	t->history.is_self_connected = true;
}

static void mptcp(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_abort(t, S)->segment.has_mptcp = true;
}

/* Genuine resets with one thing that is odd. */
static void odd_ttl(struct tale *t)
{
	request_unread(t);
	t->history.resets[0].oddities = ODDITY_TTL;
}

static void odd_payload(struct tale *t)
{
	request_unread(t);
	t->history.resets[0].oddities = ODDITY_PAYLOAD;
}

/* The host's own TTL, not that of the socket; no options. */
static void odd_but_gone(struct tale *t)
{
	data_after_close(t);
	t->history.resets[0].oddities = ODDITY_TTL | ODDITY_TIMESTAMPS | ODDITY_PAYLOAD;
}

/* RFC 9293 3.10.7.1: what has no ACK draws <SEQ=0>, wherever that lies. */
static void answered_no_ack(struct tale *t)
{
	struct history_reset *reset;

	request_unread(t);
	t->last[C].flags = SEGMENT_FIN;
	reset = tale_gone(t, S);
	reset->segment.flags = SEGMENT_RST | SEGMENT_ACK;
	reset->oddities = ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE;
}

static void early_but_unseen(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	t->is_deaf[S] = true;
	tale_send(t, C, 300);
	tale_abort(t, S)->oddities = ODDITY_TOO_EARLY | ODDITY_TTL;
}

static void forged(struct tale *t)
{
	request_unread(t);
	t->history.resets[0].oddities = ODDITY_TTL | ODDITY_IPID;
}

static void forged_every_way(struct tale *t)
{
	request_unread(t);
	t->history.resets[0].oddities = ODDITY_TTL | ODDITY_IPID | ODDITY_TIMESTAMPS | ODDITY_ACK |
		ODDITY_PAYLOAD | ODDITY_SEQ_BEYOND;
	t->history.resets[0].segment.payload = 10;
}

static void forged_gone(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 300);
	tale_gone(t, S)->oddities = ODDITY_TTL | ODDITY_IPID;
	t->history.resets[0].segment.ipid = 4242;
}

static void forged_and_lived_on(struct tale *t)
{
	tale_connect(t);
	tale_abort(t, S)->oddities = ODDITY_LIVED_ON;
	tale_send(t, S, 300);
	tale_fin(t, S);
	tale_fin(t, C);
}

static void challenged(struct tale *t)
{
	tale_connect(t);
	tale_abort(t, S)->oddities = ODDITY_SEQ_BEYOND | ODDITY_IGNORED;
	tale_ack(t, C);
	tale_send(t, C, 10);
}

/* RFC 5961 3.2: outside the window nothing is challenged; that it went on shows the forgery. */
static void ignored_outside(struct tale *t)
{
	tale_connect(t);
	tale_abort(t, S)->oddities =
		ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE | ODDITY_LIVED_ON | ODDITY_IGNORED;
	tale_send(t, S, 10);
}

/* What came before the reset was lost: the challenge is answered by the host that had reset. */
static void challenged_and_meant(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_abort(t, S)->oddities = ODDITY_IGNORED;
	tale_ack(t, C);
	tale_gone(t, S);
}

#define NONE CAUSE_COUNT

struct row {
	const char *name;
	void (*tell)(struct tale *);
	enum cause first, second; /* NONE: the second does not matter */
	enum certainty certainty;
	enum finding_ender ender;
	struct surroundings around;
	int64_t unread; /* of what C or S sent, whichever is not 0 */
};

#define ALONE                          \
	{                              \
		.stray_of = UINT32_MAX \
	}

static const struct row rows[] = {
	{"G1 request unread", request_unread, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE,
		ENDER_OTHER, ALONE, 300},
	{"G1 early response", response_with_unread_rest, CAUSE_UNREAD_DATA, CAUSE_ABORT,
		UNDECIDABLE, ENDER_OTHER, ALONE, 50000},
	{"G1 window reopened", window_reopened, CAUSE_UNREAD_DATA, CAUSE_ABORT, LIKELY, ENDER_OTHER,
		ALONE, 50000},
	{"G1 window reopened by little", window_reopened_by_little, CAUSE_UNREAD_DATA, CAUSE_ABORT,
		UNDECIDABLE, ENDER_OTHER, ALONE, 50000},
	{"G1 window reopened behind a FIN", window_reopened_behind_a_fin, CAUSE_UNREAD_DATA,
		CAUSE_ABORT, UNDECIDABLE, ENDER_OPENER, ALONE, 50000},
	{"G1 window of a SYN,ACK", window_of_a_syn_ack, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE,
		ENDER_OTHER, ALONE, 500},
	{"G2 all answered", all_answered, CAUSE_ABORT, CAUSE_UNREAD_DATA, UNDECIDABLE, ENDER_OTHER,
		ALONE, 300},
	{"G2 without input", aborted_without_input, CAUSE_ABORT, NONE, CERTAIN, ENDER_OPENER,
		ALONE},
	{"G2 health check", health_check, CAUSE_ABORT, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G2 greeting", greeting_then_abort, CAUSE_ABORT, NONE, CERTAIN, ENDER_OTHER, ALONE},
	{"G2 or G3", aborted_by_acceptor, CAUSE_ABORT, CAUSE_LISTENER_CLOSED, UNDECIDABLE,
		ENDER_OTHER, ALONE},
	{"G3 refused afterwards", aborted_by_acceptor, CAUSE_LISTENER_CLOSED, NONE, LIKELY,
		ENDER_OTHER, {.stray_of = UINT32_MAX, .refused_later_frame = 99}},
	{"G3 with others, and input", request_unread, CAUSE_LISTENER_CLOSED, CAUSE_UNREAD_DATA,
		LIKELY, ENDER_OTHER, {.stray_of = UINT32_MAX, .reset_together = 3}, 300},
	{"G3 not once it answered", all_answered, CAUSE_ABORT, CAUSE_UNREAD_DATA, UNDECIDABLE,
		ENDER_OTHER,
		{.stray_of = UINT32_MAX, .reset_together = 3, .refused_later_frame = 99}, 300},
	{"G4", fin_then_unread, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE, ENDER_OTHER, ALONE,
		300},
	{"G5", fin_answered_by_abort, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE, ENDER_OTHER,
		ALONE, 200},
	{"G6", data_after_close, CAUSE_DATA_AFTER_CLOSE, NONE, CERTAIN, ENDER_OTHER, ALONE},
	{"G6 or G15", data_late_after_close, CAUSE_DATA_AFTER_CLOSE, CAUSE_ORPHAN_EXPIRED,
		UNDECIDABLE, ENDER_OTHER, ALONE},
	{"G15", data_long_after_close, CAUSE_ORPHAN_EXPIRED, CAUSE_DATA_AFTER_CLOSE, LIKELY,
		ENDER_OTHER, ALONE},
	{"G15 drawn by a FIN", fin_long_after_close, CAUSE_ORPHAN_EXPIRED, CAUSE_STATE_LOST, LIKELY,
		ENDER_OTHER, ALONE},
	{"G15 drawn by a probe", probe_long_after_close, CAUSE_ORPHAN_EXPIRED, CAUSE_LINGER2,
		LIKELY, ENDER_OTHER, ALONE},
	{"M12 after idle", crossed_after_idle, CAUSE_KEEP_ALIVE_RACE, CAUSE_DATA_AFTER_CLOSE,
		LIKELY, ENDER_OTHER, ALONE},
	{"M12 at once", crossed_without_idle, CAUSE_DATA_AFTER_CLOSE, CAUSE_KEEP_ALIVE_RACE,
		UNDECIDABLE, ENDER_OTHER, ALONE},
	{"M11 after idle", request_reset_after_idle, CAUSE_KEEP_ALIVE_RACE, CAUSE_UNREAD_DATA,
		UNDECIDABLE, ENDER_OTHER, ALONE, 200},
	{"gave up waiting", answer_after_giving_up, CAUSE_DATA_AFTER_CLOSE, NONE, CERTAIN,
		ENDER_OPENER, ALONE},
	{"late answer unread", late_answer_unread, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE,
		ENDER_OPENER, ALONE, 200},
	{"G7", refused, CAUSE_REFUSED, NONE, CERTAIN, ENDER_OTHER, ALONE},
	{"G7 with options", refused_with_options, CAUSE_REFUSED, NONE, CERTAIN, ENDER_OTHER, ALONE},
	{"G7 from a firewall", refused, CAUSE_REFUSED, CAUSE_FORGED, LIKELY, ENDER_NETWORK,
		{.stray_of = UINT32_MAX, .server_ttl = 55}},
	{"G7 without ACK", refused_without_ack, CAUSE_FORGED, CAUSE_REFUSED, LIKELY, ENDER_NETWORK,
		ALONE},
	{"abandoned", abandoned, CAUSE_CONNECT_ABANDONED, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"cleared, then refused", cleared_and_refused, CAUSE_REFUSED, NONE, CERTAIN, ENDER_OTHER,
		ALONE},
	{"cleared in vain", cleared_in_vain, CAUSE_HALF_OPEN_REUSE, NONE, LIKELY, ENDER_OPENER,
		ALONE},
	{"cleared, then accepted", cleared_and_accepted, CAUSE_ORDERLY, NONE, CERTAIN, ENDER_OPENER,
		ALONE},
	{"G8", overflow, CAUSE_BACKLOG_OVERFLOW, CAUSE_STATE_LOST, UNDECIDABLE, ENDER_OTHER, ALONE},
	{"not G8", forgotten_silently, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G8 or G10", overflow_or_forgotten, CAUSE_STATE_LOST, CAUSE_BACKLOG_OVERFLOW, UNDECIDABLE,
		ENDER_OTHER, ALONE},
	{"G9 of an unknown port", syns_only, CAUSE_SYN_UNANSWERED, CAUSE_BACKLOG_OVERFLOW,
		UNDECIDABLE, ENDER_NOBODY, ALONE},
	{"G9", syns_only, CAUSE_BACKLOG_OVERFLOW, CAUSE_SYN_UNANSWERED, UNDECIDABLE, ENDER_NOBODY,
		{.stray_of = UINT32_MAX, .accepted_earlier_frame = 1}},
	{"G10", forgotten, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G10 with G18", forgotten_on_the_way, CAUSE_STATE_LOST, CAUSE_FORGED, LIKELY,
		ENDER_NETWORK, ALONE},
	{"G11", probed, CAUSE_KEEPALIVE_TIMEOUT, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G12", gave_up, CAUSE_RETRANSMISSION_TIMEOUT, NONE, CERTAIN, ENDER_NOBODY, ALONE},
	{"G12 answered later", gave_up_and_answered_later, CAUSE_RETRANSMISSION_TIMEOUT,
		CAUSE_STATE_LOST, LIKELY, ENDER_OPENER, ALONE},
	{"G12 not once its FIN was heard", repeated_its_fin_and_was_answered,
		CAUSE_DATA_AFTER_CLOSE, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G12 with a FIN", repeated_its_fin_in_vain, CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_STATE_LOST,
		LIKELY, ENDER_OPENER, ALONE},
	{"G13", half_open, CAUSE_HALF_OPEN_REUSE, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G16", linger2, CAUSE_LINGER2, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"RFC 1337", assassinated, CAUSE_TIME_WAIT_ASSASSINATION, NONE, CERTAIN, ENDER_OPENER,
		ALONE},
	{"not RFC 1337", forgot_its_time_wait, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G17", forgotten, CAUSE_STRAY_SEGMENT, CAUSE_STATE_LOST, LIKELY, ENDER_NETWORK,
		{.stray_of = 7}},
	{"orderly", orderly, CAUSE_ORDERLY, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"orderly by both", simultaneous, CAUSE_ORDERLY, NONE, CERTAIN, ENDER_BOTH, ALONE},
	{"half-closed in use", half_closed, CAUSE_HALF_CLOSED, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"half-closed just now", half_closed_just_now, CAUSE_HALF_CLOSED, NONE, CERTAIN,
		ENDER_OPENER, ALONE},
	{"G25", close_wait, CAUSE_NEVER_CLOSED, CAUSE_HALF_CLOSED, LIKELY, ENDER_OPENER, ALONE},
	{"open", open_still, CAUSE_OPEN, NONE, CERTAIN, ENDER_NOBODY, ALONE},
	{"G23", self_connected, CAUSE_SELF_CONNECT, NONE, CERTAIN, ENDER_NOBODY, ALONE},
	{"G24", mptcp, CAUSE_MPTCP_ABORT, NONE, CERTAIN, ENDER_OTHER, ALONE},
	{"one oddity: TTL", odd_ttl, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE, ENDER_OTHER,
		ALONE, 300},
	{"one oddity: payload", odd_payload, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE,
		ENDER_OTHER, ALONE, 300},
	{"no oddity of a host without the socket", odd_but_gone, CAUSE_DATA_AFTER_CLOSE, NONE,
		CERTAIN, ENDER_OTHER, ALONE},
	{"no oddity of what answers no ACK", answered_no_ack, CAUSE_UNREAD_DATA, CAUSE_ABORT,
		UNDECIDABLE, ENDER_OTHER, ALONE, 300},
	{"no oddity of close() at any time", early_but_unseen, CAUSE_UNREAD_DATA, CAUSE_ABORT,
		UNDECIDABLE, ENDER_OTHER, ALONE, 300},
	{"G18", forged, CAUSE_FORGED, NONE, LIKELY, ENDER_NETWORK, ALONE},
	{"G18 to G21", forged_every_way, CAUSE_FORGED, NONE, LIKELY, ENDER_NETWORK, ALONE},
	{"G18 bare", forged_gone, CAUSE_FORGED, NONE, LIKELY, ENDER_NETWORK, ALONE},
	{"G19", forged_and_lived_on, CAUSE_FORGED, NONE, LIKELY, ENDER_NETWORK, ALONE},
	{"G22", challenged, CAUSE_CHALLENGED, CAUSE_FORGED, LIKELY, ENDER_NETWORK, ALONE},
	{"G18 outside the window", ignored_outside, CAUSE_FORGED, NONE, LIKELY, ENDER_NETWORK,
		ALONE},
	{"not G22", challenged_and_meant, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE, ENDER_OTHER,
		ALONE, 10},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static void check_row(const struct row *row, const struct finding *finding)
{
	ck_assert_msg(finding->causes[0] == row->first, "%s: want %s, saw %s", row->name,
		cause_name(row->first), cause_name(finding->causes[0]));
	if (row->second != NONE)
		ck_assert_msg(finding->n_causes > 1 && finding->causes[1] == row->second,
			"%s: want %s second, saw %s of %u", row->name, cause_name(row->second),
			cause_name(finding->causes[1]), finding->n_causes);
	ck_assert_msg(finding->certainty == row->certainty, "%s: want certainty %d, saw %d",
		row->name, row->certainty, finding->certainty);
	ck_assert_msg(finding->ender == row->ender, "%s: want ender %d, saw %d", row->name,
		row->ender, finding->ender);
	if (row->unread)
		ck_assert_msg(finding->maybe_unread[C] + finding->maybe_unread[S] == row->unread,
			"%s: want %lld unread, saw %lld", row->name, (long long)row->unread,
			(long long)(finding->maybe_unread[C] + finding->maybe_unread[S]));
}

/* What goes for every finding. */
static void check_form(const struct row *row, const struct finding *finding)
{
	char text[200];

	ck_assert_msg(
		finding->n_causes >= 1 && finding->n_causes <= FINDING_MAX_CAUSES, "%s", row->name);
	ck_assert_msg(
		(finding->n_same > 1) == (finding->certainty == UNDECIDABLE), "%s", row->name);
	ck_assert_msg(finding->n_same <= finding->n_causes, "%s", row->name);
	ck_assert_msg(finding->n_evidence > 0 || finding->causes[0] == CAUSE_OPEN, "%s", row->name);
	for (unsigned i = 0; i < finding->n_evidence; i++) {
		finding_evidence_print(finding, i, NULL, text, sizeof(text));
		ck_assert_msg(!strchr(text, '?') && strlen(text) > 10, "%s: %s", row->name, text);
	}
	/* Where two are possible, a person is told what would decide. */
	if (finding->certainty != CERTAIN && finding->n_causes > 1)
		ck_assert_msg(finding_decides(finding), "%s: nothing decides", row->name);
	else
		ck_assert_msg(!finding_decides(finding), "%s: nothing is open", row->name);
}

START_TEST(row_found)
{
	const struct row *row = &rows[_i];
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	row->tell(&tale);
	finding_make(tale_end(&tale, 20000 * MS), &row->around, &finding);
	check_row(row, &finding);
	check_form(row, &finding);
}
END_TEST

/* What a reset is accused of, a person is shown. */
START_TEST(every_oddity_is_shown)
{
	struct finding finding, without;
	struct tale tale;

	for (unsigned bit = 0; bit < 11; bit++) {
		tale_begin(&tale);
		request_unread(&tale);
		tale.history.resets[0].oddities = 1u << bit | ODDITY_CLIMBING | ODDITY_LIVED_ON;
		finding_make(tale_end(&tale, 0), NULL, &finding);
		ck_assert_int_eq(finding.certainty, LIKELY);
		ck_assert_uint_ge(finding.n_evidence, 2);
		tale.history.resets[0].oddities = ODDITY_CLIMBING | ODDITY_LIVED_ON;
		if (1u << bit & tale.history.resets[0].oddities)
			continue;
		finding_make(&tale.history, NULL, &without);
		ck_assert_msg(finding.n_evidence > without.n_evidence, "oddity %u", bit);
	}
}
END_TEST

START_TEST(nothing_known_of_others)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	request_unread(&tale);
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.causes[0], CAUSE_UNREAD_DATA);
	ck_assert_int_eq(finding.n_same, 3); /* it may have waited in the listener's queue */
	ck_assert_int_eq(finding.causes[2], CAUSE_LISTENER_CLOSED);
}
END_TEST

START_TEST(bytes_unacknowledged)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	gave_up(&tale);
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.unacknowledged[C], 100);
	ck_assert_int_eq(finding.unacknowledged[S], 0);
	/* the capture ended while it still tried */
	ck_assert_int_eq(finding.certainty, LIKELY);
}
END_TEST

START_TEST(windows_in_bytes)
{
	struct finding finding;
	struct tale tale;
	bool is_shown = false;

	tale_begin(&tale);
	window_reopened(&tale);
	tale.history.directions[S].window_shift = 7;
	finding_make(tale_end(&tale, 0), NULL, &finding);
	for (unsigned i = 0; i < finding.n_evidence; i++) {
		if (finding.evidence[i].kind != EVIDENCE_WINDOW)
			continue;
		ck_assert_int_eq(finding.evidence[i].a, 512 << 7);
		ck_assert_int_eq(finding.evidence[i].b, 100 << 7);
		is_shown = true;
	}
	ck_assert(is_shown);
}
END_TEST

/* What was sent before the capture began, or in the direction that it lacks, may lie unread. */
START_TEST(half_seen)
{
	struct finding finding;
	struct tale tale;

	for (unsigned i = 0; i < 2; i++) {
		tale_begin(&tale);
		aborted_without_input(&tale);
		if (i)
			tale.history.is_midstream = true;
		else
			tale.history.directions[S].is_begun = false;
		finding_make(tale_end(&tale, 0), NULL, &finding);
		ck_assert_int_eq(finding.certainty, UNDECIDABLE);
		ck_assert_uint_eq(finding.n_same, 2);
		for (unsigned j = 0; j < finding.n_evidence; j++)
			ck_assert_int_ne(finding.evidence[j].kind, EVIDENCE_INPUT_NONE);
	}
}
END_TEST

/* Of a connection of which only one direction was captured nothing is certain. */
START_TEST(one_way)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	data_after_close(&tale);
	tale.history.is_midstream = true;
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.certainty, CERTAIN);
	tale.history.directions[C].is_begun = false;
	finding_make(&tale.history, NULL, &finding);
	ck_assert_int_eq(finding.causes[0], CAUSE_DATA_AFTER_CLOSE);
	ck_assert_int_eq(finding.certainty, LIKELY);
}
END_TEST

START_TEST(names_are_inverse)
{
	enum cause back;

	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		ck_assert_ptr_nonnull(cause_name((enum cause)i));
		ck_assert(cause_parse(cause_name((enum cause)i), &back));
		ck_assert_uint_eq(back, i);
	}
	ck_assert(!cause_parse("no such cause", &back));
}
END_TEST

START_TEST(sentence_is_cut)
{
	struct finding finding = {.n_evidence = 1};
	char text[12];

	finding.evidence[0].kind = EVIDENCE_SAME_PORTS;
	ck_assert_str_eq(
		finding_evidence_print(&finding, 0, NULL, text, sizeof(text)), "both ends h");
	ck_assert_str_eq(finding_evidence_print(&finding, 1, NULL, text, sizeof(text)), "");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("finding");

	tcase_add_loop_test(tcase, row_found, 0, ROWS);
	tcase_add_test(tcase, every_oddity_is_shown);
	tcase_add_test(tcase, nothing_known_of_others);
	tcase_add_test(tcase, bytes_unacknowledged);
	tcase_add_test(tcase, windows_in_bytes);
	tcase_add_test(tcase, half_seen);
	tcase_add_test(tcase, one_way);
	tcase_add_test(tcase, names_are_inverse);
	tcase_add_test(tcase, sentence_is_cut);
	return tcase_run(tcase);
}
