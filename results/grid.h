/* SPDX-License-Identifier: MIT */
/* Records arranged: cases, their variants, and a cell for each system. Private to results/. Knows
 * which runs behaved alike; knows nothing of Markdown or JSON. */
#ifndef LASTACK_RESULTS_GRID_H
#define LASTACK_RESULTS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define GRID_NO_KIND SIZE_MAX

struct grid_cell {
	/* The list's; NULL: there is no such run. Of several one that was found out about, the last
	 * of those that are alike. */
	const struct record *record;
	const struct record *other; /* another that behaved differently: unstable; mostly NULL */
	char *signature;
	/* Cells of one row with the same kind behaved the same (each signature_alike() with each):
	 * the index of the first such system. GRID_NO_KIND: not found out about. */
	size_t kind;
};

struct grid_row { /* one variant of one case */
	const struct record *run; /* the first with this name and variant */
	struct grid_cell *cells; /* by system */
};

struct grid {
	const struct record *const *systems; /* the first record of each; in order of appearance */
	size_t n_systems;
	struct grid_row *rows; /* rows of one case stand together, cases in order of appearance */
	size_t n_rows;
};

/* What one system's runs came to: each once, whatever machines did it. */
struct grid_summary {
	size_t n; /* all of them */
	size_t unstable; /* not among the counts */
	size_t counts[VERDICT_KNOWN + 1]; /* by verdict */
};

/* Returns 0 or -ENOMEM. The grid points into the list. */
int grid_build(const struct record_list *list, struct grid *ret);
void grid_free(struct grid *grid);

/* Index behind the last row of the case that has row `first`. */
size_t grid_case_end(const struct grid *grid, size_t first);
/* Whether two rows behaved the same and were judged the same on every system. */
bool grid_rows_alike(const struct grid *grid, const struct grid_row *a, const struct grid_row *b);
/* Whether no row of the case between `first` and this one behaved as it did. */
bool grid_is_first_of_its_kind(const struct grid *grid, size_t first, size_t row);
struct grid_summary grid_summary(const struct grid *grid, size_t system);
/* The first text of a case that some record has; a record of another system may lack it. */
const char *grid_about(const struct grid *grid, size_t first);
const char *grid_departs(const struct grid *grid, size_t first);

#endif
