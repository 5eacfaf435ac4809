/* SPDX-License-Identifier: MIT */
/* What explain writes for people: a line per connection, a connection in full, a summary by cause.
 */
#ifndef LASTACK_HARNESS_EXPLAIN_TEXT_H
#define LASTACK_HARNESS_EXPLAIN_TEXT_H

#include <stdio.h>

#include "explain.h"
#include "live.h"

/* A connection and all that is known of it. */
struct explained {
	const struct history *history;
	const struct finding *finding;
	const struct live_reason *reason; /* name "": not known */
};

/* The columns of the lines below, as a line. */
void explain_print_heading(FILE *stream);
/* One connection as a line. */
void explain_print_line(const struct explained *explained, FILE *stream);
/* To standard output, folded on a terminal: one connection in full: its ends, how it ended,
 * evidence, what it could also be, what was lost, what to do about it (`fix`, NULL: not said), what
 * shows it. */
void explain_print_full(const struct explained *explained, const char *fix);

/* How many connections ended by which cause. Begins as {0}. */
struct explain_summary {
	uint64_t connections;
	struct explain_count {
		uint64_t n, not_certain;
		uint32_t first; /* number of the first that was counted */
	} causes[CAUSE_COUNT];
	int64_t first_ns, last_ns; /* of those connections */
};

void explain_count(struct explain_summary *summary, const struct history *history,
	const struct finding *finding);
/* To standard output: worst first, of each cause its share and what it is. */
void explain_print_summary(const struct explain_summary *summary);

#endif
