/* SPDX-License-Identifier: MIT */
/* The main() of a Check program with one test case, and the end of one that cannot run here. */
#ifndef LASTACK_CAPTURE_TESTS_RUN_H
#define LASTACK_CAPTURE_TESTS_RUN_H

#include <check.h>

#include "skip.h"

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

#endif
