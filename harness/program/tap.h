/* SPDX-License-Identifier: MIT */
/* Verdicts as TAP lines that Meson 1.0 reads as what they are. Knows nothing of Check. */
#ifndef LASTACK_HARNESS_TAP_H
#define LASTACK_HARNESS_TAP_H

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

/* One line:  ok N NAME | not ok N NAME | ok N NAME # SKIP why | not ok N NAME # TODO why (KNOWN).
 * BROKEN is `not ok`; tap_bail() says so at the end. `must_run` makes SKIP `not ok`. The text is
 * made safe: neither a newline nor a '#' in it can forge a line or a directive. */
void tap_line(unsigned number, const char *name, enum verdict verdict, const char *reason,
	bool must_run, FILE *stream);

/* Bail out! TEXT: Meson then shows ERROR, not FAIL. */
void tap_bail(const char *name, const char *reason, FILE *stream);

#endif
