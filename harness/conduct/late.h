/* SPDX-License-Identifier: MIT */
/* How late the machine was for a run, and what follows. A case is a race that the steps win against
 * the kernel's timers as long as they follow each other at once: on a machine that lets our
 * processes wait, a timer goes off between two of them that the case does not mean. Such a run says
 * nothing of the stack if it is not as wanted: it is done again, alone, and BROKEN, never FAIL, if
 * the machine was late each time. A run that was not late is never done again. */
#ifndef LASTACK_HARNESS_LATE_H
#define LASTACK_HARNESS_LATE_H

#include <stdbool.h>
#include <stdint.h>

#include "case.h"
#include "record.h"

/* Half of the shortest timer that telling events depend on: 200 ms (TCP_RTO_MIN, which TCP_CORK's
 * is, too; gVisor's MinRTO). Half, because each of the two measures below sees a part: what falls
 * between two steps, and what the conductor and the actors waited for a CPU, in a call or outside.
 * Neither sees the kernel's own threads wait (ksoftirqd), which do when ours do. */
#define LATE_MS 100

#define LATE_TRIES 6 /* of a run that was late */
#define LATE_SLOW_TRIES 3 /* of the time class slow */

/* Nanoseconds in which nothing was waited for, from the run's beginning to its end: between the end
 * of each step and the beginning of the next, and behind the last. */
int64_t late_gaps_ns(const struct record *record, int64_t end_ns);

/* What a run's time went into, beside its steps. A timer may count from a segment of the set-up:
 * keepalive's does, from the last that came. */
struct late_spans {
	int64_t set_up_ns; /* of the connection, before the record's time begins */
	int64_t end_ns; /* of the record */
	int64_t starved_ns; /* see starved.h */
};

/* How late the run was, in ms; 0: in time. */
uint32_t late_ms(const struct record *record, const struct late_spans *spans);

/* Whether a run that was late is to be done again: it has not been done LATE_TRIES times. */
bool late_again(const struct test_case *test_case, const struct record *record);

#endif
