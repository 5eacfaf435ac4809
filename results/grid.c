/* SPDX-License-Identifier: MIT */
/* Arranges records as cases by systems. Must not know how a table is written. */
#include "grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"

static size_t system_index(const struct grid *grid, const struct record *record)
{
	size_t i;

	for (i = 0; i < grid->n_systems; i++)
		if (strcmp(grid->systems[i]->system, record->system) == 0)
			break;
	return i;
}

static int systems_collect(const struct record_list *list, struct grid *grid)
{
	const struct record **systems = calloc(list->n + 1, sizeof(*systems));
	size_t i;

	if (!systems)
		return -ENOMEM;
	grid->systems = systems;
	for (i = 0; i < list->n; i++)
		if (system_index(grid, list->records[i]) == grid->n_systems)
			systems[grid->n_systems++] = list->records[i];
	return 0;
}

/* A record with its place in the list, and the first places of its case and of its run. */
struct place {
	const struct record *record;
	size_t own, of_case, of_run;
};

static int by_name(const void *a, const void *b)
{
	const struct place *one = a, *two = b;
	int r = strcmp(one->record->name, two->record->name);

	if (!r)
		r = strcmp(one->record->variant, two->record->variant);
	return r ? r : (one->own > two->own) - (one->own < two->own);
}

static int by_appearance(const void *a, const void *b)
{
	const struct place *one = a, *two = b;

	if (one->of_case != two->of_case)
		return one->of_case < two->of_case ? -1 : 1;
	if (one->of_run != two->of_run)
		return one->of_run < two->of_run ? -1 : 1;
	return (one->own > two->own) - (one->own < two->own);
}

static bool is_same_case(const struct record *a, const struct record *b)
{
	return !strcmp(a->name, b->name);
}

static bool is_same_run(const struct record *a, const struct record *b)
{
	return is_same_case(a, b) && !strcmp(a->variant, b->variant);
}

/* Sorted by name, a case's records stand together: each learns where the first of them appeared. */
static void find_first_places(struct place *places, size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		size_t first = places[from].own;

		for (to = from; to < n && is_same_case(places[to].record, places[from].record);
			to++) {
			places[to].of_run =
				to > from && is_same_run(places[to].record, places[to - 1].record)
				? places[to - 1].of_run
				: places[to].own;
			if (places[to].own < first)
				first = places[to].own;
		}
		for (size_t i = from; i < to; i++)
			places[i].of_case = first;
	}
}

/* Of two records of one run, the better known one stays. */
static void cell_take(struct grid_cell *cell, const struct record *record)
{
	if (!cell->record || !signature_exists(cell->record))
		cell->record = record;
	else if (signature_alike(cell->record, record))
		cell->record = record;
	else if (signature_exists(record) && !cell->other)
		cell->other = record;
}

static int row_begin(struct grid *grid, const struct record *run)
{
	struct grid_row *row = &grid->rows[grid->n_rows];

	row->run = run;
	row->cells = calloc(grid->n_systems, sizeof(*row->cells));
	if (!row->cells)
		return -ENOMEM;
	grid->n_rows++;
	return 0;
}

static int rows_fill(struct grid *grid, const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct record *record = places[i].record;
		bool is_new = !i || places[i].of_run != places[i - 1].of_run;

		if (is_new && row_begin(grid, record) < 0)
			return -ENOMEM;
		cell_take(&grid->rows[grid->n_rows - 1].cells[system_index(grid, record)], record);
	}
	return 0;
}

static int rows_collect(const struct record_list *list, struct grid *grid)
{
	struct place *places = calloc(list->n + 1, sizeof(*places));
	int r = places ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < list->n; i++)
		places[i] = (struct place){.record = list->records[i], .own = i};
	if (!r) {
		qsort(places, list->n, sizeof(*places), by_name);
		find_first_places(places, list->n);
		qsort(places, list->n, sizeof(*places), by_appearance);
		r = rows_fill(grid, places, list->n);
	}
	free(places);
	return r;
}

/* Whether a system behaved as all that have this kind so far: alike is not transitive where one of
 * them saw less. */
static bool is_of_kind(const struct grid_row *row, size_t kind, size_t system)
{
	const struct grid_cell *cells = row->cells;

	if (cells[kind].kind != kind || cells[kind].other || cells[system].other)
		return false;
	for (size_t i = kind; i < system; i++)
		if (cells[i].kind == kind &&
			!signature_alike(cells[i].record, cells[system].record))
			return false;
	return true;
}

static size_t kind_of(const struct grid_row *row, size_t system)
{
	const struct record *record = row->cells[system].record;
	size_t kind = 0;

	if (!record || !signature_exists(record))
		return GRID_NO_KIND;
	while (kind < system && !is_of_kind(row, kind, system))
		kind++;
	return kind;
}

static int row_compare(const struct grid *grid, struct grid_row *row)
{
	for (size_t i = 0; i < grid->n_systems; i++) {
		struct grid_cell *cell = &row->cells[i];

		row->cells[i].kind = kind_of(row, i);
		if (cell->record && !(cell->signature = signature_text(cell->record)))
			return -ENOMEM;
	}
	return 0;
}

int grid_build(const struct record_list *list, struct grid *ret)
{
	struct grid grid = {.n_rows = 0};
	int r = systems_collect(list, &grid);
	size_t i;

	grid.rows = calloc(list->n + 1, sizeof(*grid.rows));
	if (!grid.rows)
		r = -ENOMEM;
	if (r == 0)
		r = rows_collect(list, &grid);
	for (i = 0; r == 0 && i < grid.n_rows; i++)
		r = row_compare(&grid, &grid.rows[i]);
	if (r < 0) {
		grid_free(&grid);
		return r;
	}
	*ret = grid;
	return 0;
}

void grid_free(struct grid *grid)
{
	size_t i, k;

	for (i = 0; i < grid->n_rows; i++) {
		for (k = 0; k < grid->n_systems; k++)
			free(grid->rows[i].cells[k].signature);
		free(grid->rows[i].cells);
	}
	free(grid->rows);
	free((void *)grid->systems);
	*grid = (struct grid){.n_rows = 0};
}

size_t grid_case_end(const struct grid *grid, size_t first)
{
	size_t end = first + 1;

	while (end < grid->n_rows &&
		strcmp(grid->rows[end].run->name, grid->rows[first].run->name) == 0)
		end++;
	return end;
}

bool grid_is_first_of_its_kind(const struct grid *grid, size_t first, size_t row)
{
	size_t i;

	for (i = first; i < row; i++)
		if (grid_rows_alike(grid, &grid->rows[i], &grid->rows[row]))
			return false;
	return true;
}

static bool cells_alike(const struct grid_cell *a, const struct grid_cell *b)
{
	if (a == b)
		return true;
	if (!a->record || !b->record)
		return a->record == b->record;
	return !a->other && !b->other && a->record->verdict == b->record->verdict &&
		strcmp(a->signature, b->signature) == 0;
}

bool grid_rows_alike(const struct grid *grid, const struct grid_row *a, const struct grid_row *b)
{
	size_t i;

	for (i = 0; i < grid->n_systems; i++)
		if (!cells_alike(&a->cells[i], &b->cells[i]))
			return false;
	return true;
}

struct grid_summary grid_summary(const struct grid *grid, size_t system)
{
	struct grid_summary summary = {.n = 0};

	for (size_t i = 0; i < grid->n_rows; i++) {
		const struct grid_cell *cell = &grid->rows[i].cells[system];

		if (!cell->record)
			continue;
		summary.n++;
		if (cell->other)
			summary.unstable++;
		else if ((size_t)cell->record->verdict <= VERDICT_KNOWN)
			summary.counts[cell->record->verdict]++;
	}
	return summary;
}

static const char *case_text(const struct grid *grid, size_t first, size_t offset)
{
	size_t end = grid_case_end(grid, first);
	size_t row, i;

	for (row = first; row < end; row++) {
		for (i = 0; i < grid->n_systems; i++) {
			const struct record *record = grid->rows[row].cells[i].record;
			const char *text = record ? (const char *)record + offset : "";

			if (text[0])
				return text;
		}
	}
	return "";
}

const char *grid_about(const struct grid *grid, size_t first)
{
	return case_text(grid, first, offsetof(struct record, about));
}

const char *grid_departs(const struct grid *grid, size_t first)
{
	return case_text(grid, first, offsetof(struct record, departs));
}
