/* SPDX-License-Identifier: MIT */
/* How long a run's processes and threads were ready to run and had no CPU: within a call that does
 * not show as a gap between the steps. As /proc/PID/task/TID/schedstat has it (second number,
 * nanoseconds; kernel Documentation/scheduler/sched-stats.rst); 0 where there is none. */
#ifndef LASTACK_HARNESS_STARVED_H
#define LASTACK_HARNESS_STARVED_H

#include <stdint.h>

#include "orders.h"

/* Before the first step. */
void starved_begin(struct run *run);
/* Of a process that has ended and was not reaped yet: asked later it is gone. */
void starved_note(struct actor_handle *actor);
/* Of all of them together since starved_begin(). */
int64_t starved_ns(struct run *run);

#endif
