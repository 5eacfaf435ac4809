/* SPDX-License-Identifier: MIT */
/* The behaviour matrix: rows are cases (variants that behaved the same share a row), columns the
 * systems the records name. Reads records, nothing else. */
#ifndef LASTACK_RESULTS_MATRIX_H
#define LASTACK_RESULTS_MATRIX_H

#include <stdio.h>

#include "record.h"

/* A table per topic in GitHub Markdown, with a summary line per system first, and the `departs`
 * texts as notes under the table. Cells: signature_cell(), with a mark where the verdict is not
 * PASS; a letter (a), (b) behind it where systems in one row behaved differently and the words do
 * not show it; empty where there is no run. Variants that behaved the same on every system share a
 * row, which names them only if there is another row of that case. Of several runs of one variant
 * on one system that behaved differently "unstable" and two of them are shown; those that behaved
 * alike are one run, wherever they were made. Returns 0, -EIO or -ENOMEM. */
int matrix_markdown(const struct record_list *list, FILE *stream);

/* The same content as JSON (jansson), one object: {"systems": [...], "cases": [{"name", "about",
 * "departs", "variants": {"ipv4": {"<system>": {"verdict", "reason", "cell", "signature":
 * [lines]}}}}]}; where runs differed from each other, the cell has besides "unstable": {the same of
 * another of them}. Keys in a stable order. Returns 0, -EIO or -ENOMEM. */
int matrix_json(const struct record_list *list, FILE *stream);

#endif
