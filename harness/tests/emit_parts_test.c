/* SPDX-License-Identifier: MIT */
/* A program gets the parts that it calls, each once, what they need in front of them, and no other.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "emit_parts.h"
#include "run.h"

static const char parts_text[] = "//// one(\n"
				 "#include <a.h>\n"
				 "one\n"
				 "\n"
				 "//// two( deux(\n"
				 "#include <b.h>\n"
				 "#include <a.h>\n"
				 "two calls one()\n"
				 "@EMPTY@\n"
				 "and has @SIZE@ @SIZE@\n"
				 "\n"
				 "//// FLAG_*\n"
				 "#include <flag.h>\n"
				 "//// last\n"
				 "last, an address: a@b\n";

static char *top, *middle;

static void select_for(const char *body)
{
	static const struct emit_filling fillings[] = {{"EMPTY", ""}, {"SIZE", "7"}, {NULL, NULL}};
	const struct emit_parts parts = {.text = parts_text,
		.gathers = {"#include "},
		.comment = "//",
		.fillings = fillings};
	size_t size;
	FILE *to_top = open_memstream(&top, &size), *to_middle;

	ck_assert_ptr_nonnull(to_top);
	to_middle = open_memstream(&middle, &size);
	ck_assert_ptr_nonnull(to_middle);
	ck_assert_int_eq(emit_parts_write(&parts, body, to_top, to_middle), 0);
	fclose(to_top);
	fclose(to_middle);
}

static void forget(void)
{
	free(top);
	free(middle);
	top = middle = NULL;
}

START_TEST(what_is_called_comes_with_what_it_calls)
{
	select_for("x = two(1) + two(2);");
	ck_assert_str_eq(top, "#include <a.h>\n#include <b.h>\n");
	ck_assert_str_eq(middle, "one\n\ntwo calls one()\nand has 7 7\n\n");
}
END_TEST

START_TEST(second_name_is_as_good)
{
	select_for("deux()");
	ck_assert_ptr_nonnull(strstr(middle, "two calls"));
}
END_TEST

START_TEST(beginning_of_a_word_is_enough_where_said)
{
	select_for("FLAG_X | OTHER");
	ck_assert_str_eq(top, "#include <flag.h>\n");
	ck_assert_str_eq(middle, "");
}
END_TEST

static const char *const strangers[] = {"// one()", "/* one( */", "\"one(\"", "'one('",
	"\"a \\\" one(\"", "one", "another_one(", "one_more()", "FLAG", "lastly", "at_last"};

START_TEST(comments_literals_and_other_words_call_nothing)
{
	select_for(strangers[_i]);
	ck_assert_str_eq(top, "");
	ck_assert_str_eq(middle, "");
}
END_TEST

START_TEST(behind_comments_and_literals_it_goes_on)
{
	select_for("/* \" */ \"//\" '\"' one() // \"");
	ck_assert_str_eq(middle, "one\n\n");
}
END_TEST

START_TEST(what_is_no_filling_stays)
{
	select_for("last");
	ck_assert_str_eq(middle, "last, an address: a@b\n");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("emit_parts");

	tcase_add_checked_fixture(tcase, NULL, forget);
	tcase_add_test(tcase, what_is_called_comes_with_what_it_calls);
	tcase_add_test(tcase, second_name_is_as_good);
	tcase_add_test(tcase, beginning_of_a_word_is_enough_where_said);
	tcase_add_loop_test(tcase, comments_literals_and_other_words_call_nothing, 0,
		sizeof(strangers) / sizeof(*strangers));
	tcase_add_test(tcase, behind_comments_and_literals_it_goes_on);
	tcase_add_test(tcase, what_is_no_filling_stays);
	return tcase_run(tcase);
}
