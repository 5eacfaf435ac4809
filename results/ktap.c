/* SPDX-License-Identifier: MIT */
/* See ktap.h. Must not know how records are compared. */
#include "ktap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "grid.h"
#include "signature.h"
#include "text.h"

/* How deep a line stands; two blanks each. */
enum depth { DEPTH_SYSTEM, DEPTH_CASE, DEPTH_VARIANT };

static const struct {
	bool ok;
	const char *directive; /* NULL: none */
} results[] = {
	[VERDICT_NONE] = {true, "SKIP"},
	[VERDICT_PASS] = {true, NULL},
	[VERDICT_FAIL] = {false, NULL},
	[VERDICT_BROKEN] = {false, "ERROR"},
	[VERDICT_SKIP] = {true, "SKIP"},
	[VERDICT_KNOWN] = {true, "XFAIL"},
};

/* What the tests below one test came to. */
struct tally {
	unsigned n, failed, skipped;
};

/* What begins a directive in one parser must not stand in a text for another. */
static const char *words_clean(const char *field, size_t size, char *buf)
{
	text_clean(field, size, buf);
	for (char *hash = buf; (hash = strchr(hash, '#'));)
		*hash = '_';
	return buf;
}

static void line_begin(enum depth depth, FILE *stream)
{
	fprintf(stream, "%*s", 2 * (int)depth, "");
}

static void head_print(enum depth depth, unsigned n, FILE *stream)
{
	line_begin(depth, stream);
	fputs("KTAP version 1\n", stream);
	line_begin(depth, stream);
	fprintf(stream, "1..%u\n", n);
}

/* `why` may be NULL or empty. */
static void result_print(enum depth depth, bool ok, unsigned number, const char *name,
	const char *directive, const char *why, FILE *stream)
{
	line_begin(depth, stream);
	fprintf(stream, "%s %u %s", ok ? "ok" : "not ok", number, name);
	if (directive)
		fprintf(stream, " # %s", directive);
	if (directive && why && *why)
		fprintf(stream, " %s", why);
	fputc('\n', stream);
}

/* A test that has others below it. */
static void parent_print(enum depth depth, unsigned number, const char *field, size_t size,
	const struct tally *below, FILE *stream)
{
	char name[RECORD_TEXT_SIZE];

	result_print(depth, !below->failed, number, words_clean(field, size, name),
		below->n && below->skipped == below->n ? "SKIP" : NULL, NULL, stream);
}

static const char *reason_of(const struct record *record)
{
	if (record->verdict == VERDICT_NONE)
		return "not judged";
	if (record->reason[0])
		return record->reason;
	return record->verdict == VERDICT_BROKEN ? record->broken : record->skip;
}

/* Why a cell failed: its record's reason, or that there are records which say different things. */
static void failure_print(
	const struct grid_cell *cell, const char *variant, const char *why, FILE *stream)
{
	char words[RECORD_TEXT_SIZE];

	line_begin(DEPTH_VARIANT, stream);
	/* Not the reason alone: "# Subtest: " begins something else. */
	fprintf(stream, "# FAIL %s: ", variant);
	if (cell->other) {
		fprintf(stream, "unstable: %s, or ",
			signature_cell(cell->other, words, sizeof(words)));
		fprintf(stream, "%s\n", signature_cell(cell->record, words, sizeof(words)));
	} else
		fprintf(stream, "%s\n", why);
}

static void cell_print(const struct grid_cell *cell, struct tally *tally, FILE *stream)
{
	char variant[RECORD_VARIANT_SIZE], why[RECORD_TEXT_SIZE];
	enum verdict verdict = cell->other ? VERDICT_FAIL : cell->record->verdict;
	bool ok = results[verdict].ok;

	words_clean(reason_of(cell->record), sizeof(why), why);
	words_clean(cell->record->variant, sizeof(variant), variant);
	if (verdict == VERDICT_FAIL && (cell->other || why[0]))
		failure_print(cell, variant, why, stream);
	tally->n++;
	tally->failed += !ok;
	tally->skipped += verdict == VERDICT_NONE || verdict == VERDICT_SKIP;
	result_print(DEPTH_VARIANT, ok, tally->n, variant, results[verdict].directive, why, stream);
}

static unsigned count_variants(const struct grid *grid, size_t first, size_t system)
{
	unsigned n = 0;

	for (size_t row = first; row < grid_case_end(grid, first); row++)
		n += grid->rows[row].cells[system].record != NULL;
	return n;
}

static void case_print(
	const struct grid *grid, size_t first, size_t system, struct tally *above, FILE *stream)
{
	const char *name = grid->rows[first].run->name;
	struct tally tally = {0};

	head_print(DEPTH_VARIANT, count_variants(grid, first, system), stream);
	for (size_t row = first; row < grid_case_end(grid, first); row++)
		if (grid->rows[row].cells[system].record)
			cell_print(&grid->rows[row].cells[system], &tally, stream);
	above->n++;
	above->failed += tally.failed != 0;
	above->skipped += tally.skipped == tally.n;
	parent_print(DEPTH_CASE, above->n, name, RECORD_NAME_SIZE, &tally, stream);
}

static unsigned count_cases(const struct grid *grid, size_t system)
{
	unsigned n = 0;

	for (size_t row = 0; row < grid->n_rows; row = grid_case_end(grid, row))
		n += count_variants(grid, row, system) != 0;
	return n;
}

static void system_print(const struct grid *grid, size_t system, FILE *stream)
{
	struct tally tally = {0};

	head_print(DEPTH_CASE, count_cases(grid, system), stream);
	for (size_t row = 0; row < grid->n_rows; row = grid_case_end(grid, row))
		if (count_variants(grid, row, system))
			case_print(grid, row, system, &tally, stream);
	parent_print(DEPTH_SYSTEM, (unsigned)system + 1, grid->systems[system]->system,
		RECORD_SYSTEM_SIZE, &tally, stream);
}

int ktap_print(const struct record_list *list, FILE *stream)
{
	struct grid grid;
	int r = grid_build(list, &grid);

	if (r < 0)
		return r;
	head_print(DEPTH_SYSTEM, (unsigned)grid.n_systems, stream);
	for (size_t i = 0; i < grid.n_systems; i++)
		system_print(&grid, i, stream);
	grid_free(&grid);
	return ferror(stream) ? -EIO : 0;
}
