/* SPDX-License-Identifier: MIT */
/* Words of a cell. Must not know how a table is written. */
#include "cell.h"

#include <string.h>

#include "signature.h"
#include "text.h"

static bool is_same_behaviour(const struct grid_cell *a, const struct grid_cell *b)
{
	return a->record && b->record && strcmp(a->signature, b->signature) == 0;
}

/* The first system in the row that behaved as `system` did. */
static size_t first_alike(const struct grid_row *row, size_t system)
{
	size_t i = 0;

	while (i < system && !is_same_behaviour(&row->cells[i], &row->cells[system]))
		i++;
	return i;
}

char cell_letter(const struct grid *grid, const struct grid_row *row, size_t system)
{
	size_t first = first_alike(row, system);
	char mine[CELL_SIZE], other[CELL_SIZE];
	bool is_ambiguous = false;
	size_t i, before = 0;

	signature_cell(row->cells[system].record, mine, sizeof(mine));
	for (i = 0; i < grid->n_systems; i++) {
		const struct record *record = row->cells[i].record;

		if (!record || first_alike(row, i) != i || i == first ||
			strcmp(signature_cell(record, other, sizeof(other)), mine) != 0)
			continue;
		is_ambiguous = true;
		before += i < first;
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
	if (is_judged_otherwise(record->verdict))
		text_add(buf, size, "%s", verdict_name(record->verdict));
	if (record->verdict == VERDICT_BROKEN || record->verdict == VERDICT_SKIP)
		return buf;
	text_add(
		buf, size, "%s%s", buf[0] ? " " : "", signature_cell(record, words, sizeof(words)));
	letter = cell_letter(grid, row, system);
	if (letter)
		text_add(buf, size, " (%c)", letter);
	return buf;
}
