/* SPDX-License-Identifier: MIT */
/* Connections that are not made, or made over what is left of an earlier one. */
#include "finding_rows.h"

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

static void syns_only(struct tale *t)
{
	tale_syn(t);
	tale_wait(t, 1000 * MS);
	tale_syn(t);
	tale_wait(t, 2000 * MS);
	tale_syn(t);
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

static void self_connected(struct tale *t)
{
	tale_syn(t);
	t->history.is_self_connected = true;
}

static const struct finding_row rows[] = {
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
	{"G9 of an unknown port", syns_only, CAUSE_SYN_UNANSWERED, CAUSE_BACKLOG_OVERFLOW,
		UNDECIDABLE, ENDER_NOBODY, ALONE},
	{"G9", syns_only, CAUSE_BACKLOG_OVERFLOW, CAUSE_SYN_UNANSWERED, UNDECIDABLE, ENDER_NOBODY,
		{.stray_of = UINT32_MAX, .accepted_earlier_frame = 1}},
	{"G13", half_open, CAUSE_HALF_OPEN_REUSE, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"RFC 1337", assassinated, CAUSE_TIME_WAIT_ASSASSINATION, NONE, CERTAIN, ENDER_OPENER,
		ALONE},
	{"not RFC 1337", forgot_its_time_wait, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G23", self_connected, CAUSE_SELF_CONNECT, NONE, CERTAIN, ENDER_NOBODY, ALONE},
};

const struct finding_rows finding_rows_connect = {rows, sizeof(rows) / sizeof(*rows)};
