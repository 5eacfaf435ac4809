/* SPDX-License-Identifier: MIT */
/* Ends without a reset. */
#include "finding_rows.h"

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

static const struct finding_row rows[] = {
	{"orderly", orderly, CAUSE_ORDERLY, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"orderly by both", simultaneous, CAUSE_ORDERLY, NONE, CERTAIN, ENDER_BOTH, ALONE},
	{"half-closed in use", half_closed, CAUSE_HALF_CLOSED, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"half-closed just now", half_closed_just_now, CAUSE_HALF_CLOSED, NONE, CERTAIN,
		ENDER_OPENER, ALONE},
	{"G25", close_wait, CAUSE_NEVER_CLOSED, CAUSE_HALF_CLOSED, LIKELY, ENDER_OPENER, ALONE},
	{"open", open_still, CAUSE_OPEN, NONE, CERTAIN, ENDER_NOBODY, ALONE},
};

const struct finding_rows finding_rows_fin = {rows, sizeof(rows) / sizeof(*rows)};
