/* SPDX-License-Identifier: MIT */
/* Signatures, the matrix and the diff: whole outputs against committed ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "matrix.h"
#include "signature.h"
#include "stream_end.h"
#include "suite.h"

static const char *data;

static int signatures_print(const struct record_list *list, FILE *stream)
{
	char cell[128];
	size_t i;

	for (i = 0; i < list->n; i++) {
		char *text = signature_text(list->records[i]);

		fprintf(stream, "%s %s: %s\n%s\n", list->records[i]->name,
			list->records[i]->variant,
			signature_cell(list->records[i], cell, sizeof(cell)), text);
		free(text);
	}
	return 0;
}

static int records_print(const struct record_list *list, FILE *stream)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		record_print(list->records[i], stream);
	return 0;
}

static const struct {
	const char *records, *want;
	list_print_function *print;
} outputs[] = {
	{"three.record", "three.record", records_print},
	{"three.record", "three.signature", signatures_print},
	{"three.record", "three.md", matrix_markdown},
	{"three.record", "three.json", matrix_json},
	{"systems.record", "systems.record.out", records_print},
	{"systems.record", "systems.md", matrix_markdown},
	{"least.record", "least.md", matrix_markdown},
	{"empty.record", "empty.md", matrix_markdown},
	{"empty.record", "empty.json", matrix_json},
};

START_TEST(output_as_committed)
{
	prints_as_committed(data, outputs[_i].records, outputs[_i].want, outputs[_i].print);
}
END_TEST

static const struct diff_options diff;

START_TEST(diff_as_committed)
{
	struct record_list a = list_load(data, "diff-a.record"),
			   b = list_load(data, "diff-b.record");
	struct diff_count count;
	char *want = file_text(data, "diff.txt"), *saw = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&saw, &size);

	ck_assert_int_eq(diff_print(&a, &b, &diff, stream, &count), 0);
	fclose(stream);
	texts_equal("diff.txt", want, saw);
	ck_assert(
		count.same == 1 && count.different == 3 && count.only_a == 1 && count.only_b == 2);
	ck_assert_uint_eq(count.late, 1);
	record_list_free(&a);
	record_list_free(&b);
	free(want);
	free(saw);
}
END_TEST

START_TEST(stream_fails)
{
	struct record_list list = list_load(data, "three.record");
	struct diff_count count;
	FILE *stream = fopen("/dev/full", "we");

	complains_of_full_disk(&list, matrix_markdown);
	complains_of_full_disk(&list, matrix_json);
	if (stream) {
		setvbuf(stream, NULL, _IONBF, 0);
		ck_assert_int_eq(diff_print(&list, &list, &diff, stream, &count), -EIO);
		fclose(stream);
	}
	record_list_free(&list);
}
END_TEST

static const struct {
	const char *line;
	bool is_end;
	size_t n;
} ends[] = {
	{"# complete 4086\n", true, 4086},
	{"# complete 0", true, 0},
	{"# complete", false, 0},
	{"# complete 40 86\n", false, 0},
	{"# completed 4\n", false, 0},
	{"end\n", false, 0},
};

START_TEST(stream_end_is_told)
{
	size_t n = 0;

	ck_assert_int_eq(stream_end_parse(ends[_i].line, &n), ends[_i].is_end);
	if (ends[_i].is_end)
		ck_assert_uint_eq(n, ends[_i].n);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = tcase_create("report");

	data = argc > 1 ? argv[1] : ".";
	tcase_add_loop_test(tests, output_as_committed, 0, N_OF(outputs));
	tcase_add_test(tests, diff_as_committed);
	tcase_add_test(tests, stream_fails);
	tcase_add_loop_test(tests, stream_end_is_told, 0, N_OF(ends));
	return tests_run(tests);
}
