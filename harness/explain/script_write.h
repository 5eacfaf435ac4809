/* SPDX-License-Identifier: MIT */
/* The steps of a proposed case: the calls on both sides that make the events of a rehearsal. */
#ifndef LASTACK_HARNESS_SCRIPT_WRITE_H
#define LASTACK_HARNESS_SCRIPT_WRITE_H

#include "rehearsal.h"

/* What the steps need around them. */
struct surrounding_lines {
	const char *start; /* of the header `start`; NULL: connected */
	const char *headers; /* further lines, each with its newline; "" if none */
	bool has_peer; /* a raw peer stands for `peer`, whose events no wire line lists */
	enum side peer;
};

/* Which way the connection is made; fills *ret. 0, or -ENOTSUP with the reason in error. */
int script_choose(const struct proposal *proposal, const struct rehearsal *rehearsal,
	struct surrounding_lines *ret, char *error);

/* Writes the steps, a line each, as script_choose() has chosen. The same errors; where one end's
 * segments are such as no socket sends, *ret_impossible is that side (else -1): with it, or with
 * the other, in the rehearsal a raw peer takes its place. */
int script_write(const struct proposal *proposal, const struct rehearsal *rehearsal, FILE *stream,
	char *error, int *ret_impossible);

#endif
