/* SPDX-License-Identifier: MIT */
/* The kernel's own reasons for the resets of a run that asks for them: its tracepoint tells them of
 * the whole machine's. */
#ifndef LASTACK_HARNESS_RUN_REASONS_H
#define LASTACK_HARNESS_RUN_REASONS_H

#include "orders.h"

/* Opens run->reasons and chooses the run's ports, before these are used; what cannot be had is said
 * in the record. The caller closes with reasons_close(). */
void run_reasons_begin(struct run *run);

/* Takes what the kernel has told until now. */
void run_reasons_take(struct run *run);

/* Once the wire is known: into the record, a reason for each reset on it, or why that broke off. */
void run_reasons_tell(struct run *run);

#endif
