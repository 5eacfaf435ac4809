/* SPDX-License-Identifier: MIT */
/* The causes: bad text gets the message that mends it; the committed file names every cause that a
 * capture can show, every case in it exists and shows what its cause says, and every measured
 * sequence and bug is where it belongs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "guide.h"
#include "judge.h"
#include "causes.h"
#include "finding.h"
#include "symptom.h"

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

static struct cause_list causes;

static void load_committed(void)
{
	struct complaint complaint = {.line = 0};

	if (causes_load(causes_path(), &causes, &complaint))
		ck_abort_msg("%s:%u:%u: %s", complaint.file, complaint.line, complaint.column,
			complaint.text);
}

static void free_committed(void)
{
	causes_free(&causes);
}

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

/* What each measured sequence is a sequence of: of a reset its cause, else what it is about. */
static const struct belongs {
	const char *id, *causes; /* all that name it, in the order of the file */
} measured[] = {
	{"M01", "unread-data"},
	{"M02", "unread-data error-taken"},
	{"M03", "unread-data"},
	{"M04", "unread-data"},
	{"M05", "keep-alive-race data-after-close"},
	{"M06", "unread-data reset-behind-fin"},
	{"M07", "abort"},
	{"M08", "abort"},
	{"M09", "orderly"},
	{"M10", "keep-alive-race data-after-close"},
	{"M11", "keep-alive-race"},
	{"M12", "keep-alive-race data-after-close reset-behind-fin"},
	{"M13", "refused"},
	{"M14", "listener-closed"},
	{"M15", "listener-closed"},
	{"M16", "listener-closed"},
	{"M17", "backlog-overflow syn-unanswered"},
	{"M18", "backlog-overflow"},
	{"M19", "unread-data orderly"},
	{"M20", "inherited-descriptor"},
	{"M21", "half-closed inherited-descriptor"},
	{"M22", "read-side-shut"},
	{"M23", "data-after-close"},
	{"M24", "half-closed half-close-as-close"},
	{"M25", "error-taken not-connected"},
	{"M26", "data-after-close not-connected"},
	{"M27", "reset-before-accept"},
	{"M28", "reset-behind-fin hang-up-before-data"},
	{"M29", "data-after-close reset-behind-fin"},
	{"M30", "never-closed orphan-expired"},
	{"M31", "half-closed"},
	{"M32", "linger2"},
	{"M33", "state-lost"},
	{"M34", "half-open-reuse"},
	{"M35", "orderly time-wait"},
	{"M36", "keepalive-timeout"},
	{"M37", "retransmission-timeout"},
	{"M38", "peer-does-not-read"},
	{"M39", "self-connect"},
	{"M40", "no-descriptors"},
	{"M41", "sigpipe"},
	{"M42", "close-in-another-thread"},
	{"M43", "close-in-another-thread"},
	{"M44", "abort"},
	{"M45", "abort"},
	{"M46", "unread-data"},
	{"M47", "data-after-close"},
	{"M48", "unread-data"},
	{"M49", "forged challenged"},
	{"M50", "lost-reset"},
	{"M51", "unread-data hang-up-before-data"},
	{"M52", "abort destroyed"},
	{"M53", "linger-blocks"},
	{"M54", "unread-data"},
	{"M55", "mptcp-abort"},
	{"M56", "unread-data"},
	{"M57", "abort error-taken"},
};

/* Which measured sequence a bug was reproduced as; "": its causes have no number for it. */
static const struct belongs bugs[] = {
	{"B001", "M01"},
	{"B002", "M01"},
	{"B004", "M02"},
	{"B005", "M03"},
	{"B007", "M05"},
	{"B008", "M04"},
	{"B010", "M01"},
	{"B011", "M04"},
	{"B013", "M02"},
	{"B014", "M01"},
	{"B016", "M02"},
	{"B017", "M02"},
	{"B019", "M47"},
	{"B020", "M46"},
	{"B022", "M08"},
	{"B023", "M05"},
	{"B025", "M01"},
	{"B026", "M10"},
	{"B028", "M01"},
	{"B029", "M01"},
	{"B031", "M07"},
	{"B032", "M07"},
	{"B034", "M07"},
	{"B035", "M07"},
	{"B037", "M25"},
	{"B038", "M10"},
	{"B040", "M07"},
	{"B041", "M11"},
	{"B043", "M11"},
	{"B044", "M12"},
	{"B046", "M12"},
	{"B047", "M12"},
	{"B049", "M11"},
	{"B050", "M05"},
	{"B052", "M10"},
	{"B053", "M10"},
	{"B055", "M10"},
	{"B056", "M10"},
	{"B058", "M33"},
	{"B059", "M33"},
	{"B061", "M33"},
	{"B062", "M37"},
	{"B064", "M37"},
	{"B065", "M36"},
	{"B067", "M33"},
	{"B068", ""},
	{"B070", ""},
	{"B071", ""},
	{"B073", "M17"},
	{"B074", "M17"},
	{"B076", "M18"},
	{"B077", "M14"},
	{"B079", "M16"},
	{"B080", "M13"},
	{"B082", "M20"},
	{"B083", "M21"},
	{"B085", "M20"},
	{"B086", "M26"},
	{"B088", "M25"},
	{"B089", "M27"},
	{"B091", "M27"},
	{"B092", "M27"},
	{"B094", "M44"},
	{"B095", "M02"},
	{"B097", "M17"},
	{"B098", "M24"},
	{"B100", "M24"},
	{"B101", "M24"},
	{"B103", "M24"},
	{"B104", "M24"},
	{"B106", "M30"},
	{"B107", "M31"},
	{"B109", "M38"},
	{"B110", "M50"},
	{"B112", "M30"},
	{"B113", "M28"},
	{"B115", "M29"},
	{"B116", "M46"},
	{"B118", "M42"},
	{"B119", "M30"},
	{"B121", "M41"},
	{"B122", "M40"},
	{"B124", "M43"},
	{"B125", "M39"},
	{"B127", "M35"},
	{"B130", "M34"},
	{"B131", "M49"},
	{"B128", NULL},
	{"B133", NULL},
	{"B134", NULL},
};

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

START_TEST(measured_sequences_belong_to_their_causes)
{
	char saw[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < causes.n; i++)
		if (cause_has(&causes.blocks[i], FIELD_MEASURED, measured[_i].id))
			at += (size_t)snprintf(saw + at, sizeof(saw) - at, "%s%s", at ? " " : "",
				causes.blocks[i].name);
	ck_assert_msg(!strcmp(saw, measured[_i].causes), "%s: want %s, saw %s", measured[_i].id,
		measured[_i].causes, saw);
}
END_TEST

static bool is_beyond(const char *id)
{
	for (size_t i = 0; i < causes.beyond.n; i++)
		if (!strcmp(causes.beyond.items[i], id))
			return true;
	return false;
}

START_TEST(bugs_belong_to_the_cause_that_they_were_reproduced_as)
{
	const struct belongs *bug = &bugs[_i];
	bool is_there = false, is_same = false;

	for (size_t i = 0; i < causes.n; i++) {
		const struct cause_block *block = &causes.blocks[i];

		if (!cause_has(block, FIELD_BUGS, bug->id))
			continue;
		is_there = true;
		is_same |= bug->causes &&
			(!*bug->causes || cause_has(block, FIELD_MEASURED, bug->causes));
	}
	ck_assert_msg(is_beyond(bug->id) == !bug->causes, "%s: wrong about `beyond`", bug->id);
	ck_assert_msg(is_there == (bug->causes != NULL), "%s: wrong about a block", bug->id);
	ck_assert_msg(
		!is_there || is_same, "%s: no cause of it is that of %s", bug->id, bug->causes);
}
END_TEST

static size_t known_id(const struct belongs *table, size_t n, const char *id)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(table[i].id, id);
	return found;
}

START_TEST(there_are_no_other_ids)
{
	for (size_t i = 0; i < causes.n; i++) {
		const struct cause_list_of_words *ids = &causes.blocks[i].fields[FIELD_MEASURED];

		for (size_t j = 0; j < ids->n; j++)
			ck_assert_uint_eq(known_id(measured, N_OF(measured), ids->items[j]), 1);
		ids = &causes.blocks[i].fields[FIELD_BUGS];
		for (size_t j = 0; j < ids->n; j++)
			ck_assert_uint_eq(known_id(bugs, N_OF(bugs), ids->items[j]), 1);
	}
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
	tcase_add_loop_test(
		committed, measured_sequences_belong_to_their_causes, 0, (int)N_OF(measured));
	tcase_add_loop_test(committed, bugs_belong_to_the_cause_that_they_were_reproduced_as, 0,
		(int)N_OF(bugs));
	tcase_add_test(committed, there_are_no_other_ids);
	suite_add_tcase(suite, reading);
	suite_add_tcase(suite, committed);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	srunner_free(runner);
	return 0;
}
