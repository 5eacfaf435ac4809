/* SPDX-License-Identifier: MIT */
/* What cases/causes.txt says of the causes that a capture shows; made from it by explain_rows. */
#ifndef LASTACK_HARNESS_EXPLAIN_ROWS_H
#define LASTACK_HARNESS_EXPLAIN_ROWS_H

#include "finding.h"

/* NULL: not in the file. */
extern const struct explain_row {
	const char *brief, *shown_by;
} explain_rows[CAUSE_COUNT];

#endif
