/* SPDX-License-Identifier: MIT */
/* Resets that do not fit their sender, and genuine ones that seem not to. */
#include "finding_rows.h"

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

static const struct finding_row rows[] = {
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

const struct finding_rows finding_rows_odd = {rows, sizeof(rows) / sizeof(*rows)};
