/* SPDX-License-Identifier: MIT */
/* Nobody answers any more, and an end gives up. */
#include "finding_rows.h"

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

static const struct finding_row rows[] = {
	{"G11", probed, CAUSE_KEEPALIVE_TIMEOUT, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G12", gave_up, CAUSE_RETRANSMISSION_TIMEOUT, NONE, CERTAIN, ENDER_NOBODY, ALONE},
	{"G12 answered later", gave_up_and_answered_later, CAUSE_RETRANSMISSION_TIMEOUT,
		CAUSE_STATE_LOST, LIKELY, ENDER_OPENER, ALONE},
	{"G12 not once its FIN was heard", repeated_its_fin_and_was_answered,
		CAUSE_DATA_AFTER_CLOSE, NONE, CERTAIN, ENDER_OPENER, ALONE},
	{"G12 with a FIN", repeated_its_fin_in_vain, CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_STATE_LOST,
		LIKELY, ENDER_OPENER, ALONE},
};

const struct finding_rows finding_rows_silence = {rows, sizeof(rows) / sizeof(*rows)};
