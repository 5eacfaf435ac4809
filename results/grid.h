/* SPDX-License-Identifier: MIT */
/* Records arranged: cases, their variants, and a cell for each system. Private to results/. Knows
 * which runs behaved alike; knows nothing of Markdown or JSON. */
#ifndef LASTACK_RESULTS_GRID_H
#define LASTACK_RESULTS_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct grid_cell {
	const struct record *record; /* the list's; NULL: there is no such run */
	char *signature;
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

/* Returns 0 or -ENOMEM. The grid points into the list. */
int grid_build(const struct record_list *list, struct grid *ret);
void grid_free(struct grid *grid);

/* Index behind the last row of the case that has row `first`. */
size_t grid_case_end(const struct grid *grid, size_t first);
/* Whether two rows behaved the same and were judged the same on every system. */
bool grid_rows_alike(const struct grid *grid, const struct grid_row *a, const struct grid_row *b);
/* The first text of a case that some record has; a record of another system may lack it. */
const char *grid_about(const struct grid *grid, size_t first);
const char *grid_departs(const struct grid *grid, size_t first);

#endif
