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

int64_t late_gaps_ns(const struct record *record, int64_t end_ns)
{
	int64_t late = 0, end = 0;

	for (uint32_t i = 0; i < record->n_steps && i < RECORD_MAX_STEPS; i++) {
		const struct record_step *step = record_step(record, i);
		int64_t done = step->at_ns + step->took_ns;

		if (step->at_ns > end && !ends_a_wait(step))
			late += step->at_ns - end;
		end = done > end ? done : end;
	}
	return end_ns > end ? late + end_ns - end : late;
}

uint32_t late_ms(const struct record *record, const struct late_spans *spans)
{
	int64_t gaps_ns = spans->set_up_ns + late_gaps_ns(record, spans->end_ns);
	int64_t late = (gaps_ns > spans->starved_ns ? gaps_ns : spans->starved_ns) / 1000000;

	return late > LATE_MS ? (uint32_t)late : 0;
}

bool late_again(const struct test_case *test_case, const struct record *record)
{
	return record->late_ms &&
		record->again + 1 < (test_case->script.is_slow ? LATE_SLOW_TRIES : LATE_TRIES);
}
