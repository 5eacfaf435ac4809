/* SPDX-License-Identifier: MIT */
/* Words of a cell. Must not know how a table is written. */
#include "cell.h"

#include <string.h>

#include "signature.h"
#include "text.h"

char cell_letter(const struct grid *grid, const struct grid_row *row, size_t system)
{
	size_t kind = row->cells[system].kind;
	char mine[CELL_SIZE], other[CELL_SIZE];
	bool is_ambiguous = false;
	size_t i, before = 0;

	signature_cell(row->cells[system].record, mine, sizeof(mine));
	for (i = 0; i < grid->n_systems; i++) {
		const struct record *record = row->cells[i].record;

		if (row->cells[i].kind != i || i == kind ||
			strcmp(signature_cell(record, other, sizeof(other)), mine) != 0)
			continue;
		is_ambiguous = true;
		before += i < kind;
	}
	return is_ambiguous ? (char)('a' + before % 26) : '\0';
}

static bool is_judged_otherwise(enum verdict verdict)
{
	return verdict != VERDICT_NONE && verdict != VERDICT_PASS;
}

char *cell_text(
	const struct grid *grid, const struct grid_row *row, size_t system, char *buf, size_t size)
{
	const struct record *record = row->cells[system].record;
	char words[CELL_SIZE], letter;

	buf[0] = '\0';
	if (!record)
		return buf;
	if (row->cells[system].other)
		text_add(buf, size, "unstable: %s or ",
			signature_cell(row->cells[system].other, words, sizeof(words)));
	else if (record->verdict == VERDICT_BROKEN || record->verdict == VERDICT_SKIP)
		return strcpy(buf, verdict_name(record->verdict));
	else if (is_judged_otherwise(record->verdict))
		text_add(buf, size, "%s ", verdict_name(record->verdict));
	text_add(buf, size, "%s", signature_cell(record, words, sizeof(words)));
	letter = cell_letter(grid, row, system);
	if (letter)
		text_add(buf, size, " (%c)", letter);
	return buf;
}
