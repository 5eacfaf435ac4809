/* SPDX-License-Identifier: MIT */
/* Resets of a socket that still lived: unread data, or ABORT; and whose listener was closed. */
#include "finding_rows.h"

void request_unread(struct tale *t)
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

static void request_reset_after_idle(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 100);
	tale_send(t, S, 100);
	tale_wait(t, 5000 * MS);
	tale_send(t, C, 100);
	tale_abort(t, S);
}

static void mptcp(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_abort(t, S)->segment.has_mptcp = true;
}

static const struct finding_row rows[] = {
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
	{"M11 after idle", request_reset_after_idle, CAUSE_KEEP_ALIVE_RACE, CAUSE_UNREAD_DATA,
		UNDECIDABLE, ENDER_OTHER, ALONE, 200},
	{"late answer unread", late_answer_unread, CAUSE_UNREAD_DATA, CAUSE_ABORT, UNDECIDABLE,
		ENDER_OPENER, ALONE, 200},
	{"G24", mptcp, CAUSE_MPTCP_ABORT, NONE, CERTAIN, ENDER_OTHER, ALONE},
};

const struct finding_rows finding_rows_alive = {rows, sizeof(rows) / sizeof(*rows)};
