/* SPDX-License-Identifier: MIT */
/* How long a run's processes and threads were ready to run and had no CPU: within a call, or while
 * the conductor looks again and again, that does not show as a gap between the steps. As
 * /proc/PID/task/TID/schedstat has it (time on the CPU, time waited for one, time slices; kernel
 * Documentation/scheduler/sched-stats.rst); 0 where there is none. Waiting for less than a
 * millisecond each time is no waiting: so it is on a machine that is merely at work. */
#ifndef LASTACK_HARNESS_STARVED_H
#define LASTACK_HARNESS_STARVED_H

#include <stdint.h>

/* What is told of a task. Begins as {0}. */
struct starved {
	int file; /* its schedstat; 0: not opened yet, -1: there is none */
	int64_t before_ns, before_slices; /* when the run began */
	int64_t ran_ns, waited_ns, slices; /* when asked last */
	int64_t yielded_ran_ns, yielded_waited_ns, yielded_slices; /* by starved_yield() */
};

struct run;

/* Before the connection is set up. */
void starved_begin(struct run *run);
/* From here on the conductor lets an actor that is at work go first, over and over. */
void starved_yield(struct run *run, unsigned side, unsigned number);
/* No more: what the two waited for each other does not count. How long they ran, in ns. */
int64_t starved_yielded(struct run *run, unsigned side, unsigned number);
/* Of a process that has ended and was not reaped yet: asked later it is gone. */
void starved_note(struct starved *starved);
/* Of the conductor and all actors together since starved_begin(). */
int64_t starved_ns(struct run *run);
void starved_close(struct starved *starved);

#endif
