/* SPDX-License-Identifier: MIT */
/* What the tests of this room share. */
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tests_run(TCase *tests)
{
	Suite *suite = suite_create("results");
	SRunner *runner = srunner_create(suite);
	int n_failed;

	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	/* Meson 1.0 takes another status than 0 for a broken TAP stream, not for a failed test. */
	return n_failed && !getenv("CK_TAP_LOG_FILE_NAME") ? EXIT_FAILURE : EXIT_SUCCESS;
}

void texts_equal(const char *what, const char *want, const char *saw)
{
	if (strcmp(want, saw) == 0)
		return;
	fprintf(stderr, "%s: want\n%s%s: saw\n%s", what, want, what, saw);
	ck_abort_msg("%s differs, see stderr", what);
}

struct record_list list_load(const char *directory, const char *name)
{
	struct record_complaint complaint = {.line = 0};
	struct record_list list = {.n = 0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_msg(record_list_load(path, &list, &complaint) == 0, "%s:%u: %s", path,
		complaint.line, complaint.text);
	return list;
}

/* Not inline: gcc 12 takes the text for the variable that pointed to it. */
__attribute__((noinline)) char *printed(const struct record_list *list, list_print_function *print)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	ck_assert(stream);
	ck_assert_int_eq(print(list, stream), 0);
	fclose(stream);
	return text;
}

void complains_of_full_disk(const struct record_list *list, list_print_function *print)
{
	FILE *stream = fopen("/dev/full", "we");

	if (!stream)
		return;
	setvbuf(stream, NULL, _IONBF, 0);
	ck_assert_int_eq(print(list, stream), -EIO);
	fclose(stream);
}

void prints_as_committed(
	const char *directory, const char *records, const char *want, list_print_function *print)
{
	struct record_list list = list_load(directory, records);
	char *wanted = file_text(directory, want), *saw = printed(&list, print);

	texts_equal(want, wanted, saw);
	record_list_free(&list);
	free(wanted);
	free(saw);
}

static char *stream_text(FILE *stream)
{
	char *text = NULL;
	size_t size = 0;

	if (getdelim(&text, &size, '\0', stream) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(stream);
	return text;
}

char *file_text(const char *directory, const char *name)
{
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "re");
	ck_assert_msg(stream, "%s cannot be opened", path);
	return stream_text(stream);
}

char *record_text(const struct record *record)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	ck_assert(stream);
	ck_assert_int_eq(record_print(record, stream), 0);
	fclose(stream);
	return text;
}

int record_from(
	const char *text, size_t size, struct record *ret, struct record_complaint *complaint)
{
	FILE *stream = fmemopen((void *)text, size, "r");
	unsigned line = 0;
	int r;

	ck_assert(stream);
	r = record_read(stream, &line, ret, complaint);
	fclose(stream);
	return r;
}
