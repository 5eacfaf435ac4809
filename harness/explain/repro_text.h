/* SPDX-License-Identifier: MIT */
/* What `lastack repro` says of causes, to standard output. */
#ifndef LASTACK_HARNESS_REPRO_TEXT_H
#define LASTACK_HARNESS_REPRO_TEXT_H

#include "diagnosis.h"

/* All causes, a line each. */
void repro_print_list(const struct cause_list *causes);

/* What was understood. */
void repro_print_symptom(const struct symptom *symptom);

/* One cause with all that the file says of it; `shown` is the case that will be run, or NULL.
 * `number` is its place, 0: none. */
void repro_print_cause(unsigned number, const struct cause_block *cause, const char *shown);

/* The names of the candidates from `from` on, in one line. */
void repro_print_others(const struct candidate *candidates, size_t from, size_t n);

/* To standard error: nothing was understood, and what is near. */
void repro_refuse(const char *text);

#endif
