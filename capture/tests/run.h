/* SPDX-License-Identifier: MIT */
/* The main() of a Check program with one test case, and the end of one that cannot run here. */
#ifndef LASTACK_CAPTURE_TESTS_RUN_H
#define LASTACK_CAPTURE_TESTS_RUN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* 0 even where tests failed: the TAP stream says which, and it is complete. */
static inline int tcase_run(TCase *tcase)
{
	Suite *suite = suite_create("lastack");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	srunner_free(runner);
	return 0;
}

/* LASTACK_MUST_RUN=1: a test that is not run has failed. */
static inline int tcase_skip(const char *why)
{
	const char *must_run = getenv("LASTACK_MUST_RUN");

	if (must_run && *must_run == '1')
		printf("1..1\nnot ok 1 must run, but: %s\n", why);
	else
		printf("1..0 # SKIP %s\n", why);
	return 0;
}

#endif
