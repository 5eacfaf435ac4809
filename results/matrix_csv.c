/* SPDX-License-Identifier: MIT */
/* Writes the behaviour matrix as CSV. Must not know how records are compared. */
#include "matrix_csv.h"

#include <errno.h>
#include <string.h>

#include "cell.h"
#include "text.h"

/* "-" alone is what a cell says where nothing ended the connection. */
static bool is_formula(const char *text)
{
	return text[0] && strchr("=+-@\t\r", text[0]) && text[1];
}

static void field_print(const char *field, FILE *stream)
{
	char text[RECORD_TEXT_SIZE];
	const char *at;

	text_clean(field, strlen(field) + 1, text);
	fputc('"', stream);
	if (is_formula(text))
		fputc('\'', stream);
	for (at = text; *at; at++) {
		if (*at == '"')
			fputc('"', stream);
		fputc(*at, stream);
	}
	fputc('"', stream);
}

static void heading_print(const struct grid *grid, FILE *stream)
{
	size_t i;

	fputs("\"case\",\"variant\"", stream);
	for (i = 0; i < grid->n_systems; i++) {
		fputc(',', stream);
		field_print(grid->systems[i]->system, stream);
	}
	fputs("\r\n", stream);
}

static void row_print(const struct grid *grid, const struct grid_row *row, FILE *stream)
{
	char text[CELL_SIZE];
	size_t i;

	field_print(row->run->name, stream);
	fputc(',', stream);
	field_print(row->run->variant, stream);
	for (i = 0; i < grid->n_systems; i++) {
		fputc(',', stream);
		field_print(cell_text(grid, row, i, text, sizeof(text)), stream);
	}
	fputs("\r\n", stream);
}

int matrix_csv(const struct record_list *list, FILE *stream)
{
	struct grid grid;
	size_t i;
	int r = grid_build(list, &grid);

	if (r < 0)
		return r;
	heading_print(&grid, stream);
	for (i = 0; i < grid.n_rows; i++)
		row_print(&grid, &grid.rows[i], stream);
	grid_free(&grid);
	return ferror(stream) ? -EIO : 0;
}
