/* SPDX-License-Identifier: MIT */
/* Records as a report for KCIDB, the database of test results that KernelCI keeps for everybody who
 * tests kernels: JSON as kcidb-io's schema 5.3 has it (tests/kcidb-schema.json). */
#ifndef LASTACK_RESULTS_KCIDB_H
#define LASTACK_RESULTS_KCIDB_H

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

struct kcidb_options {
	const char *origin; /* the CI system's name: begins every id */
	const char *
		build_id; /* of a build that KCIDB knows already; NULL: the report brings its own */
	const char
		*run; /* tells this run of the suite from others; NULL: the records' content does */
};

/* a-z, 0-9 and _; at least one. */
bool kcidb_origin_is_valid(const char *origin);
/* ORIGIN:ANYTHING on one line. */
bool kcidb_id_is_valid(const char *id);
/* Letters, digits, - . and _; at least one. */
bool kcidb_run_is_valid(const char *run);

/* One object: a checkout and a build per system (unless options->build_id names one), and per
 * record a test with the path lastack.TOPIC.CASE.VARIANT; two machines' records of one run are two
 * tests. Its status:
 *  - PASS, FAIL, SKIP: the same;
 *  - not judged: DONE;
 *  - BROKEN: ERROR, or MISS if not one step was done;
 *  - KNOWN: FAIL, with an incident that says which issue of the tested code it is.
 *
 * What is not as expected has its record as log_excerpt. An id is made of what the record holds:
 * the same file sent twice is the same tests. Returns 0, -EIO, -ENOMEM, or -EINVAL when the records
 * are of several systems and build_id names one build. */
int kcidb_print(const struct record_list *list, const struct kcidb_options *options, FILE *stream);

#endif
