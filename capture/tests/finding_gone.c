/* SPDX-License-Identifier: MIT */
/* Resets of a host that has no socket (any more) for what comes. */
#include "finding_rows.h"

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

void data_after_close(struct tale *t)
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

static void crossed_without_idle(struct tale *t)
{
	tale_connect(t);
	t->is_deaf[C] = true;
	tale_fin(t, S);
	t->is_deaf[S] = true;
	tale_send(t, C, 100);
	tale_gone(t, S);
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

static void linger2(struct tale *t)
{
	tale_connect(t);
	tale_send(t, C, 10);
	tale_fin(t, S);
	tale_gone(t, S);
}

static const struct finding_row rows[] = {
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
	{"gave up waiting", answer_after_giving_up, CAUSE_DATA_AFTER_CLOSE, NONE, CERTAIN,
		ENDER_OPENER, ALONE},
	{"G8", overflow, CAUSE_BACKLOG_OVERFLOW, CAUSE_STATE_LOST, UNDECIDABLE, ENDER_OTHER, ALONE},
	{"not G8", forgotten_silently, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G8 or G10", overflow_or_forgotten, CAUSE_STATE_LOST, CAUSE_BACKLOG_OVERFLOW, UNDECIDABLE,
		ENDER_OTHER, ALONE},
	{"G10", forgotten, CAUSE_STATE_LOST, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G10 with G18", forgotten_on_the_way, CAUSE_STATE_LOST, CAUSE_FORGED, LIKELY,
		ENDER_NETWORK, ALONE},
	{"G16", linger2, CAUSE_LINGER2, NONE, LIKELY, ENDER_OTHER, ALONE},
	{"G17", forgotten, CAUSE_STRAY_SEGMENT, CAUSE_STATE_LOST, LIKELY, ENDER_NETWORK,
		{.stray_of = 7}},
};

const struct finding_rows finding_rows_gone = {rows, sizeof(rows) / sizeof(*rows)};
