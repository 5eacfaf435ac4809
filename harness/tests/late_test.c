/* SPDX-License-Identifier: MIT */
/* How late a run's steps came: the time in which nothing was waited for. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "late.h"

#define MS 1000000LL

static struct record record;

static void add(const char *call, int64_t at_ms, int64_t took_ms, const char *word)
{
	struct record_step *step = &record.steps[record.n_steps++];

	step->at_ns = at_ms * MS;
	step->took_ns = took_ms * MS;
	step->outcome = outcome_word(word);
	snprintf(step->call, sizeof(step->call), "%s", call);
}

START_TEST(gaps_add_up)
{
	add("close", 10, 5, "0");
	add("state", 35, 0, "none");
	add("close", 36, 1, "0");
	ck_assert_int_eq(late_ns(&record), 31 * MS);
}
END_TEST

START_TEST(what_a_call_takes_is_no_gap)
{
	add("recv 1", 0, 5000, "0");
	add("close", 5000, 0, "0");
	ck_assert_int_eq(late_ns(&record), 0);
}
END_TEST

/* An await stands at the time at which its call was begun. */
START_TEST(await_is_no_gap)
{
	add("recv 1 &", 1, 0, "begun");
	add("close", 2, 1, "0");
	add("await", 1, 900, "0");
	add("close", 905, 1, "0");
	ck_assert_int_eq(late_ns(&record), 6 * MS);
}
END_TEST

START_TEST(wait_in_vain_is_no_gap)
{
	add("close", 1, 0, "0");
	add("recv 1", 3001, 0, "blocked");
	ck_assert_int_eq(late_ns(&record), 1 * MS);
}
END_TEST

START_TEST(look_that_came_late_is_a_gap)
{
	add("close", 1, 0, "0");
	add("look", 301, 0, "blocked");
	ck_assert_int_eq(late_ns(&record), 301 * MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("late");
	TCase *tests = tcase_create("late");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, gaps_add_up);
	tcase_add_test(tests, what_a_call_takes_is_no_gap);
	tcase_add_test(tests, await_is_no_gap);
	tcase_add_test(tests, wait_in_vain_is_no_gap);
	tcase_add_test(tests, look_that_came_late_is_a_gap);
	srunner_run_all(runner, CK_ENV);
	srunner_free(runner);
	return EXIT_SUCCESS;
}
