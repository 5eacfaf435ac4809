/* SPDX-License-Identifier: MIT */
/* What explain says of a connection, in the same words wherever it says it. */
#ifndef LASTACK_HARNESS_EXPLAIN_WORDS_H
#define LASTACK_HARNESS_EXPLAIN_WORDS_H

#include "finding.h"

/* Room for "[address]:port". */
#define EXPLAIN_END_SIZE 56
#define EXPLAIN_TIME_SIZE 40

/* Writes without a terminating NUL what fits (the sizes above do), and returns how much. */
size_t explain_put_end(char *buf, const struct endpoint *end);
size_t explain_put_number(char *buf, uint64_t number);
/* The same as a string; returns buf. */
char *explain_end(const struct endpoint *end, char buf[EXPLAIN_END_SIZE]);

/* "2026-11-21 12:01:29.499876", of this machine's time zone, or with `utc` as
 * "2026-11-21T12:01:29.499876123Z". */
char *explain_time(int64_t time_ns, bool utc, char buf[EXPLAIN_TIME_SIZE]);
/* "1.27 ms", "3 m 12 s" */
char *explain_duration(int64_t ns, char buf[EXPLAIN_TIME_SIZE]);

/* One sentence, for somebody who is neither of the two ends. */
const char *explain_cause(enum cause cause);
/* How much a person should look at it: the higher, the sooner; 0: nothing was wrong. */
unsigned explain_weight(enum cause cause);
/* Whether it is nothing to look into: it ended as it should, or is still going on. */
bool explain_is_in_order(enum cause cause);
/* "certain", "likely", "undecidable" */
const char *explain_certainty(enum certainty certainty);
/* "opener", "other", "both", "network", "nobody" */
const char *explain_ender(enum finding_ender ender);
/* The case that shows the cause ("unread/close"), NULL if none does. */
const char *explain_case(enum cause cause);

#endif
