/* SPDX-License-Identifier: MIT */
/* Which run is in which part: reading I/N, and what the split promises, on names like the suite's.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "shard.h"

#define CASES 1200
#define USUAL_VARIANTS 4 /* ipv4, ipv6, mapped, swapped: what a case runs on if it says nothing */

static const struct {
	const char *text;
	unsigned number, of; /* 0: refused */
} texts[] = {
	{"1/1", 1, 1},
	{"1/4", 1, 4},
	{"4/4", 4, 4},
	{"1000/1000", 1000, 1000},
	{"02/4", 2, 4},
	{"0/4", 0, 0},
	{"5/4", 0, 0},
	{"1/0", 0, 0},
	{"x", 0, 0},
	{"", 0, 0},
	{"/", 0, 0},
	{"1", 0, 0},
	{"1/", 0, 0},
	{"/4", 0, 0},
	{"1/4/4", 0, 0},
	{"1/4 ", 0, 0},
	{" 1/4", 0, 0},
	{"-1/4", 0, 0},
	{"+1/4", 0, 0},
	{"1/-4", 0, 0},
	{"1.5/4", 0, 0},
	{"1/1001", 0, 0},
	{"1/4294967297", 0, 0},
	{"4294967297/4", 0, 0},
	{"1/18446744073709551617", 0, 0},
};

START_TEST(text_is_read)
{
	struct shard shard = {77, 88};
	bool read = shard_parse(texts[_i].text, &shard);

	ck_assert_msg(read == (texts[_i].of != 0), "'%s'", texts[_i].text);
	ck_assert_uint_eq(shard.number, read ? texts[_i].number : 77);
	ck_assert_uint_eq(shard.of, read ? texts[_i].of : 88);
}

static const char *name_of(unsigned number)
{
	static const char *const topics[] = {"abort", "linger", "unread", "half-close"};
	static char name[64];

	snprintf(name, sizeof(name), "%s/a-case-with-number-%u", topics[number % 4], number / 4);
	return name;
}

static unsigned part_of(const char *name, enum variant variant, unsigned of)
{
	unsigned part = 0;

	for (unsigned number = 1; number <= of; number++) {
		struct shard shard = {number, of};

		if (!shard_holds(&shard, name, variant))
			continue;
		ck_assert_msg(!part, "%s is in part %u and %u of %u", name, part, number, of);
		part = number;
	}
	ck_assert_msg(part, "%s is in none of %u parts", name, of);
	return part;
}

/* part_of() sees to it that each run is in exactly one. */
START_TEST(parts_are_about_equal)
{
	unsigned of = (unsigned)_i, runs[33] = {0}, mean = CASES * USUAL_VARIANTS / of;

	for (unsigned i = 0; i < CASES; i++)
		for (unsigned variant = 0; variant < USUAL_VARIANTS; variant++)
			runs[part_of(name_of(i), (enum variant)variant, of)]++;
	for (unsigned part = 1; part <= of; part++)
		ck_assert_msg(100 * runs[part] > 75 * mean && 100 * runs[part] < 125 * mean,
			"part %u of %u has %u runs, the mean is %u", part, of, runs[part], mean);
}

START_TEST(variants_of_a_case_are_spread)
{
	unsigned of = (unsigned)_i;

	for (unsigned i = 0; i < CASES; i++)
		for (unsigned variant = 1; variant < of; variant++)
			ck_assert_uint_ne(part_of(name_of(i), (enum variant)variant, of),
				part_of(name_of(i), (enum variant)(variant - 1), of));
}

/* For ever: whoever has recorded part 2 yesterday compares it with part 2 of today. */
START_TEST(split_is_the_one_of_yesterday)
{
	ck_assert_uint_eq(part_of("unread/close", VARIANT_IPV4, 4), 4);
	ck_assert_uint_eq(part_of("unread/close", VARIANT_IPV6, 4), 1);
	ck_assert_uint_eq(part_of("linger/zero", VARIANT_IPV4, 7), 7);
}

START_TEST(no_shard_holds_everything)
{
	struct shard everything = {0};

	ck_assert(shard_holds(&everything, "unread/close", VARIANT_UNIX));
}

int main(void)
{
	TCase *tcase = tcase_create("shard");

	tcase_add_loop_test(tcase, text_is_read, 0, sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(tcase, parts_are_about_equal, 1, 33);
	tcase_add_loop_test(tcase, variants_of_a_case_are_spread, 2, USUAL_VARIANTS + 1);
	tcase_add_test(tcase, split_is_the_one_of_yesterday);
	tcase_add_test(tcase, no_shard_holds_everything);
	return tcase_run(tcase);
}
