/* SPDX-License-Identifier: MIT */
/* The words of explain, its filter, the worst ones, and what a reset reason decides. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "explain_words.h"
#include "run.h"
#include "worst.h"

enum { SENTENCE_MOST = 80 };

START_TEST(every_cause_has_words)
{
	char path[4096];

	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		ck_assert_msg(explain_cause((enum cause)i) != NULL, "%s has no sentence",
			cause_name((enum cause)i));
		for (unsigned j = 0; j < i; j++)
			ck_assert_msg(
				explain_weight((enum cause)i) != explain_weight((enum cause)j),
				"%s and %s weigh the same", cause_name((enum cause)i),
				cause_name((enum cause)j));
		ck_assert_uint_lt(explain_weight((enum cause)i), CAUSE_COUNT);
		ck_assert_msg(strlen(explain_cause((enum cause)i)) <= SENTENCE_MOST,
			"%s: more than a line of the summary holds", cause_name((enum cause)i));
		snprintf(path, sizeof(path), LASTACK_SOURCE "/cases/%s.case",
			explain_case((enum cause)i));
		ck_assert_msg(
			!access(path, R_OK), "%s: no case %s", cause_name((enum cause)i), path);
	}
}
END_TEST

static const struct {
	const char *text;
	bool is_taken; /* as a filter */
	bool takes_first, takes_second; /* the connections below */
} filters[] = {
	{"192.0.2.1", true, true, false},
	{"192.0.2.1:80", true, true, false},
	{"192.0.2.1:5000", true, false, false},
	{":80", true, true, true},
	{":5000", true, true, false},
	{":81", true, false, false},
	{"2001:db8::1", true, false, true},
	{"[2001:db8::1]", true, false, true},
	{"[2001:db8::1]:80", true, false, true},
	{"[2001:db8::2]:80", true, false, false},
	{"", false, false, false},
	{":", false, false, false},
	{":x", false, false, false},
	{":-1", false, false, false},
	{":65536", false, false, false},
	{"192.0.2.1:", false, false, false},
	{"host:80", false, false, false},
	{"[192.0.2.1:80", false, false, false},
	{"[2001:db8::1]80", false, false, false},
};

static struct endpoint make_end(uint8_t family, uint8_t last, uint16_t port)
{
	struct endpoint end = {.family = family, .port = port};

	if (family == 4)
		memcpy(end.address, (uint8_t[]){192, 0, 2, last}, 4);
	else
		memcpy(end.address,
			(uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}, 16);
	return end;
}

START_TEST(filters_take_either_end)
{
	struct history first = {.ends = {make_end(4, 9, 5000), make_end(4, 1, 80)}},
		       second = {.ends = {make_end(6, 1, 80), make_end(6, 2, 6000)}};
	struct explain_filter filter;

	ck_assert_msg(explain_filter_parse(filters[_i].text, &filter) == filters[_i].is_taken, "%s",
		filters[_i].text);
	if (!filters[_i].is_taken)
		return;
	ck_assert_msg(explain_filter_takes(&filter, &first) == filters[_i].takes_first, "%s",
		filters[_i].text);
	ck_assert_msg(explain_filter_takes(&filter, &second) == filters[_i].takes_second, "%s",
		filters[_i].text);
}
END_TEST

static struct worst_entry make_entry(uint32_t number, enum cause cause, int64_t lost)
{
	return (struct worst_entry){.history.number = number,
		.finding = {.causes = {cause}, .n_causes = 1, .unacknowledged = {lost}}};
}

/* Of many, in an order that a generator makes: those that a sort of all would put first. */
START_TEST(the_worst_are_kept)
{
	enum { MANY = 500, FEW = 7 };
	struct worst few, all;
	unsigned number = 12345;

	ck_assert_int_eq(worst_new(FEW, &few), 0);
	ck_assert_int_eq(worst_new(MANY, &all), 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct worst_entry entry;
		struct explained explained;

		number = number * 1103515245 + 12345;
		entry = make_entry(
			i, (enum cause)((number >> 16) % CAUSE_COUNT), (number >> 24) % 3);
		explained = worst_show(&entry);
		worst_offer(&few, &explained);
		worst_offer(&all, &explained);
	}
	worst_sort(&few);
	worst_sort(&all);
	ck_assert_uint_eq(few.n, FEW);
	for (unsigned i = 0; i < FEW; i++)
		ck_assert_uint_eq(few.entries[i].history.number, all.entries[i].history.number);
	for (unsigned i = 1; i < all.n; i++)
		ck_assert_uint_ge(explain_weight(all.entries[i - 1].finding.causes[0]),
			explain_weight(all.entries[i].finding.causes[0]));
	worst_free(&few);
	worst_free(&all);
}
END_TEST

static const struct {
	const char *reason;
	struct finding before;
	bool decides;
	enum cause cause;
	unsigned n_causes;
	enum certainty certainty;
} decisions[] = {
	{"TCP_ABORT_ON_CLOSE",
		{{CAUSE_UNREAD_DATA, CAUSE_ABORT, CAUSE_LISTENER_CLOSED}, 3, 3, UNDECIDABLE}, true,
		CAUSE_UNREAD_DATA, 1, CERTAIN},
	{"TCP_STATE", {{CAUSE_UNREAD_DATA, CAUSE_ABORT}, 2, 2, UNDECIDABLE}, true, CAUSE_ABORT, 1,
		CERTAIN},
	{"TCP_STATE", {{CAUSE_UNREAD_DATA, CAUSE_ABORT, CAUSE_LISTENER_CLOSED}, 3, 3, UNDECIDABLE},
		true, CAUSE_ABORT, 2, UNDECIDABLE},
	{"TCP_ABORT_ON_LINGER", {{CAUSE_UNREAD_DATA, CAUSE_ABORT}, 2, 1, LIKELY}, true, CAUSE_ABORT,
		1, CERTAIN},
	{"NO_SOCKET", {{CAUSE_STATE_LOST, CAUSE_FORGED}, 2, 1, LIKELY}, false, CAUSE_STATE_LOST, 2,
		LIKELY},
	{"TCP_KEEPALIVE_TIMEOUT", {{CAUSE_ABORT}, 1, 1, CERTAIN}, false, CAUSE_ABORT, 1, CERTAIN},
	{"", {{CAUSE_UNREAD_DATA, CAUSE_ABORT}, 2, 2, UNDECIDABLE}, false, CAUSE_UNREAD_DATA, 2,
		UNDECIDABLE},
};

START_TEST(reasons_decide)
{
	struct finding finding = decisions[_i].before;

	ck_assert_int_eq(decide_by_reason(&finding, decisions[_i].reason), decisions[_i].decides);
	ck_assert_int_eq(finding.causes[0], decisions[_i].cause);
	ck_assert_uint_eq(finding.n_causes, decisions[_i].n_causes);
	ck_assert_int_eq(finding.certainty, decisions[_i].certainty);
	ck_assert_uint_le(finding.n_same, finding.n_causes);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, every_cause_has_words);
	tcase_add_loop_test(tcase, filters_take_either_end, 0, sizeof(filters) / sizeof(*filters));
	tcase_add_test(tcase, the_worst_are_kept);
	tcase_add_loop_test(tcase, reasons_decide, 0, sizeof(decisions) / sizeof(*decisions));
	return tcase_run(tcase);
}
