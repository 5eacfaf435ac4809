/* SPDX-License-Identifier: MIT */
/* Lists of records: what they hold, and how much memory for it. usage: test_list DATA-FOLDER */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define BYTES_PER_RECORD 8192

static const char *data;

static struct record named(const char *name)
{
	struct record record = {.n_steps = 1};

	snprintf(record.name, sizeof(record.name), "%s", name);
	return record;
}

START_TEST(add_keeps_order)
{
	struct record_list list = {0};
	char name[32];

	for (int i = 0; i < 100; i++) {
		struct record record;

		snprintf(name, sizeof(name), "topic/case-%d", i);
		record = named(name);
		ck_assert_int_eq(record_list_add(&list, &record), 0);
	}
	ck_assert_uint_eq(list.n, 100);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "topic/case-%d", i);
		ck_assert_str_eq(list.records[i]->name, name);
	}
	record_list_free(&list);
	ck_assert(!list.records && !list.n && !list.room);
}
END_TEST

START_TEST(take_empties_the_other)
{
	struct record_list list = {0}, other = {0}, empty = {0};
	struct record a = named("t/a"), b = named("t/b");

	ck_assert_int_eq(record_list_add(&list, &a), 0);
	ck_assert_int_eq(record_list_add(&other, &b), 0);
	ck_assert_int_eq(record_list_take(&list, &other), 0);
	ck_assert_int_eq(record_list_take(&list, &empty), 0);
	ck_assert(list.n == 2 && !other.n && !other.records);
	ck_assert_str_eq(list.records[0]->name, "t/a");
	ck_assert_str_eq(list.records[1]->name, "t/b");
	record_list_free(&list);
}
END_TEST

START_TEST(put_replaces)
{
	struct record_list list;
	struct record a = named("t/a"), b = named("t/b");

	ck_assert_int_eq(record_list_begin(&list, 3), 0);
	ck_assert(list.n == 3 && !list.records[0] && !list.records[2]);
	ck_assert_int_eq(record_list_put(&list, 1, &a), 0);
	ck_assert_int_eq(record_list_put(&list, 1, &b), 0);
	ck_assert_str_eq(list.records[1]->name, "t/b");
	ck_assert(!list.records[0] && !list.records[2]);
	record_list_free(&list);
}
END_TEST

static size_t bytes_of(const struct record_list *list)
{
	size_t bytes = malloc_usable_size(list->records);

	for (size_t i = 0; i < list->n; i++)
		bytes += malloc_usable_size(list->records[i]);
	return bytes;
}

/* The list that `lastack matrix` makes of all recorded stacks. */
START_TEST(recorded_fits)
{
	struct record_list list = {0};
	struct record_complaint complaint;
	char folder[PATH_MAX], path[2 * PATH_MAX];
	struct dirent *entry;
	DIR *stream;

	snprintf(folder, sizeof(folder), "%s/../../recorded", data);
	stream = opendir(folder);
	ck_assert_msg(stream != NULL, "%s: %s", folder, strerror(errno));
	while ((entry = readdir(stream))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (strstr(entry->d_name, ".record"))
			ck_assert_msg(!record_list_load_more(path, &list, &complaint), "%s:%u: %s",
				path, complaint.line, complaint.text);
	}
	closedir(stream);
	ck_assert_uint_gt(list.n, 0);
	fprintf(stderr, "%zu records, %zu bytes each\n", list.n, bytes_of(&list) / list.n);
	ck_assert_uint_lt(bytes_of(&list) / list.n, BYTES_PER_RECORD);
	record_list_free(&list);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = tcase_create("list");

	if (argc != 2)
		return EXIT_FAILURE;
	data = argv[1];
	tcase_add_test(tests, add_keeps_order);
	tcase_add_test(tests, take_empties_the_other);
	tcase_add_test(tests, put_replaces);
	tcase_add_test(tests, recorded_fits);
	return tests_run(tests);
}
