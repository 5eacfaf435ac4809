/* SPDX-License-Identifier: MIT */
/* What differs between two lists of records, whether or not anyone wrote an expectation. */
#ifndef LASTACK_RESULTS_DIFF_H
#define LASTACK_RESULTS_DIFF_H

#include <stdio.h>

#include "record.h"

struct diff_count {
	size_t same, different, only_a, only_b;
};

/* Compares run by run (name and variant) by signature and writes, for each that differs, a header
 * line "topic/case variant" and the differing signature lines with - and + (a line-by-line diff, order
 * kept), then runs that only one list has, then one summary line. Returns 0 or -EIO. */
int diff_print(const struct record_list *a, const struct record_list *b, FILE *stream,
	struct diff_count *ret_count);

#endif
