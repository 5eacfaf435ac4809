/* SPDX-License-Identifier: MIT */
/* The behaviour matrix for spreadsheets and scripts. */
#ifndef LASTACK_RESULTS_MATRIX_CSV_H
#define LASTACK_RESULTS_MATRIX_CSV_H

#include <stdio.h>

#include "record.h"

/* RFC 4180: a line per variant of each case, columns case, variant, then a system each. Cells are
 * cell_text(); empty where there is no run. A field that a spreadsheet would take for a formula
 * (it begins with = + - @ or a tab, and is longer than that) has a ' in front. Lines end with
 * CR LF. Returns 0, -EIO or -ENOMEM. */
int matrix_csv(const struct record_list *list, FILE *stream);

#endif
