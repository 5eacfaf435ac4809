/* SPDX-License-Identifier: MIT */
/* The lines of a record that begin with a time: steps, and events on the wire. */
#ifndef LASTACK_RESULTS_RECORD_TIMED_H
#define LASTACK_RESULTS_RECORD_TIMED_H

#include "record_line.h"

/* Adds what the line says to the record. `scan` is at its first word; the line's text is cut up.
 * 0, or -EINVAL with a complaint. */
int timed_read(struct record_line *line, struct text_scan *scan, struct record *ret);

#endif
