/* SPDX-License-Identifier: MIT */
/* The tables for browsers and spreadsheets: what must not be taken for markup or a formula, and
 * whether cells are shared exactly by who behaved alike. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "matrix_csv.h"
#include "matrix_html.h"
#include "signature.h"
#include "suite.h"

static const char *data;

static const struct {
	const char *records, *want;
} csv_files[] = {
	{"three.record", "three.csv"},
	{"systems.record", "systems.csv"},
	{"hostile.record", "hostile.csv"},
	{"empty.record", "empty.csv"},
};

START_TEST(csv_as_committed)
{
	prints_as_committed(data, csv_files[_i].records, csv_files[_i].want, matrix_csv);
}
END_TEST

static const char *const record_files[] = {
	"three.record", "systems.record", "hostile.record", "empty.record"};

START_TEST(page_is_the_same_each_time)
{
	struct record_list list = list_load(data, record_files[_i]);
	char *first = printed(&list, matrix_html), *second = printed(&list, matrix_html);

	ck_assert(strcmp(first, second) == 0);
	record_list_free(&list);
	free(first);
	free(second);
}
END_TEST

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* However hostile the records: the page has the elements that it has without any. */
START_TEST(records_add_no_markup)
{
	static const char *const parts[] = {"<script", "</script", "<img", "<b>", "<!--"};
	struct record_list hostile = list_load(data, "hostile.record"),
			   none = list_load(data, "empty.record");
	char *page = printed(&hostile, matrix_html), *bare = printed(&none, matrix_html);
	size_t i;

	for (i = 0; i < N_OF(parts); i++)
		ck_assert_msg(count_of(page, parts[i]) == count_of(bare, parts[i]),
			"%s: %zu, without records %zu", parts[i], count_of(page, parts[i]),
			count_of(bare, parts[i]));
	ck_assert(strstr(page, "linux &lt;b&gt;&quot;6&quot;&lt;/b&gt; &amp; co"));
	record_list_free(&hostile);
	record_list_free(&none);
	free(page);
	free(bare);
}
END_TEST

/* The page's own files leave no mark unreplaced and fetch nothing. */
START_TEST(page_stands_alone)
{
	static const char *const parts[] = {"{{", "http:", "https:", "url(", "src=", "@import"};
	struct record_list list = list_load(data, "three.record");
	char *page = printed(&list, matrix_html);
	size_t i;

	for (i = 0; i < N_OF(parts); i++)
		ck_assert_msg(!strstr(page, parts[i]), "the page holds %s", parts[i]);
	record_list_free(&list);
	free(page);
}
END_TEST

static json_t *page_json(const struct record_list *list)
{
	static const char start[] = "<script id=\"data\" type=\"application/json\">";
	char *page = printed(list, matrix_html);
	char *at = strstr(page, start);
	json_t *object;

	ck_assert(at);
	at += strlen(start);
	*strstr(at, "</script>") = '\0';
	object = json_loads(at, 0, NULL);
	ck_assert(object);
	free(page);
	return object;
}

static const struct record *record_of(
	const struct record_list *list, const char *name, const char *variant, const char *system)
{
	size_t i;

	for (i = list->n; i-- > 0;)
		if (!strcmp(list->records[i]->name, name) &&
			!strcmp(list->records[i]->variant, variant) &&
			!strcmp(list->records[i]->system, system))
			return list->records[i];
	return NULL;
}

static bool behaved_alike(const struct record *a, const struct record *b)
{
	char *mine, *other;
	bool is_alike;

	if (!a || !b)
		return a == b;
	if (signature_exists(a) && signature_exists(b))
		return a->verdict == b->verdict && signature_alike(a, b);
	mine = signature_text(a);
	other = signature_text(b);
	is_alike = a->verdict == b->verdict && !strcmp(mine, other);
	free(mine);
	free(other);
	return is_alike;
}

static const char *text_at(const json_t *array, size_t i)
{
	return json_string_value(json_array_get(array, i));
}

static json_int_t number_at(const json_t *array, size_t i)
{
	return json_integer_value(json_array_get(array, i));
}

/* What the page merges neighbours by. */
struct shown {
	json_int_t class, verdict; /* -1: no run */
};

static struct shown shown_of(const json_t *object, const json_t *cell)
{
	json_int_t index = number_at(cell, 1);
	json_t *cells = json_object_get(object, "cells");

	return (struct shown){.class = number_at(cell, 2),
		.verdict = index < 0 ? -1 : number_at(json_array_get(cells, (size_t)index), 0)};
}

static size_t row_expand(const json_t *object, const json_t *row, struct shown *ret, size_t max)
{
	json_t *cell;
	size_t i, n = 0;

	json_array_foreach(json_object_get(row, "cells"), i, cell)
	{
		for (json_int_t k = number_at(cell, 0); k > 0 && n < max; k--)
			ret[n++] = shown_of(object, cell);
	}
	return n;
}

/* Neighbours are shown as one exactly if they behaved, and were judged, alike. */
static void row_check(
	const struct record_list *list, const json_t *object, const char *name, const json_t *row)
{
	const char *variant = text_at(json_object_get(row, "variants"), 0);
	json_t *systems = json_object_get(object, "systems");
	const struct record *first = NULL;
	struct shown shown[16];
	size_t i, n = row_expand(object, row, shown, N_OF(shown));

	ck_assert_uint_eq(n, json_array_size(systems));
	for (i = 0; i < n; i++) {
		const struct record *record = record_of(list, name, variant, text_at(systems, i));
		bool is_merged = i > 0 && shown[i].class == shown[i - 1].class &&
			shown[i].verdict == shown[i - 1].verdict;

		ck_assert_msg((shown[i].class < 0) == !record, "%s %s: %zu", name, variant, i);
		ck_assert_msg(i == 0 || behaved_alike(first, record) == is_merged,
			"%s %s: system %zu %s the cell before", name, variant, i,
			is_merged ? "shares" : "does not share");
		first = is_merged ? first : record;
	}
}

START_TEST(cells_are_shared_by_the_alike)
{
	struct record_list list = list_load(data, record_files[_i]);
	json_t *object = page_json(&list), *cases = json_object_get(object, "cases");
	json_t *one, *row;
	size_t i, k;

	json_array_foreach(cases, i, one)
	{
		json_array_foreach(json_object_get(one, "rows"), k, row)
		{
			row_check(&list, object, json_string_value(json_object_get(one, "name")),
				row);
		}
	}
	ck_assert(i > 0 || list.n == 0);
	json_decref(object);
	record_list_free(&list);
}
END_TEST

/* The lines of the first cell that is no -1 in the first row of a case. */
static char *ladder_text(const json_t *object, size_t which)
{
	json_t *row = json_array_get(
		json_object_get(json_array_get(json_object_get(object, "cases"), which), "rows"),
		0);
	json_int_t cell = number_at(json_array_get(json_object_get(row, "cells"), 0), 1);
	json_int_t ladder =
		number_at(json_array_get(json_object_get(object, "cells"), (size_t)cell), 2);
	json_t *lines = json_array_get(json_object_get(object, "ladders"), (size_t)ladder);
	char *text = NULL;
	size_t size = 0, i;
	FILE *stream = open_memstream(&text, &size);

	for (i = 0; i < json_array_size(lines); i++)
		fprintf(stream, "%s\n",
			text_at(json_object_get(object, "texts"), (size_t)number_at(lines, i)));
	fclose(stream);
	return text;
}

/* Calls and segments in order of time, what nobody compares behind a tab; no time, window, port. */
START_TEST(ladder_lines)
{
	struct record_list list = list_load(data, "hostile.record");
	json_t *object = page_json(&list);
	char *saw = ladder_text(object, 0);

	texts_equal("ladder",
		"client send 7 = 7\n"
		"wire client data 7\tseq 1 ack 1\n"
		"server close = 0\t0.2 s\n"
		"wire server RST\tseq 1 ack 0 ttl 255 opts none\n"
		"client recv 64 = -1 ECONNRESET\n",
		saw);
	free(saw);
	json_decref(object);
	record_list_free(&list);
}
END_TEST

/* In three.record all variants of unread/close behave the same on Linux 6.18: one ladder. */
START_TEST(ladders_stand_once)
{
	struct record_list list = list_load(data, "three.record");
	json_t *object = page_json(&list), *ladders = json_object_get(object, "ladders");
	size_t i, k;

	for (i = 0; i < json_array_size(ladders); i++)
		for (k = 0; k < i; k++)
			ck_assert(!json_equal(
				json_array_get(ladders, i), json_array_get(ladders, k)));
	ck_assert_uint_gt(json_array_size(ladders), 0);
	ck_assert_uint_lt(json_array_size(ladders), list.n);
	json_decref(object);
	record_list_free(&list);
}
END_TEST

/* Linux 6.2 in systems.record did close/two in two ways. */
START_TEST(unstable_cells_hold_both)
{
	struct record_list list = list_load(data, "systems.record");
	json_t *object = page_json(&list);
	json_t *row = json_array_get(
		json_object_get(json_array_get(json_object_get(object, "cases"), 1), "rows"), 0);
	json_t *cell = json_array_get(json_object_get(row, "cells"), 2);

	ck_assert_uint_eq(json_array_size(cell), 5);
	ck_assert_int_ne(number_at(cell, 1), number_at(cell, 4));
	json_decref(object);
	record_list_free(&list);
}
END_TEST

START_TEST(stream_fails)
{
	struct record_list list = list_load(data, "three.record");

	complains_of_full_disk(&list, matrix_csv);
	complains_of_full_disk(&list, matrix_html);
	record_list_free(&list);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tests = tcase_create("page");

	data = argc > 1 ? argv[1] : ".";
	tcase_add_loop_test(tests, csv_as_committed, 0, N_OF(csv_files));
	tcase_add_loop_test(tests, page_is_the_same_each_time, 0, N_OF(record_files));
	tcase_add_test(tests, records_add_no_markup);
	tcase_add_test(tests, page_stands_alone);
	tcase_add_loop_test(tests, cells_are_shared_by_the_alike, 0, N_OF(record_files));
	tcase_add_test(tests, ladder_lines);
	tcase_add_test(tests, ladders_stand_once);
	tcase_add_test(tests, unstable_cells_hold_both);
	tcase_add_test(tests, stream_fails);
	return tests_run(tests);
}
