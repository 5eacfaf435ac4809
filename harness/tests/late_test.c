/* SPDX-License-Identifier: MIT */
/* How late a run's steps came: the time in which nothing was waited for. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "late.h"
#include "run.h"

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

/* Of a run that ends with its last step. */
static int64_t gaps(void)
{
	const struct record_step *last = &record.steps[record.n_steps - 1];

	return late_gaps_ns(&record, last->at_ns + last->took_ns);
}

START_TEST(gaps_add_up)
{
	add("close", 10, 5, "0");
	add("state", 35, 0, "none");
	add("close", 36, 1, "0");
	ck_assert_int_eq(gaps(), 31 * MS);
}
END_TEST

START_TEST(what_a_call_takes_is_no_gap)
{
	add("recv 1", 0, 5000, "0");
	add("close", 5000, 0, "0");
	ck_assert_int_eq(gaps(), 0);
}
END_TEST

/* An await stands at the time at which its call was begun. */
START_TEST(await_is_no_gap)
{
	add("recv 1 &", 1, 0, "begun");
	add("close", 2, 1, "0");
	add("await", 1, 900, "0");
	add("close", 905, 1, "0");
	ck_assert_int_eq(gaps(), 6 * MS);
}
END_TEST

START_TEST(wait_in_vain_is_no_gap)
{
	add("close", 1, 0, "0");
	add("recv 1", 3001, 0, "blocked");
	ck_assert_int_eq(gaps(), 1 * MS);
}
END_TEST

START_TEST(look_that_came_late_is_a_gap)
{
	add("close", 1, 0, "0");
	add("look", 301, 0, "blocked");
	ck_assert_int_eq(gaps(), 301 * MS);
}
END_TEST

START_TEST(end_that_came_late_is_a_gap)
{
	add("kill KILL", 1, 0, "killed");
	ck_assert_int_eq(late_gaps_ns(&record, 201 * MS), 201 * MS);
}
END_TEST

START_TEST(call_that_ends_behind_the_run_is_no_gap)
{
	add("recv 1", 0, 300, "0");
	ck_assert_int_eq(late_gaps_ns(&record, 250 * MS), 0);
}
END_TEST

static uint32_t late(int64_t set_up_ms, int64_t end_ms, int64_t starved_ms)
{
	struct late_spans spans = {set_up_ms * MS, end_ms * MS, starved_ms * MS};

	return late_ms(&record, &spans);
}

/* Between the two measures the one that saw more counts; what is at most LATE_MS is in time. */
START_TEST(late_is_what_either_saw)
{
	add("close", 0, 200, "0");
	ck_assert_uint_eq(late(0, 200, 0), 0);
	ck_assert_uint_eq(late(0, 200, LATE_MS), 0);
	ck_assert_uint_eq(late(0, 200, 150), 150);
	ck_assert_uint_eq(late(0, 360, 150), 160);
	ck_assert_uint_eq(late(0, 200 + LATE_MS, 0), 0);
	ck_assert_uint_eq(late(0, 201 + LATE_MS, 0), LATE_MS + 1);
}
END_TEST

/* A keepalive timer of a second went off 0.8 s behind the step that set it. */
START_TEST(set_up_counts)
{
	add("close", 0, 200, "0");
	ck_assert_uint_eq(late(LATE_MS, 200, 0), 0);
	ck_assert_uint_eq(late(LATE_MS + 1, 200, 0), LATE_MS + 1);
	ck_assert_uint_eq(late(60, 260, 0), 120);
}
END_TEST

START_TEST(done_again_only_if_late_and_not_for_ever)
{
	struct test_case ordinary = {.n_lines = 0}, slow = {.script.is_slow = true};

	ck_assert(!late_again(&ordinary, &record));
	record.late_ms = LATE_MS + 1;
	ck_assert(late_again(&ordinary, &record));
	record.again = LATE_SLOW_TRIES - 1;
	ck_assert(late_again(&ordinary, &record));
	ck_assert(!late_again(&slow, &record));
	record.again = LATE_TRIES - 1;
	ck_assert(!late_again(&ordinary, &record));
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("late");

	tcase_add_test(tests, gaps_add_up);
	tcase_add_test(tests, what_a_call_takes_is_no_gap);
	tcase_add_test(tests, await_is_no_gap);
	tcase_add_test(tests, wait_in_vain_is_no_gap);
	tcase_add_test(tests, look_that_came_late_is_a_gap);
	tcase_add_test(tests, end_that_came_late_is_a_gap);
	tcase_add_test(tests, call_that_ends_behind_the_run_is_no_gap);
	tcase_add_test(tests, late_is_what_either_saw);
	tcase_add_test(tests, set_up_counts);
	tcase_add_test(tests, done_again_only_if_late_and_not_for_ever);
	return tcase_run(tests);
}
