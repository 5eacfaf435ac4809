/* SPDX-License-Identifier: MIT */
/* What Meson is told: the lines of the TAP writer, and which skips are failures. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "run.h"
#include "skips.h"
#include "tap.h"

static const struct {
	enum verdict verdict;
	const char *reason;
	bool must_run;
	const char *line;
} lines[] = {
	{VERDICT_PASS, "", false, "ok 3 ipv4\n"},
	{VERDICT_FAIL, "want 7", false, "not ok 3 ipv4\n"},
	{VERDICT_BROKEN, "crash", false, "not ok 3 ipv4\n"},
	{VERDICT_SKIP, "needs linux >= 7.0", false, "ok 3 ipv4 # SKIP needs linux >= 7.0\n"},
	{VERDICT_SKIP, "needs linux >= 7.0", true, "not ok 3 ipv4\n"},
	{VERDICT_KNOWN, "commit 0123", false, "not ok 3 ipv4 # TODO commit 0123\n"},
	{VERDICT_SKIP, "two\nok 4 forged # TODO x", false,
		"ok 3 ipv4 # SKIP two ok 4 forged \\# TODO x\n"},
};

START_TEST(tap_is_what_meson_reads)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	tap_line(3, "ipv4", lines[_i].verdict, lines[_i].reason, lines[_i].must_run, stream);
	fclose(stream);
	ck_assert_str_eq(text, lines[_i].line);
	free(text);
}
END_TEST

static const struct {
	const char *reason, *must_run, *may_skip;
	bool fails;
} skips[] = {
	{"needs tls: No such file", NULL, NULL, false},
	{"needs tls: No such file", "0", NULL, false},
	{"needs tls: No such file", "1", NULL, true},
	{"needs tls: No such file", "1", "tls", false},
	{"needs tls (a module)", "1", " veth  tls ", false},
	{"needs tls", "1", "tls", false},
	{"needs tlsx: why", "1", "tls", true},
	{"needs tl: why", "1", "tls", true},
	{"tls is not here", "1", "tls", true},
	{"", "1", "tls", true},
};

static void set_or_not(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

START_TEST(skips_that_fail)
{
	set_or_not("LASTACK_MUST_RUN", skips[_i].must_run);
	set_or_not("LASTACK_MAY_SKIP", skips[_i].may_skip);
	ck_assert_int_eq(skip_is_failure(skips[_i].reason), skips[_i].fails);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("tap");

	tcase_add_loop_test(tcase, tap_is_what_meson_reads, 0, sizeof(lines) / sizeof(*lines));
	tcase_add_loop_test(tcase, skips_that_fail, 0, sizeof(skips) / sizeof(*skips));
	return tcase_run(tcase);
}
