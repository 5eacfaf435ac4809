/* SPDX-License-Identifier: MIT */
/* Writes a case as a program of its own, for whoever wants to see it happen without this suite: one
 * file of C, Python or packetdrill. What a language cannot say is refused, never approximated.
 *
 * The C and Python programs print a line for each step, as a record has it; the last is "as
 * expected" (exit status 0) or names the line that differs (1). 2: the set-up failed; 77: something
 * is missing here, and it says what. */
#ifndef LASTACK_HARNESS_EMIT_H
#define LASTACK_HARNESS_EMIT_H

#include "case.h"

enum emit_language { EMIT_C, EMIT_PYTHON, EMIT_PACKETDRILL, EMIT_CASE, EMIT_LANGUAGES };

/* "c", "python", "packetdrill", "case" both ways; false when the name is unknown. */
const char *emit_language_name(enum emit_language language);
bool emit_language_parse(const char *name, enum emit_language *ret);

struct emit_order {
	const struct test_case *test_case;
	enum variant variant; /* one that the case has */
	enum emit_language language;
	/* Of a run of this case and variant: packetdrill takes its segments from there. NULL: none.
	 */
	const struct record *record;
};

/* Returns 0; -EOPNOTSUPP with *ret_complaint set: the language cannot say a line of this case;
 * -ENOMEM; -EIO when the stream has failed. What was written before an error is of no use. */
int emit_case(const struct emit_order *order, FILE *stream, struct complaint *ret_complaint);

#endif
