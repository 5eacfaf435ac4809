/* SPDX-License-Identifier: MIT */
/* `lastack matrix` with stacks: fetches, surveys, judges, and keeps a record file and tables in a
 * folder. A column that was complete the last time, from the same stack, cases and program, is not
 * observed again. */
#ifndef LASTACK_HARNESS_MATRIX_SURVEY_H
#define LASTACK_HARNESS_MATRIX_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct matrix_request {
	/* Stacks of stacks.conf by name, glob or set; a kernel image by its path; ENGINE:PATH.
	 * None: the set `default`. */
	char **stacks;
	size_t n_stacks;
	char **cases; /* as `lastack run` takes them; none: all but the topic slow */
	size_t n_cases;
	bool all_variants, again;
	unsigned jobs, patience_s;
	unsigned repeat; /* each stack so often: what differs is unstable */
	const char *folder; /* made if it is not there */
};

/* Appends what was observed, judged, to *all in the order of the columns, and says on standard
 * output how each column went. Returns an exit status as `lastack run` does; EXIT_TROUBLE also if a
 * column could not be had. */
int matrix_survey(const struct matrix_request *request, struct record_list *all);

#endif
