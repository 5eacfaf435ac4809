/* SPDX-License-Identifier: MIT */
/* Connections without a reset. */
#include "see.h"

#define LONG (60 * SECOND) /* more than a program that still means to close it takes */

static bool has_both_fins(const struct view *view)
{
	return view->history->directions[0].has_fin && view->history->directions[1].has_fin;
}

static bool has_one_fin(const struct view *view)
{
	return view->own->has_fin;
}

/* CLOSE-WAIT: the FIN was acknowledged, and then the other end did nothing. */
static bool is_left_in_close_wait(const struct view *view)
{
	return has_one_fin(view) && view->own->acked > view->own->fin.seq &&
		view->peer->last_data_ns < view->own->fin.time_ns &&
		view->history->seen_until_ns - view->own->fin.time_ns >= LONG;
}

static bool is_anything(const struct view *view)
{
	return true;
}

const struct rule rules_quiet[] = {
	/* RFC 9293 3.6 */
	{.when = has_both_fins,
		SAYS_ONE(CAUSE_ORDERLY),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_both_fins, see_zero_window}},
	/* G25 */
	{.when = is_left_in_close_wait,
		SAYS(2, 1, CAUSE_NEVER_CLOSED, CAUSE_HALF_CLOSED),
		.certainty = LIKELY,
		.blame = BLAME_FIRST,
		.seen = {see_quiet}},
	{.when = has_one_fin,
		SAYS_ONE(CAUSE_HALF_CLOSED),
		.certainty = CERTAIN,
		.blame = BLAME_FIRST,
		.seen = {see_quiet}},
	{.when = is_anything,
		SAYS_ONE(CAUSE_OPEN),
		.certainty = CERTAIN,
		.blame = BLAME_NOBODY,
		.seen = {see_zero_window, see_quiet}},
	{.when = NULL},
};
