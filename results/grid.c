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
		if (system_index(grid, &list->records[i]) == grid->n_systems)
			systems[grid->n_systems++] = &list->records[i];
	return 0;
}

/* The row of this run, or where it must be inserted so that a case's rows stay together. */
static size_t row_index(const struct grid *grid, const struct record *run, bool *ret_is_new)
{
	size_t i, place = grid->n_rows;

	for (i = 0; i < grid->n_rows; i++) {
		if (strcmp(grid->rows[i].run->name, run->name) != 0)
			continue;
		place = i + 1;
		if (strcmp(grid->rows[i].run->variant, run->variant) == 0) {
			*ret_is_new = false;
			return i;
		}
	}
	*ret_is_new = true;
	return place;
}

static int row_insert(struct grid *grid, size_t place, const struct record *run)
{
	struct grid_row row = {.run = run};

	row.cells = calloc(grid->n_systems, sizeof(*row.cells));
	if (!row.cells)
		return -ENOMEM;
	memmove(&grid->rows[place + 1], &grid->rows[place],
		(grid->n_rows - place) * sizeof(*grid->rows));
	grid->rows[place] = row;
	grid->n_rows++;
	return 0;
}

static int record_place(struct grid *grid, const struct record *record)
{
	struct grid_cell *cell;
	bool is_new;
	size_t place = row_index(grid, record, &is_new);

	if (is_new && row_insert(grid, place, record) < 0)
		return -ENOMEM;
	cell = &grid->rows[place].cells[system_index(grid, record)];
	free(cell->signature);
	cell->record = record;
	cell->signature = signature_text(record);
	return cell->signature ? 0 : -ENOMEM;
}

int grid_build(const struct record_list *list, struct grid *ret)
{
	struct grid grid = {.n_rows = 0};
	int r = systems_collect(list, &grid);
	size_t i;

	grid.rows = calloc(list->n + 1, sizeof(*grid.rows));
	if (!grid.rows)
		r = -ENOMEM;
	for (i = 0; r == 0 && i < list->n; i++)
		r = record_place(&grid, &list->records[i]);
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

static bool cells_alike(const struct grid_cell *a, const struct grid_cell *b)
{
	if (!a->record || !b->record)
		return a->record == b->record;
	return a->record->verdict == b->record->verdict && strcmp(a->signature, b->signature) == 0;
}

bool grid_rows_alike(const struct grid *grid, const struct grid_row *a, const struct grid_row *b)
{
	size_t i;

	for (i = 0; i < grid->n_systems; i++)
		if (!cells_alike(&a->cells[i], &b->cells[i]))
			return false;
	return true;
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
