/* SPDX-License-Identifier: MIT */
/* Packs a grid for the page: every text, ladder and cell once. Must not know how they are shown. */
#include "page_data.h"

#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "page_ladder.h"
#include "signature.h"
#include "text.h"

/* jansson's *_new functions take NULL as a failed value and say so; a failure anywhere is kept in
 * `is_failed` and looked at once, at the end. */

/* A list in which everything stands once. */
struct pool {
	json_t *items;
	json_t *indices; /* by key */
};

struct packer {
	const struct grid *grid;
	struct pool texts, ladders, cells;
	bool is_failed;
};

static bool pool_start(struct pool *pool)
{
	pool->items = json_array();
	pool->indices = json_object();
	return pool->items && pool->indices;
}

static void pool_free(struct pool *pool)
{
	json_decref(pool->items);
	json_decref(pool->indices);
}

/* -1 where it is new. */
static json_int_t pool_find(const struct pool *pool, const char *key)
{
	const json_t *index = json_object_get(pool->indices, key);

	return index ? json_integer_value(index) : -1;
}

/* Takes the reference to `item`. */
static json_int_t pool_add(struct packer *packer, struct pool *pool, const char *key, json_t *item)
{
	json_int_t index = (json_int_t)json_array_size(pool->items);

	if (json_array_append_new(pool->items, item) < 0 ||
		json_object_set_new(pool->indices, key, json_integer(index)) < 0)
		packer->is_failed = true;
	return index;
}

static json_int_t text_index(struct packer *packer, const char *text)
{
	json_int_t index = pool_find(&packer->texts, text);

	return index >= 0 ? index : pool_add(packer, &packer->texts, text, json_string(text));
}

static json_int_t field_index(struct packer *packer, const char *field)
{
	char text[RECORD_TEXT_SIZE];

	return text_index(packer, text_clean(field, strlen(field) + 1, text));
}

static void append(struct packer *packer, json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) < 0)
		packer->is_failed = true;
}

static void set(struct packer *packer, json_t *object, const char *key, json_t *item)
{
	if (json_object_set_new(object, key, item) < 0)
		packer->is_failed = true;
}

static json_t *ladder_json(struct packer *packer, const struct page_ladder *ladder)
{
	json_t *lines = json_array();
	size_t i;

	for (i = 0; i < ladder->n; i++)
		append(packer, lines,
			json_integer(text_index(packer, ladder->lines[ladder->order[i]])));
	return lines;
}

/* The lines in the signature's order: what is equal whatever the order of time. */
static char *ladder_key(const struct page_ladder *ladder)
{
	char *key = NULL;
	size_t size = 0, i;
	FILE *stream = open_memstream(&key, &size);

	if (!stream)
		return NULL;
	for (i = 0; i < ladder->n; i++)
		fprintf(stream, "%s\n", ladder->lines[i]);
	if (fclose(stream) != 0) {
		free(key);
		return NULL;
	}
	return key;
}

static json_int_t ladder_index(struct packer *packer, const struct record *record)
{
	struct page_ladder ladder;
	json_int_t index = -1;
	char *key;

	if (page_ladder(record, &ladder) < 0) {
		packer->is_failed = true;
		return -1;
	}
	key = ladder_key(&ladder);
	if (!key)
		packer->is_failed = true;
	else
		index = pool_find(&packer->ladders, key);
	if (key && index < 0)
		index = pool_add(packer, &packer->ladders, key, ladder_json(packer, &ladder));
	free(key);
	page_ladder_free(&ladder);
	return index;
}

static json_int_t cell_index(struct packer *packer, const struct record *record)
{
	char words[CELL_SIZE], key[128];
	json_int_t text = text_index(packer, signature_cell(record, words, sizeof(words)));
	json_int_t ladder = ladder_index(packer, record);
	json_int_t reason = field_index(packer, record->reason);
	json_int_t index;

	snprintf(key, sizeof(key), "%d %lld %lld %lld", (int)record->verdict, (long long)text,
		(long long)ladder, (long long)reason);
	index = pool_find(&packer->cells, key);
	if (index >= 0)
		return index;
	return pool_add(packer, &packer->cells, key,
		json_pack("[i,I,I,I]", (int)record->verdict, text, ladder, reason));
}

/* Systems that behaved alike have the class of the first of them, as have those that were not found
 * out about for the same cause; no run: -1. */
static int cell_class(const struct grid_row *row, size_t system)
{
	size_t i = 0;

	if (!row->cells[system].record)
		return -1;
	if (row->cells[system].kind != GRID_NO_KIND)
		return (int)row->cells[system].kind;
	while (!row->cells[i].record ||
		strcmp(row->cells[i].signature, row->cells[system].signature) != 0)
		i++;
	return (int)i;
}

static json_t *cell_json(struct packer *packer, const struct grid_row *row, size_t system)
{
	const struct grid_cell *cell = &row->cells[system];
	json_int_t index = cell->record ? cell_index(packer, cell->record) : -1;
	char letter = cell->record ? cell_letter(packer->grid, row, system) : '\0';
	json_t *array = json_pack("[i,I,i]", 1, index, cell_class(row, system));

	if (letter || cell->other)
		append(packer, array, json_stringn(&letter, letter != '\0'));
	if (cell->other)
		append(packer, array, json_integer(cell_index(packer, cell->other)));
	return array;
}

/* Whether the cell says what the last one said; counts it there if so. */
static bool is_repeated(json_t *cells, const json_t *cell)
{
	json_t *last = json_array_get(cells, json_array_size(cells) - 1);
	size_t i;

	if (!last || json_array_size(last) != json_array_size(cell))
		return false;
	for (i = 1; i < json_array_size(cell); i++)
		if (!json_equal(json_array_get(last, i), json_array_get(cell, i)))
			return false;
	json_integer_set(json_array_get(last, 0), json_integer_value(json_array_get(last, 0)) + 1);
	return true;
}

static json_t *cells_json(struct packer *packer, const struct grid_row *row)
{
	json_t *cells = json_array();
	size_t i;

	for (i = 0; i < packer->grid->n_systems; i++) {
		json_t *cell = cell_json(packer, row, i);

		if (cell && is_repeated(cells, cell))
			json_decref(cell);
		else
			append(packer, cells, cell);
	}
	return cells;
}

static json_t *field_json(const char *field)
{
	char text[RECORD_TEXT_SIZE];

	return json_string(text_clean(field, strlen(field) + 1, text));
}

/* The variants from `row` to `end` that behaved as `row` did. */
static json_t *variants_json(struct packer *packer, size_t row, size_t end)
{
	const struct grid *grid = packer->grid;
	json_t *variants = json_array();
	size_t i;

	for (i = row; i < end; i++)
		if (grid_rows_alike(grid, &grid->rows[row], &grid->rows[i]))
			append(packer, variants, field_json(grid->rows[i].run->variant));
	return variants;
}

static json_t *rows_json(struct packer *packer, size_t first)
{
	const struct grid *grid = packer->grid;
	size_t end = grid_case_end(grid, first);
	json_t *rows = json_array();
	size_t i;

	for (i = first; i < end; i++) {
		json_t *row;

		if (!grid_is_first_of_its_kind(grid, first, i))
			continue;
		row = json_object();
		set(packer, row, "variants", variants_json(packer, i, end));
		set(packer, row, "cells", cells_json(packer, &grid->rows[i]));
		append(packer, rows, row);
	}
	return rows;
}

static json_t *case_json(struct packer *packer, size_t first)
{
	json_t *object = json_object();

	set(packer, object, "name", field_json(packer->grid->rows[first].run->name));
	set(packer, object, "about", field_json(grid_about(packer->grid, first)));
	set(packer, object, "departs", field_json(grid_departs(packer->grid, first)));
	set(packer, object, "rows", rows_json(packer, first));
	return object;
}

static json_t *cases_json(struct packer *packer)
{
	const struct grid *grid = packer->grid;
	json_t *cases = json_array();
	size_t row;

	for (row = 0; row < grid->n_rows; row = grid_case_end(grid, row))
		append(packer, cases, case_json(packer, row));
	return cases;
}

static json_t *systems_json(struct packer *packer)
{
	json_t *systems = json_array();
	size_t i;

	for (i = 0; i < packer->grid->n_systems; i++)
		append(packer, systems, field_json(packer->grid->systems[i]->system));
	return systems;
}

/* Texts that say nothing have the index 0. */
static json_t *pack(struct packer *packer)
{
	json_t *object = json_object();

	text_index(packer, "");
	set(packer, object, "systems", systems_json(packer));
	set(packer, object, "cases", cases_json(packer));
	set(packer, object, "cells", json_incref(packer->cells.items));
	set(packer, object, "ladders", json_incref(packer->ladders.items));
	set(packer, object, "texts", json_incref(packer->texts.items));
	return object;
}

json_t *page_data(const struct grid *grid)
{
	struct packer packer = {.grid = grid};
	json_t *object = NULL;
	bool is_started = pool_start(&packer.texts);

	is_started = pool_start(&packer.ladders) && is_started;
	is_started = pool_start(&packer.cells) && is_started;
	if (is_started)
		object = pack(&packer);
	pool_free(&packer.texts);
	pool_free(&packer.ladders);
	pool_free(&packer.cells);
	if (packer.is_failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}
