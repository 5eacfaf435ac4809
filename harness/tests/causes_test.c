/* SPDX-License-Identifier: MIT */
/* The causes: bad text gets the message that mends it; the committed file names every cause that a
 * capture can show, and every case in it exists and shows what its cause says. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "guide.h"
#include "judge.h"
#include "committed_causes.h"
#include "finding.h"
#include "symptom.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))
#define GOOD \
	"cause     one\nsays      it\ntell      wire\nfix       do\ncase      a/b\nerrors    recv EOF\n"

static const struct bad {
	const char *text;
	unsigned line, column;
	const char *message; /* a part of it */
} bads[] = {
	{"", 0, 0, "names no cause"},
	{"# nothing\n\n", 0, 0, "names no cause"},
	{"causee one\n", 1, 1, "did you mean 'cause'?"},
	{"cause\n", 1, 6, "read nothing behind 'cause'"},
	{"cause     One\n", 1, 11, "want a name as 'unread-data'"},
	{"cause     one two\n", 1, 11, "want a name as 'unread-data'"},
	{"says      it\n", 1, 1, "want 'says' below a line 'cause NAME'"},
	{GOOD GOOD, 7, 11, "'one' is there already, in line 1"},
	{GOOD "says it\n", 7, 1, "'one' says 'says' a second time"},
	{GOOD "eror recv EOF\n", 7, 1, "want cause, says, tell"},
	{GOOD "error recv EOF\n", 7, 1, "did you mean 'errors'?"},
	{GOOD "errors    recv\n", 7, 10, "read 'recv', want a call and what it says"},
	{GOOD "errors    recieve EOF\n", 7, 10, "read 'recieve EOF'"},
	{GOOD "errors    recv ECONRESET\n", 7, 10, "read 'recv ECONRESET'"},
	{GOOD "errors    none CLOSE_WAIT\n", 7, 10, "read 'none CLOSE_WAIT'"},
	{GOOD "elsewhere recv EOF twice\n", 7, 10, "read 'recv EOF twice'"},
	{GOOD "tell      \x01\n", 7, 11, "read the byte 0x01"},
	{"cause     one\nsays      it\ntell      wire\nfix       do\ncase      a/b\n", 1, 1,
		"'one' has neither 'errors' nor 'also'"},
	{GOOD "cause     two\n", 7, 1, "'two' has no line 'says'"},
	{"cause     two\nsays      it\n" GOOD, 1, 1, "'two' has no line 'tell'"},
};

START_TEST(bad_text_is_refused)
{
	const struct bad *bad = &bads[_i];
	struct complaint complaint = {.line = 99};
	struct cause_list list;

	ck_assert_int_lt(causes_parse("x.txt", bad->text, strlen(bad->text), &list, &complaint), 0);
	ck_assert_msg(strstr(complaint.text, bad->message), "want '%s', saw '%s'", bad->message,
		complaint.text);
	ck_assert_str_eq(complaint.file, "x.txt");
	ck_assert_uint_eq(complaint.line, bad->line);
	ck_assert_uint_eq(complaint.column, bad->column);
}
END_TEST

START_TEST(words_are_kept_in_their_order)
{
	static const char text[] = GOOD "errors    send EPIPE,  none TIME-WAIT\ncase c/d  e/f\n"
					"beyond    B001 B002\n";
	struct complaint complaint;
	struct cause_list list;

	ck_assert_int_eq(causes_parse("x", text, strlen(text), &list, &complaint), 0);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_uint_eq(list.blocks[0].fields[FIELD_ERRORS].n, 3);
	ck_assert_str_eq(list.blocks[0].fields[FIELD_ERRORS].items[2], "none TIME-WAIT");
	ck_assert_uint_eq(list.blocks[0].fields[FIELD_CASE].n, 3);
	ck_assert_str_eq(list.blocks[0].fields[FIELD_CASE].items[1], "c/d");
	ck_assert_uint_eq(list.beyond.n, 2);
	causes_free(&list);
}
END_TEST

/* What `lastack explain` can say. */
START_TEST(every_cause_that_a_capture_shows_has_a_block)
{
	const char *name = cause_name((enum cause)_i);
	const struct cause_block *block = causes_find(&causes, name);

	ck_assert_msg(block, "want a block '%s'", name);
	ck_assert_msg(block->fields[FIELD_BRIEF].n, "'%s': want a line 'brief'", name);
}
END_TEST

START_TEST(no_other_cause_has_words_for_explain)
{
	const struct cause_block *block = &causes.blocks[_i];
	enum cause cause;

	ck_assert_msg(!block->fields[FIELD_BRIEF].n || cause_parse(block->name, &cause),
		"'%s' is no cause of finding.h: nobody reads its line 'brief'", block->name);
}
END_TEST

static void load_case(const char *name, struct test_case *ret)
{
	struct complaint complaint = {.line = 0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.case", catalog_directory(), name);
	if (case_load(path, ret, &complaint))
		ck_abort_msg("%s: %s", complaint.file, complaint.text);
	ck_assert_str_eq(ret->name, name);
}

static bool shows(const struct cause_block *block, const char *error)
{
	const struct cause_list_of_words *cases = &block->fields[FIELD_CASE];
	const char *outcome;
	char call[32];
	bool found = false;

	ck_assert(cause_split_error(error, call, sizeof(call), &outcome));
	for (size_t i = 0; i < cases->n; i++) {
		struct test_case test_case;

		load_case(cases->items[i], &test_case);
		found |= cause_case_shows(&test_case, call, outcome) > 0;
		case_free(&test_case);
	}
	return found;
}

START_TEST(every_error_is_shown_by_a_case_of_its_block)
{
	const struct cause_block *block = &causes.blocks[_i / 2];
	const struct cause_list_of_words *errors =
		&block->fields[_i % 2 ? FIELD_ALSO : FIELD_ERRORS];
	char missing[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < errors->n; i++)
		if (!shows(block, errors->items[i]))
			at += (size_t)snprintf(
				missing + at, sizeof(missing) - at, " '%s'", errors->items[i]);
	ck_assert_msg(!*missing, "no case of %s shows%s", block->name, missing);
}
END_TEST

/* It is the one that the field guide draws. */
START_TEST(the_first_case_shows_an_error_of_its_block)
{
	const struct cause_block *block = &causes.blocks[_i];
	struct test_case test_case;
	bool found = false;

	load_case(block->fields[FIELD_CASE].items[0], &test_case);
	for (unsigned field = FIELD_ERRORS; field <= FIELD_ALSO; field++)
		for (size_t i = 0; i < block->fields[field].n; i++) {
			const char *outcome;
			char call[32];

			ck_assert(cause_split_error(
				block->fields[field].items[i], call, sizeof(call), &outcome));
			found |= cause_case_shows(&test_case, call, outcome) > 0;
		}
	case_free(&test_case);
	ck_assert_msg(found, "the first case of %s shows none of its errors", block->name);
}
END_TEST

START_TEST(a_case_shows_an_error_or_does_not)
{
	static const struct {
		const char *name, *call, *outcome;
		bool shows;
	} rows[] = {
		{"unread/close", "recv", "ECONNRESET", true},
		{"unread/close", "send", "ECONNRESET", false},
		{"unread/close", "any", "ECONNRESET", true},
		{"unread/close", "send", "EPIPE", true},
		{"unread/close", "recv", "ETIMEDOUT", false},
		{"unread/close", "counter", "TCPAbortOnClose", true},
		{"unread/close", "counter", "TCPAbortOnData", false},
		{"keep-alive/fin-crosses-the-request", "getsockopt", "EPIPE", true},
		{"keep-alive/fin-crosses-the-request", "recv", "EOF", true},
		{"abort/zero-linger-resets", "recv", "blocks", false},
		{"references/fork-parent-close-sends-nothing", "recv", "blocks", true},
		{"close/close-wait-has-no-timer", "none", "CLOSE-WAIT", true},
		{"close/close-wait-has-no-timer", "none", "SYN-SENT", false},
		{"linger/nonblocking-close-blocks", "close", "blocks", true},
		{"sigpipe/default-kills-at-second-send-after-close", "send", "SIGPIPE", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct test_case test_case;

		load_case(rows[i].name, &test_case);
		ck_assert_msg((cause_case_shows(&test_case, rows[i].call, rows[i].outcome) > 0) ==
				rows[i].shows,
			"%s: %s %s: want %d", rows[i].name, rows[i].call, rows[i].outcome,
			rows[i].shows);
		case_free(&test_case);
	}
}
END_TEST

/* Recorded once on one kernel: it may be a known divergence of the cases, but no other. */
START_TEST(the_field_guides_runs_are_as_their_cases_want)
{
	struct record_list records = {.n = 0};
	struct record_complaint complaint;

	ck_assert_int_eq(record_list_load(guide_record_path(), &records, &complaint), 0);
	ck_assert_uint_gt(records.n, 0);
	for (size_t i = 0; i < records.n; i++) {
		struct judgement judgement;
		struct test_case test_case;

		load_case(records.records[i]->name, &test_case);
		judge(&test_case, records.records[i], NULL, &judgement);
		ck_assert_msg(judgement.verdict == VERDICT_PASS, "%s: %s: cases/guide records anew",
			records.records[i]->name, judgement.reason);
		case_free(&test_case);
	}
	record_list_free(&records);
}
END_TEST

START_TEST(phrases_that_a_cause_is_known_by_are_phrases)
{
	for (size_t i = 0; i < causes.n; i++)
		for (size_t j = 0; j < causes.blocks[i].fields[FIELD_HEARD].n; j++)
			ck_assert_msg(
				symptom_is_phrase(causes.blocks[i].fields[FIELD_HEARD].items[j]),
				"%s: '%s' is no phrase of symptom_words.c", causes.blocks[i].name,
				causes.blocks[i].fields[FIELD_HEARD].items[j]);
}
END_TEST

static bool is_thread(const char *text)
{
	const char *slash = strchr(text, '/'), *hash = strchr(text, '#');

	return slash && hash && slash > text && hash > slash + 1 && !strchr(slash + 1, '/') &&
		hash[1] && strspn(hash + 1, "0123456789") == strlen(hash + 1);
}

START_TEST(threads_are_owner_repository_number)
{
	for (size_t i = 0; i < causes.n; i++)
		for (size_t j = 0; j < causes.blocks[i].fields[FIELD_SEEN].n; j++)
			ck_assert_msg(is_thread(causes.blocks[i].fields[FIELD_SEEN].items[j]),
				"read '%s', want owner/repository#number",
				causes.blocks[i].fields[FIELD_SEEN].items[j]);
}
END_TEST

static int count(void)
{
	int n;

	load_committed();
	n = (int)causes.n;
	free_committed();
	return n;
}

int main(void)
{
	Suite *suite = suite_create("causes");
	TCase *reading = tcase_create("reading"), *committed = tcase_create("committed");
	SRunner *runner;

	tcase_add_loop_test(reading, bad_text_is_refused, 0, (int)N_OF(bads));
	tcase_add_test(reading, words_are_kept_in_their_order);
	tcase_add_test(reading, a_case_shows_an_error_or_does_not);
	tcase_add_checked_fixture(committed, load_committed, free_committed);
	tcase_add_loop_test(
		committed, every_cause_that_a_capture_shows_has_a_block, 0, CAUSE_COUNT);
	tcase_add_loop_test(committed, no_other_cause_has_words_for_explain, 0, count());
	tcase_add_loop_test(committed, every_error_is_shown_by_a_case_of_its_block, 0, 2 * count());
	tcase_add_loop_test(committed, the_first_case_shows_an_error_of_its_block, 0, count());
	tcase_add_test(committed, the_field_guides_runs_are_as_their_cases_want);
	tcase_add_test(committed, phrases_that_a_cause_is_known_by_are_phrases);
	tcase_add_test(committed, threads_are_owner_repository_number);
	suite_add_tcase(suite, reading);
	suite_add_tcase(suite, committed);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	srunner_free(runner);
	return 0;
}
