/* SPDX-License-Identifier: MIT */
/* See fill.h. */
#include "fill.h"

#include <errno.h>
#include <string.h>

static bool is_full(const struct outcome *outcome)
{
	return outcome->has_amount && !strcmp(outcome->word, "full");
}

/* The two calls as if they were one: what they moved, and why there was no more. */
static void add_up(struct outcome *sum, const struct outcome *more)
{
	int64_t before = sum->amount;

	if (more->kind == OUTCOME_ERROR && more->error == EAGAIN)
		return;
	*sum = *more;
	if (more->kind == OUTCOME_ERROR) {
		*sum = outcome_word("part");
		sum->error = more->error;
		sum->has_amount = true;
	}
	if (sum->has_amount)
		sum->amount += before;
}

/* Each acknowledgement frees some of the buffer: it is full when it takes nothing more after all
 * segments have been processed, those that the last bytes caused included. Then the peer's window
 * is closed, and nothing will be acknowledged before somebody reads there. In Linux most of them
 * are processed within send() itself, but not those for which ksoftirqd has been woken; and in
 * gVisor any free byte is room (isEndpointWritableLocked()). */
bool fill_up(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	int64_t deadline = order_deadline_ns(run);
	struct reply more;

	if (!order_perform(run, side, action, ret))
		return false;
	for (more = *ret; is_full(&more.outcome); add_up(&ret->outcome, &more.outcome)) {
		int r = world_settle(run->world);

		if (r)
			run_break(run, "the segments under way did not arrive: %s", strerror(-r));
		else if (order_clock_ns() > deadline)
			run_break(run, "line %u: the buffer does not stay full", action->line);
		if (r || run_is_over(run) || !order_perform(run, side, action, &more))
			return false;
	}
	return true;
}
