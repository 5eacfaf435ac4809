/* SPDX-License-Identifier: MIT */
/* Whose reset a reason is told of: the tracepoint speaks of the whole machine's. */
#include "run_reasons.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

enum { SERVER = 31004, CLIENT = 40000 };

static struct world world;
static struct record record;
static struct run run;

static void begin(void)
{
	static char opened; /* that they are asked for is all that is looked at */

	memset(&world, 0, sizeof(world));
	memset(&record, 0, sizeof(record));
	run = (struct run){
		.world = &world, .record = &record, .reasons = (struct reasons *)&opened};
}

static void note(uint16_t source, uint16_t destination, const char *name)
{
	struct run_reason *noted = &run.noted[run.n_noted++];

	noted->source = source;
	noted->destination = destination;
	snprintf(noted->name, sizeof(noted->name), "%s", name);
}

static void reset_from(enum side side, uint16_t source, uint16_t destination)
{
	world.resets[world.n_resets++] =
		(struct world_reset){.side = side, .source = source, .destination = destination};
}

static void assert_tells_only(const char *name)
{
	run_reasons_tell(&run);
	ck_assert_uint_eq(record.n_reasons, 1);
	ck_assert_str_eq(record.reasons[0].name, name);
}

START_TEST(each_reset_has_its_own)
{
	begin();
	note(SERVER, CLIENT, "TCP_STATE");
	note(CLIENT, SERVER, "NO_SOCKET");
	reset_from(SIDE_CLIENT, CLIENT, SERVER);
	reset_from(SIDE_SERVER, SERVER, CLIENT);
	run_reasons_tell(&run);
	ck_assert_uint_eq(record.n_reasons, 2);
	ck_assert_str_eq(record.reasons[0].name, "NO_SOCKET");
	ck_assert_int_eq(record.reasons[0].side, SIDE_CLIENT);
	ck_assert_str_eq(record.reasons[1].name, "TCP_STATE");
}
END_TEST

START_TEST(a_listeners_has_no_destination)
{
	begin();
	note(SERVER, 0, "INVALID_SYN");
	reset_from(SIDE_SERVER, SERVER, CLIENT);
	assert_tells_only("INVALID_SYN");
}
END_TEST

/* Of another namespace, whose run has the same ports. */
START_TEST(another_listeners_is_not_ours)
{
	begin();
	note(SERVER, 0, "INVALID_SYN");
	note(SERVER, CLIENT, "TCP_STATE");
	reset_from(SIDE_CLIENT, SERVER, CLIENT);
	assert_tells_only("TCP_STATE");
}
END_TEST

START_TEST(a_reset_without_one_is_said)
{
	begin();
	note(SERVER, CLIENT + 1, "TCP_STATE");
	reset_from(SIDE_SERVER, SERVER, CLIENT);
	run_reasons_tell(&run);
	ck_assert_uint_eq(record.n_reasons, 0);
	ck_assert(run_is_over(&run));
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("run_reasons");

	tcase_add_test(tests, each_reset_has_its_own);
	tcase_add_test(tests, a_listeners_has_no_destination);
	tcase_add_test(tests, another_listeners_is_not_ours);
	tcase_add_test(tests, a_reset_without_one_is_said);
	return tcase_run(tests);
}
