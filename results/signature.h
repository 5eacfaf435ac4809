/* SPDX-License-Identifier: MIT */
/* What two runs have in common when they behaved the same: outcomes, telling events, counters and
 * final states, and nothing that varies from run to run (times, ports, windows, sequence numbers,
 * amounts that buffer sizes decide). */
#ifndef LASTACK_RESULTS_SIGNATURE_H
#define LASTACK_RESULTS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

/* The whole signature as text, one item a line. Steps first ("client recv 64 = -1 ECONNRESET"),
 * then "wire ...", "mib ...", "state ...", or the single line "broken"/"skip" where nothing was
 * found out. A number of 16384 or more in an outcome or a data amount is printed as "many" unless
 * it stands in the call's own operands; an `is_about` amount is "~". Of an
 * event only who sent what is kept. Returned text is malloc'ed;
 * NULL only without memory. */
char *signature_text(const struct record *record);

/* The same without what `unseen` names. */
char *signature_text_without(const struct record *record, const struct unseen *unseen);

/* Whether two runs behaved the same as far as both observers could see: their signatures are equal
 * but for counters, states and reasons that one of them says it could not see. A run that was not
 * found out about behaves like no other. False without memory. */
bool signature_alike(const struct record *a, const struct record *b);

/* Whether the run was found out about: neither broken off nor skipped. */
bool signature_exists(const struct record *record);

/* A matrix cell: the resets and FINs in order and each errno once, in a few words: "FIN x2,
 * RST,ACK; ECONNRESET, EPIPE"; "-" if there was neither; "broken" or "skip". Two signatures can
 * share a cell. Returns buf. */
char *signature_cell(const struct record *record, char *buf, size_t size);

#endif
