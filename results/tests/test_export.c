/* SPDX-License-Identifier: MIT */
/* KTAP and KCIDB: whole outputs against committed ones, and texts that would be more than texts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kcidb.h"
#include "ktap.h"
#include "suite.h"

static const char *data;

static int kcidb_default(const struct record_list *list, FILE *stream)
{
	return kcidb_print(list, &(struct kcidb_options){.origin = "lastack"}, stream);
}

static const struct {
	const char *records, *want;
	list_print_function *print;
} outputs[] = {
	{"three.record", "three.ktap", ktap_print},
	{"three.record", "three.kcidb.json", kcidb_default},
	{"empty.record", "empty.ktap", ktap_print},
	{"empty.record", "empty.kcidb.json", kcidb_default},
};

START_TEST(output_as_committed)
{
	prints_as_committed(data, outputs[_i].records, outputs[_i].want, outputs[_i].print);
}
END_TEST

/* As a crashed process may have left it in a shared page, or a file may say. */
static struct record record_with(enum verdict verdict, const char *reason)
{
	struct record record = {.verdict = verdict};

	strcpy(record.name, "user/c");
	strcpy(record.variant, "ipv4");
	strcpy(record.system, "linux 6.18.44 x86_64");
	snprintf(record.reason, sizeof(record.reason), "%s", reason);
	return record;
}

static const struct {
	enum verdict verdict;
	const char *reason, *line; /* of KTAP */
} forgeries[] = {
	{VERDICT_FAIL, "x\nok 2 other", "    # FAIL ipv4: x ok 2 other\n    not ok 1 ipv4\n"},
	{VERDICT_FAIL, "SKIP not ours", "    # FAIL ipv4: SKIP not ours\n    not ok 1 ipv4\n"},
	{VERDICT_FAIL, "x # SKIP why", "    # FAIL ipv4: x _ SKIP why\n    not ok 1 ipv4\n"},
	{VERDICT_FAIL, "Subtest: x", "    # FAIL ipv4: Subtest: x\n    not ok 1 ipv4\n"},
	{VERDICT_BROKEN, "x # SKIP\r\n1..7", "    not ok 1 ipv4 # ERROR x _ SKIP? 1..7\n"},
	{VERDICT_SKIP, "a\nnot ok 1 b\033[2J", "    ok 1 ipv4 # SKIP a not ok 1 b?[2J\n"},
	{VERDICT_KNOWN, "# \xff", "    ok 1 ipv4 # XFAIL _ ?\n"},
	{VERDICT_NONE, "", "    ok 1 ipv4 # SKIP not judged\n"},
	{VERDICT_FAIL, "", "    1..1\n    not ok 1 ipv4\n"},
	{VERDICT_SKIP, "", "    ok 1 ipv4 # SKIP\n"},
};

START_TEST(no_text_forges_a_line)
{
	struct record record = record_with(forgeries[_i].verdict, forgeries[_i].reason);
	struct record_list list = {(struct record *[]){&record}, 1, 1};
	char *saw = printed(&list, ktap_print);
	size_t n = 0;

	ck_assert_msg(strstr(saw, forgeries[_i].line) != NULL, "see stderr%s",
		fprintf(stderr, "want in it\n%ssaw\n%s", forgeries[_i].line, saw) ? "" : "!");
	for (char *line = saw; (line = strchr(line, '\n')); line++)
		n++;
	ck_assert_uint_eq(n, record.verdict == VERDICT_FAIL && record.reason[0] ? 10 : 9);
	free(saw);
}
END_TEST

START_TEST(no_name_forges_a_directive)
{
	struct record record = record_with(VERDICT_PASS, "");
	struct record_list list = {(struct record *[]){&record}, 1, 1};
	char *saw;

	strcpy(record.name, "user/c#SKIP");
	strcpy(record.variant, "#TODO");
	strcpy(record.system, "mine 1 # SKIP\nnot ok 7");
	saw = printed(&list, ktap_print);
	ck_assert(strstr(saw, "    ok 1 _TODO\n"));
	ck_assert(strstr(saw, "  ok 1 user/c_SKIP\n"));
	ck_assert(strstr(saw, "\nok 1 mine 1 _ SKIP not ok 7\n"));
	ck_assert(!strchr(saw, '#'));
	free(saw);
}
END_TEST

static const struct {
	const char *name, *variant, *path;
} paths[] = {
	{"unread/close", "ipv4", "lastack.unread.close.ipv4"},
	{"user/my case.v2", "unix-dgram", "lastack.user.my_case_v2.unix-dgram"},
	{"/x", "ipv4", "lastack._.x.ipv4"},
	{"x//y/", "ipv4", "lastack.x._.y._.ipv4"},
	{"", "", "lastack._._"},
	{"\xc3\xa4/\"\n", "\x01", "lastack.__.__._"},
};

START_TEST(path_is_made_of_names)
{
	struct record record = record_with(VERDICT_PASS, "");
	struct record_list list = {(struct record *[]){&record}, 1, 1};
	char *saw, want[128];

	strcpy(record.name, paths[_i].name);
	strcpy(record.variant, paths[_i].variant);
	saw = printed(&list, kcidb_default);
	snprintf(want, sizeof(want), "\"path\": \"%s\"", paths[_i].path);
	ck_assert_msg(strstr(saw, want) != NULL, "%s", paths[_i].path);
	free(saw);
}
END_TEST

static int kcidb_of_a_build(const struct record_list *list, FILE *stream)
{
	return kcidb_print(list,
		&(struct kcidb_options){.origin = "us", .build_id = "maestro:1", .run = "job-7"},
		stream);
}

START_TEST(tests_of_somebody_elses_build)
{
	struct record record = record_with(VERDICT_PASS, "");
	struct record_list list = {(struct record *[]){&record}, 1, 1},
			   several = list_load(data, "three.record");
	char *saw = printed(&list, kcidb_of_a_build);

	ck_assert(strstr(saw, "\"build_id\": \"maestro:1\""));
	ck_assert(strstr(saw, "\"id\": \"us:job-7-"));
	ck_assert(strstr(saw, "\"checkouts\": []") && strstr(saw, "\"builds\": []"));
	free(saw);
	ck_assert_int_eq(kcidb_of_a_build(&several, stderr), -EINVAL);
	record_list_free(&several);
}
END_TEST

static const char *test_id(const char *report, char *buf, size_t size)
{
	const char *id = strstr(strstr(report, "\"tests\""), "\"id\": ");

	snprintf(buf, size, "%.*s", (int)strcspn(id, ","), id);
	return buf;
}

/* Sent twice it is one test; anything else it is another. */
START_TEST(id_is_of_the_content)
{
	struct record one = record_with(VERDICT_PASS, ""), other = one;
	struct record_list list = {(struct record *[]){&one}, 1, 1},
			   again = {(struct record *[]){&other}, 1, 1};
	char *first = printed(&list, kcidb_default), *second = printed(&again, kcidb_default);
	char id[64], id2[64];

	texts_equal("the same record", first, second);
	free(second);
	other.counters[0]++;
	second = printed(&again, kcidb_default);
	ck_assert_str_ne(test_id(first, id, sizeof(id)), test_id(second, id2, sizeof(id2)));
	free(first);
	free(second);
}
END_TEST

static const struct {
	const char *text;
	bool origin, id, run;
} words[] = {
	{"lastack", true, false, true},
	{"a_1", true, false, true},
	{"", false, false, false},
	{"Maestro", false, false, true},
	{"job-7.1", false, false, true},
	{"maestro:6553 x", false, true, false},
	{"maestro:", false, true, false},
	{":x", false, false, false},
	{"maestro:a\nb", false, false, false},
	{"maestro:\xff", false, false, false},
	{"a b", false, false, false},
};

START_TEST(words_are_checked)
{
	ck_assert_int_eq(kcidb_origin_is_valid(words[_i].text), words[_i].origin);
	ck_assert_int_eq(kcidb_id_is_valid(words[_i].text), words[_i].id);
	ck_assert_int_eq(kcidb_run_is_valid(words[_i].text), words[_i].run);
}
END_TEST

START_TEST(stream_fails)
{
	struct record_list list = list_load(data, "three.record");

	complains_of_full_disk(&list, ktap_print);
	complains_of_full_disk(&list, kcidb_default);
	record_list_free(&list);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = tcase_create("export");

	data = argc > 1 ? argv[1] : ".";
	tcase_add_loop_test(tests, output_as_committed, 0, N_OF(outputs));
	tcase_add_loop_test(tests, no_text_forges_a_line, 0, N_OF(forgeries));
	tcase_add_test(tests, no_name_forges_a_directive);
	tcase_add_loop_test(tests, path_is_made_of_names, 0, N_OF(paths));
	tcase_add_test(tests, tests_of_somebody_elses_build);
	tcase_add_test(tests, id_is_of_the_content);
	tcase_add_loop_test(tests, words_are_checked, 0, N_OF(words));
	tcase_add_test(tests, stream_fails);
	return tests_run(tests);
}
