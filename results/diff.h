/* SPDX-License-Identifier: MIT */
/* What differs between two lists of records, whether or not anyone wrote an expectation. */
#ifndef LASTACK_RESULTS_DIFF_H
#define LASTACK_RESULTS_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

struct diff_options {
	bool only_both; /* leave out runs that one of the two did not find out about */
	/* Called behind the lines of each run that differs; may be NULL. */
	void (*detail)(const struct record *a, const struct record *b, FILE *stream);
};

struct diff_count {
	size_t same, different, only_a, only_b;
	size_t late; /* of those that differ: one of the two was recorded of a late machine */
};

/* Compares run by run (name and variant) by signature, as far as both observers could see, and
 * writes, for each that differs, a header line "topic/case variant", a line of each of the two that
 * was late or done again ("a: the machine was late by 312 ms, and in 1 run before") and the
 * differing signature lines with - and + (a line-by-line diff, order kept), then runs that only one
 * list has ("only in a: topic/case variant"), then one summary line. A run that stands in a list
 * more than once is compared with the other's in order. Returns 0, -EIO or -ENOMEM. */
int diff_print(const struct record_list *a, const struct record_list *b,
	const struct diff_options *options, FILE *stream, struct diff_count *ret_count);

#endif
