/* SPDX-License-Identifier: MIT */
/* What a cell of the matrix says, in plain words, for every kind of table. Private to results/. */
#ifndef LASTACK_RESULTS_CELL_H
#define LASTACK_RESULTS_CELL_H

#include "grid.h"

enum { CELL_SIZE = 256 };

/* 'b' for the second behaviour in a row that has the same words as another; NUL: no letter needed.
 */
char cell_letter(const struct grid *grid, const struct grid_row *row, size_t system);

/* "FAIL RST,ACK; ECONNRESET (b)": the verdict word where it is not PASS, signature_cell(), the
 * letter. BROKEN and SKIP stand alone; "unstable: FIN or RST" where runs differed; "" where there
 * is no run. What does not fit is cut. Returns buf. */
char *cell_text(
	const struct grid *grid, const struct grid_row *row, size_t system, char *buf, size_t size);

#endif
