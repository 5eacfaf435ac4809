/* SPDX-License-Identifier: MIT */
/* known.tsv: which files are refused, which row is found, which versions a row holds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "known.h"
#include "suite.h"

/* Loads a table from text. */
static int load_from(const char *text, struct known_list *ret, struct record_complaint *complaint)
{
	char path[] = "/tmp/lastack-known-XXXXXX";
	int fd = mkstemp(path);
	int r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = known_load(path, ret, complaint);
	unlink(path);
	return r;
}

static const struct {
	const char *versions, *version;
	bool want;
} ranges[] = {
	{"*", "6.18.44", true},
	{"*", "", true},
	{"6.12..6.18", "6.12", true},
	{"6.12..6.18", "6.12.0", true},
	{"6.12..6.18", "6.11.99", false},
	{"6.12..6.18", "6.18.44", true},
	{"6.12..6.18", "6.19", false},
	{"6.12..6.18", "6.19.0-rc1", false},
	{"6.12..6.18", "7", false},
	{"6.12..6.18", "7.13", false},
	{"6.12..6.18", "5.15", false},
	{"6.12..6.18", "6.2", false},
	{"6.18.44", "6.18.44", true},
	{"6.18.44", "6.18.4", false},
	{"6.18.44", "6.18.45", false},
	{"6.18.44", "6.18.44-cloud", true},
	{"6.18", "6.18.44", true},
	{"6.18", "6.1", false},
	{"6.18", "6.19", false},
	{"..5.9", "5.9.16", true},
	{"..5.9", "5.10", false},
	{"..5.9", "4", true},
	{"..5.9.2", "5.9", true},
	{"..5.9.2", "5.9.3", false},
	{"6.1..", "6.1.0-37-amd64", true},
	{"6.1..", "6.0.9", false},
	{"6.1.5..", "6.1", false},
	{"6.1..", "100", true},
	{"6.1..6.1", "6.1.0-37-amd64", true},
	{"6.1.0-37-amd64", "6.1.0-37-amd64", true},
	{"6.1.0-37-amd64", "6.1.0-38-amd64", false},
	{"release-2026", "release-2026", true},
	{"6.1..", "release-2026", false},
	{"6.1", "", false},
};

START_TEST(known_versions)
{
	ck_assert_msg(
		known_holds_version(ranges[_i].versions, ranges[_i].version) == ranges[_i].want,
		"%s and %s: want %d", ranges[_i].versions, ranges[_i].version, ranges[_i].want);
}
END_TEST

#define ROW(variant, stack, versions, line) \
	"unread/close\t" variant "\t" stack "\t" versions "\t" line "\tRFC 9293 3.6.1\n"

static const struct {
	const char *text;
	unsigned line;
	const char *complaint;
} bad_tables[] = {
	{"unread/close\n", 1, "want 6 columns with tabs between them, read fewer"},
	{"# x\n\na\tb\tc\t*\t*\n", 3, "want 6 columns with tabs between them, read fewer"},
	{"a\tb\tc\t*\t*\twhy\tmore\n", 1, "want 6 columns with tabs between them, read more"},
	{"a\tb\tc\t*\t*\t\n", 1, "want a text in column \"why\", read nothing"},
	{"a\t\tc\t*\t*\twhy\n", 1, "want a text in column \"variant\", read nothing"},
	{" \n", 1, "want 6 columns with tabs between them, read fewer"},
	{ROW("ipv4", "linux", "*", "x"), 1, "want a line number or *, read \"x\""},
	{ROW("ipv4", "linux", "*", "0"), 1, "want a line number or *, read \"0\""},
	{ROW("ipv4", "linux", "*", "99999999999999999999"), 1,
		"want a line number or *, read \"99999999999999999999\""},
	{ROW("ipv4", "linux", "..", "*"), 1, "want versions as in 6.12..6.18, read \"..\""},
	{ROW("ipv4", "linux", "6.18..6.12", "*"), 1,
		"want versions as in 6.12..6.18, read \"6.18..6.12\""},
	{ROW("ipv4", "linux", "6.1...", "*"), 1, "want versions as in 6.12..6.18, read \"6.1...\""},
	{ROW("ipv4", "linux", "6.1-a..6.2", "*"), 1,
		"want versions as in 6.12..6.18, read \"6.1-a..6.2\""},
	{ROW("ipv4", "linux", "99999999999999999999..", "*"), 1,
		"want versions as in 6.12..6.18, read \"99999999999999999999..\""},
	{ROW("ipv4", "linux", "1.2.3.4.5.6.7..", "*"), 1,
		"want versions as in 6.12..6.18, read \"1.2.3.4.5.6.7..\""},
	{ROW("a-variant-too-long", "linux", "*", "*"), 1,
		"want at most 15 bytes in column \"variant\", read 18"},
	{ROW("ipv4", "linux", "*", "*") "a\x02\n", 2, "want text, read the byte 0x02 in column 2"},
};

START_TEST(known_refused)
{
	struct record_complaint complaint = {.line = 0};
	struct known_list list = {.n = 42};

	ck_assert_int_eq(load_from(bad_tables[_i].text, &list, &complaint), -EINVAL);
	ck_assert_str_eq(complaint.text, bad_tables[_i].complaint);
	ck_assert_int_eq(complaint.line, bad_tables[_i].line);
	ck_assert_int_eq(list.n, 42);
}
END_TEST

START_TEST(known_found)
{
	static const char table[] = "# a comment\n\n" ROW("ipv6", "linux", "6.12..6.18", "12")
		ROW("*", "linux", "..5.9", "*") "unread/close\tipv4\tgvisor\t*\t7\tno issue yet";
	struct record_complaint complaint;
	struct known_list list;

	ck_assert_int_eq(load_from(table, &list, &complaint), 0);
	ck_assert_int_eq(list.n, 3);
	ck_assert_int_eq(list.rows[0].line, 12);
	ck_assert_int_eq(list.rows[1].line, 0);
	ck_assert_str_eq(list.rows[2].why, "no issue yet");
	ck_assert_ptr_eq(
		known_find(&list, "unread/close", "ipv6", "linux 6.18.44 x86_64"), list.rows);
	ck_assert_ptr_eq(
		known_find(&list, "unread/close", "ipv6", "linux 5.4.1 x86_64"), list.rows + 1);
	ck_assert_ptr_eq(
		known_find(&list, "unread/close", "ipv4", "gvisor 20260101.0"), list.rows + 2);
	ck_assert_ptr_null(known_find(&list, "unread/close", "ipv4", "linux 6.18.44 x86_64"));
	ck_assert_ptr_null(known_find(&list, "unread/clos", "ipv6", "linux 6.18.44 x86_64"));
	ck_assert_ptr_null(known_find(&list, "unread/close", "ipv6", "linux"));
	ck_assert_ptr_null(known_find(&list, "unread/close", "ipv6", ""));
	known_free(&list);
}
END_TEST

START_TEST(known_missing)
{
	struct record_complaint complaint = {.line = 7};
	struct known_list list = {.n = 42};

	ck_assert_int_eq(known_load("/", &list, &complaint), -EISDIR);
	ck_assert(list.n == 42 && complaint.line == 0 && complaint.text[0]);
	ck_assert_int_eq(known_load("/nonexistent/known.tsv", &list, &complaint), 0);
	ck_assert_int_eq(list.n, 0);
}
END_TEST

static const char *data;

START_TEST(known_committed)
{
	struct record_complaint complaint = {.line = 0};
	struct known_list list;
	char path[4096];

	snprintf(path, sizeof(path), "%s/../../known.tsv", data);
	ck_assert_int_eq(access(path, R_OK), 0);
	ck_assert_msg(
		known_load(path, &list, &complaint) == 0, "%u: %s", complaint.line, complaint.text);
	known_free(&list);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = tcase_create("known");

	data = argc > 1 ? argv[1] : ".";
	tcase_add_loop_test(tests, known_versions, 0, N_OF(ranges));
	tcase_add_loop_test(tests, known_refused, 0, N_OF(bad_tables));
	tcase_add_test(tests, known_found);
	tcase_add_test(tests, known_missing);
	tcase_add_test(tests, known_committed);
	return tests_run(tests);
}
