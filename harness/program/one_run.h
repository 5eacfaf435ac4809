/* SPDX-License-Identifier: MIT */
/* A case that is run once, now, to be looked at. */
#ifndef LASTACK_HARNESS_ONE_RUN_H
#define LASTACK_HARNESS_ONE_RUN_H

#include "judge.h"
#include "worker.h"

/* The variant of this name, or the case's first one where that is NULL. Returns 0, or -EINVAL about
 * which it has complained as this word of the program. */
int one_run_pick(
	const char *word, const struct test_case *test_case, const char *name, enum variant *ret);

/* Runs, judges, and draws the ladder to stdout. */
enum verdict one_run_draw(const struct job *job, bool ascii);

/* What the program exits with. */
int one_run_status(enum verdict verdict);

#endif
