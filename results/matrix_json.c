/* SPDX-License-Identifier: MIT */
/* Writes the behaviour matrix as JSON. Must not know how records are compared. */
#include "matrix.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "signature.h"
#include "text.h"

/* jansson's *_new functions take NULL as a failed value and say so, and json_decref() takes it too:
 * what is built below is checked once, where it is added to what stands around it. */

static json_t *field_json(const char *field)
{
	char text[RECORD_TEXT_SIZE];

	return json_string(text_clean(field, strlen(field) + 1, text));
}

static json_t *signature_json(const char *signature)
{
	json_t *lines = json_array();
	const char *end;

	for (; lines && (end = strchr(signature, '\n')); signature = end + 1) {
		if (json_array_append_new(
			    lines, json_stringn(signature, (size_t)(end - signature))) < 0) {
			json_decref(lines);
			return NULL;
		}
	}
	return lines;
}

static json_t *run_json(const struct record *record, const char *signature)
{
	char text[RECORD_TEXT_SIZE];
	const char *verdict = verdict_name(record->verdict);
	json_t *object = json_object();

	if (json_object_set_new(object, "verdict", json_string(verdict)) ||
		json_object_set_new(object, "reason", field_json(record->reason)) ||
		json_object_set_new(
			object, "cell", json_string(signature_cell(record, text, sizeof(text)))) ||
		json_object_set_new(object, "signature", signature_json(signature))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *cell_json(const struct grid_cell *cell)
{
	json_t *object = run_json(cell->record, cell->signature);
	char *signature;
	int r;

	if (!object || !cell->other)
		return object;
	signature = signature_text(cell->other);
	r = signature ? json_object_set_new(object, "unstable", run_json(cell->other, signature))
		      : -1;
	free(signature);
	if (!r)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *variant_json(const struct grid *grid, const struct grid_row *row)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < grid->n_systems; i++) {
		if (!row->cells[i].record)
			continue;
		if (json_object_set_new(
			    object, grid->systems[i]->system, cell_json(&row->cells[i])) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *variants_json(const struct grid *grid, size_t first)
{
	json_t *object = json_object();
	size_t row;

	for (row = first; row < grid_case_end(grid, first); row++) {
		if (json_object_set_new(object, grid->rows[row].run->variant,
			    variant_json(grid, &grid->rows[row])) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *case_json(const struct grid *grid, size_t first)
{
	json_t *object = json_object();

	if (json_object_set_new(object, "name", field_json(grid->rows[first].run->name)) ||
		json_object_set_new(object, "about", field_json(grid_about(grid, first))) ||
		json_object_set_new(object, "departs", field_json(grid_departs(grid, first))) ||
		json_object_set_new(object, "variants", variants_json(grid, first))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *systems_json(const struct grid *grid)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < grid->n_systems; i++) {
		if (json_array_append_new(array, field_json(grid->systems[i]->system)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *cases_json(const struct grid *grid)
{
	json_t *array = json_array();
	size_t row;

	for (row = 0; row < grid->n_rows; row = grid_case_end(grid, row)) {
		if (json_array_append_new(array, case_json(grid, row)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *grid_json(const struct grid *grid)
{
	json_t *object = json_object();

	if (json_object_set_new(object, "systems", systems_json(grid)) ||
		json_object_set_new(object, "cases", cases_json(grid))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

int matrix_json(const struct record_list *list, FILE *stream)
{
	struct grid grid;
	json_t *object;
	int r = grid_build(list, &grid);

	if (r < 0)
		return r;
	object = grid_json(&grid);
	grid_free(&grid);
	if (!object)
		return -ENOMEM;
	/* jansson keeps keys in the order in which they were set. */
	r = json_dumpf(object, stream, JSON_INDENT(2));
	json_decref(object);
	if (r < 0 || fputc('\n', stream) == EOF || ferror(stream))
		return -EIO;
	return 0;
}
