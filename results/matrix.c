/* SPDX-License-Identifier: MIT */
/* Writes the behaviour matrix as Markdown. Must not know how records are compared (grid.c), nor
 * what a behaviour means. */
#include "matrix.h"

#include <errno.h>
#include <string.h>

#include "cell.h"
#include "signature.h"

/* Bytes that mean something in a table cell of GitHub Markdown. */
static void escaped_print(const char *text, FILE *stream)
{
	for (; *text; text++) {
		if (strchr("|\\`*<", *text))
			fputc('\\', stream);
		fputc(*text == '\n' ? ' ' : *text, stream);
	}
}

static void summary_print(const struct grid *grid, size_t system, FILE *stream)
{
	static const enum verdict order[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_BROKEN,
		VERDICT_SKIP, VERDICT_KNOWN, VERDICT_NONE};
	struct grid_summary summary = grid_summary(grid, system);
	const char *before = "";

	fprintf(stream, "- ");
	escaped_print(grid->systems[system]->system, stream);
	fprintf(stream, ": %zu run%s: ", summary.n, summary.n == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *name = order[i] == VERDICT_NONE ? "not judged" : verdict_name(order[i]);

		if (!summary.counts[order[i]])
			continue;
		fprintf(stream, "%s%zu %s", before, summary.counts[order[i]], name);
		before = ", ";
	}
	if (summary.unstable)
		fprintf(stream, "%s%zu unstable", before, summary.unstable);
	fputc('\n', stream);
}

static size_t topic_length(const char *name)
{
	return strcspn(name, "/");
}

static bool is_of_topic(const char *name, const char *other)
{
	size_t length = topic_length(other);

	return topic_length(name) == length && memcmp(name, other, length) == 0;
}

static void cell_print(
	const struct grid *grid, const struct grid_row *row, size_t system, FILE *stream)
{
	static const char *const marks[] = {
		[VERDICT_NONE] = "",
		[VERDICT_PASS] = "",
		[VERDICT_FAIL] = "**FAIL** ",
		[VERDICT_BROKEN] = "**BROKEN**",
		[VERDICT_SKIP] = "SKIP",
		[VERDICT_KNOWN] = "KNOWN ",
	};
	const struct record *record = row->cells[system].record;
	char text[CELL_SIZE], letter;

	if (!record)
		return;
	if (row->cells[system].other) {
		fputs("unstable: ", stream);
		escaped_print(signature_cell(row->cells[system].other, text, sizeof(text)), stream);
		fputs(" or ", stream);
	} else if ((size_t)record->verdict <= VERDICT_KNOWN) {
		fputs(marks[record->verdict], stream);
		if (record->verdict == VERDICT_BROKEN || record->verdict == VERDICT_SKIP)
			return;
	}
	escaped_print(signature_cell(record, text, sizeof(text)), stream);
	letter = cell_letter(grid, row, system);
	if (letter)
		fprintf(stream, " (%c)", letter);
}

/* " (ipv4, mapped)": the variants from `row` to `end` that behaved as `row` did. */
static void variants_print(const struct grid *grid, size_t row, size_t end, FILE *stream)
{
	const char *before = " (";
	size_t i;

	for (i = row; i < end; i++) {
		if (!grid_rows_alike(grid, &grid->rows[row], &grid->rows[i]))
			continue;
		fputs(before, stream);
		escaped_print(grid->rows[i].run->variant, stream);
		before = ", ";
	}
	fputc(')', stream);
}

static void title_print(const struct grid *grid, size_t first, size_t note, FILE *stream)
{
	const char *name = grid->rows[first].run->name;
	const char *about = grid_about(grid, first);
	size_t topic = topic_length(name);

	escaped_print(name[topic] ? name + topic + 1 : name, stream);
	if (about[0])
		fputs(": ", stream);
	escaped_print(about, stream);
	if (note)
		fprintf(stream, " [%zu]", note);
}

static void case_print(const struct grid *grid, size_t first, size_t note, FILE *stream)
{
	size_t end = grid_case_end(grid, first);
	bool is_uniform = true;
	size_t row, i;

	for (row = first; row < end; row++)
		is_uniform &= grid_rows_alike(grid, &grid->rows[first], &grid->rows[row]);
	for (row = first; row < end; row++) {
		if (!grid_is_first_of_its_kind(grid, first, row))
			continue;
		fputs("| ", stream);
		title_print(grid, first, note, stream);
		if (!is_uniform)
			variants_print(grid, row, end, stream);
		for (i = 0; i < grid->n_systems; i++) {
			fputs(" | ", stream);
			cell_print(grid, &grid->rows[row], i, stream);
		}
		fputs(" |\n", stream);
	}
}

static void heading_print(const struct grid *grid, const char *name, FILE *stream)
{
	size_t i;

	fprintf(stream, "\n## %.*s\n\n| case |", (int)topic_length(name), name);
	for (i = 0; i < grid->n_systems; i++) {
		fputc(' ', stream);
		escaped_print(grid->systems[i]->system, stream);
		fputs(" |", stream);
	}
	fputs("\n|---|", stream);
	for (i = 0; i < grid->n_systems; i++)
		fputs("---|", stream);
	fputc('\n', stream);
}

static void notes_print(const struct grid *grid, size_t first, FILE *stream)
{
	const char *name = grid->rows[first].run->name;
	size_t row, note = 0;

	for (row = first; row < grid->n_rows; row = grid_case_end(grid, row)) {
		const char *departs = grid_departs(grid, row);

		if (!departs[0] || !is_of_topic(grid->rows[row].run->name, name))
			continue;
		fprintf(stream, "%s%zu. ", note ? "" : "\n", note + 1);
		note++;
		escaped_print(departs, stream);
		fputc('\n', stream);
	}
}

/* The table of the topic whose first case stands at `first`. */
static void topic_print(const struct grid *grid, size_t first, FILE *stream)
{
	const char *name = grid->rows[first].run->name;
	size_t row, notes = 0;

	heading_print(grid, name, stream);
	for (row = first; row < grid->n_rows; row = grid_case_end(grid, row)) {
		if (!is_of_topic(grid->rows[row].run->name, name))
			continue;
		notes += grid_departs(grid, row)[0] != '\0';
		case_print(grid, row, grid_departs(grid, row)[0] ? notes : 0, stream);
	}
	notes_print(grid, first, stream);
}

static bool topic_is_new(const struct grid *grid, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++)
		if (is_of_topic(grid->rows[i].run->name, grid->rows[row].run->name))
			return false;
	return true;
}

int matrix_markdown(const struct record_list *list, FILE *stream)
{
	struct grid grid;
	size_t i;
	int r = grid_build(list, &grid);

	if (r < 0)
		return r;
	for (i = 0; i < grid.n_systems; i++)
		summary_print(&grid, i, stream);
	if (grid.n_systems > 1)
		fputs("\n(a), (b): the same words for different outcomes, counters or states.\n",
			stream);
	for (i = 0; i < grid.n_rows; i = grid_case_end(&grid, i))
		if (topic_is_new(&grid, i))
			topic_print(&grid, i, stream);
	grid_free(&grid);
	return ferror(stream) ? -EIO : 0;
}
