/* SPDX-License-Identifier: MIT */
/* See gather.h. */
#include "gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog.h"
#include "commands.h"
#include "judge.h"
#include "known.h"

static int complain_of_part(const char *path)
{
	fprintf(stderr,
		"%s: cut off: want \"# complete N\" with the number of its records as the last "
		"line\n",
		path);
	return -EINVAL;
}

static int load_all(char *const *paths, size_t n, bool wants_whole, struct record_list *ret)
{
	struct record_complaint complaint;

	for (size_t i = 0; i < n; i++) {
		int r = record_list_load_more(paths[i], ret, &complaint);

		if (r) {
			command_complain(paths[i], &complaint);
			return r;
		}
		if (wants_whole && !ret->is_whole)
			return complain_of_part(paths[i]);
	}
	return 0;
}

/* Where a record of the list has to go. */
struct place {
	const struct record *record;
	size_t own; /* its index */
	size_t system; /* the index of its system's first record */
	unsigned variant;
};

static void place_fill(const struct record_list *list, size_t i, struct place *places)
{
	const struct record *record = list->records[i];
	enum variant variant = VARIANT_COUNT; /* one that this program does not know comes last */
	size_t first = 0;

	if (i && !strcmp(record->system, list->records[i - 1]->system))
		first = places[i - 1].system;
	else
		while (strcmp(record->system, list->records[first]->system))
			first++;
	variant_parse(record->variant, &variant);
	places[i] = (struct place){record, i, first, variant};
}

static int by_place(const void *a, const void *b)
{
	const struct place *first = a, *second = b;
	int order;

	if (first->system != second->system)
		return first->system < second->system ? -1 : 1;
	order = strcmp(first->record->name, second->record->name);
	if (order)
		return order;
	if (first->variant != second->variant)
		return first->variant < second->variant ? -1 : 1;
	order = strcmp(first->record->variant, second->record->variant);
	return order ? order : first->own < second->own ? -1 : 1;
}

static int sort(struct record_list *list)
{
	struct place *places = calloc(list->n + 1, sizeof(*places));
	struct record **records = calloc(list->n + 1, sizeof(*records));

	if (!places || !records) {
		fprintf(stderr, "lastack: %s\n", strerror(ENOMEM));
		free(places);
		free(records);
		return -ENOMEM;
	}
	for (size_t i = 0; i < list->n; i++)
		place_fill(list, i, places);
	qsort(places, list->n, sizeof(*places), by_place);
	for (size_t i = 0; i < list->n; i++)
		records[i] = list->records[places[i].own];
	if (list->n)
		memcpy(list->records, records, list->n * sizeof(*records));
	free(places);
	free(records);
	return 0;
}

static int gather(char *const *paths, size_t n, bool wants_whole, struct record_list *ret)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	r = load_all(paths, n, wants_whole, ret);
	return r ? r : sort(ret);
}

int gather_records(char *const *paths, size_t n, struct record_list *ret)
{
	return gather(paths, n, false, ret);
}

int gather_whole_records(char *const *paths, size_t n, struct record_list *ret)
{
	return gather(paths, n, true, ret);
}

/* The case of a record's name, if there is one; loaded once for all its records that follow each
 * other. */
struct shelf {
	struct test_case test_case;
	bool is_loaded;
};

static int shelf_fetch(struct shelf *shelf, const char *name)
{
	struct complaint complaint;
	char path[512];
	int r;

	if (shelf->is_loaded && !strcmp(shelf->test_case.name, name))
		return 0;
	if (shelf->is_loaded)
		case_free(&shelf->test_case);
	shelf->is_loaded = false;
	if (snprintf(path, sizeof(path), "%s/%s.case", catalog_directory(), name) >=
			(int)sizeof(path) ||
		access(path, R_OK))
		return 0;
	r = case_load(path, &shelf->test_case, &complaint);
	if (r)
		complaint_print(&complaint, stderr);
	shelf->is_loaded = !r && !strcmp(shelf->test_case.name, name);
	return r;
}

static void judge_one(
	const struct test_case *test_case, const struct known_list *known, struct record *record)
{
	struct judgement judgement;

	judge(test_case, record, known_find(known, record->name, record->variant, record->system),
		&judgement);
	record->verdict = judgement.verdict;
	snprintf(record->reason, sizeof(record->reason), "%s", judgement.reason);
}

int gather_judge(struct record_list *list)
{
	struct record_complaint complaint;
	struct known_list known = {0};
	struct shelf shelf = {0};
	int r = known_load(catalog_known_path(), &known, &complaint);

	if (r)
		command_complain(catalog_known_path(), &complaint);
	for (size_t i = 0; !r && i < list->n; i++) {
		if (list->records[i]->verdict != VERDICT_NONE)
			continue;
		r = shelf_fetch(&shelf, list->records[i]->name);
		if (!r && shelf.is_loaded)
			judge_one(&shelf.test_case, &known, list->records[i]);
	}
	if (shelf.is_loaded)
		case_free(&shelf.test_case);
	known_free(&known);
	return r;
}
