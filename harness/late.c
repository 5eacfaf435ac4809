/* SPDX-License-Identifier: MIT */
/* See late.h. */
#include "late.h"

#include <string.h>

/* That a call will never return was said after a wait (orders.c). */
static bool ends_a_wait(const struct record_step *step)
{
	return step->outcome.kind == OUTCOME_WORD && !strcmp(step->outcome.word, "blocked") &&
		strncmp(step->call, "look", 4);
}

int64_t late_ns(const struct record *record)
{
	int64_t late = 0, end = 0;

	for (uint32_t i = 0; i < record->n_steps && i < RECORD_MAX_STEPS; i++) {
		const struct record_step *step = record_step(record, i);
		int64_t done = step->at_ns + step->took_ns;

		if (step->at_ns > end && !ends_a_wait(step))
			late += step->at_ns - end;
		end = done > end ? done : end;
	}
	return late;
}
