/* SPDX-License-Identifier: MIT */
/* What the HTML page knows, as one JSON object. Private to results/.
 *
 *   systems  ["linux 6.18.44 x86_64", ...]                    the columns
 *   texts    ["RST,ACK; ECONNRESET", ...]                     every text once; elsewhere: its index
 *   ladders  [[text, ...], ...]                               lines in order of time
 *   cells    [[verdict, words, ladder, reason], ...]          verdict: enum verdict
 *   cases    [{name, about, departs, rows}, ...]              texts of the case are not indices
 *   rows     [{variants, cells: [[n, cell, class, letter, other], ...]}, ...]
 *
 * A row is what the variants that behaved and were judged alike everywhere share, shown by the
 * first of them. Its cells stand run-length encoded: n neighbouring systems, the index of the cell
 * or -1 where there is no run, the class (equal: behaved alike) and, only where the words alone
 * would mislead, a letter; where runs of that system differed, the cell of another behaviour. Cells
 * with the same lines share a ladder: the first one's order of time.
 */
#ifndef LASTACK_RESULTS_PAGE_DATA_H
#define LASTACK_RESULTS_PAGE_DATA_H

#include <jansson.h>

#include "grid.h"

/* NULL only without memory. The caller owns the reference. */
json_t *page_data(const struct grid *grid);

#endif
