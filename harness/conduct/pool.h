/* SPDX-License-Identifier: MIT */
/* Runs many jobs over workers. Ordinary runs follow each other in the worlds of a few workers, one
 * per CPU; a run that changes its world has one to itself, made ahead by lanes, so that no ordinary
 * run waits the tens of milliseconds that making and ending a world takes. */
#ifndef LASTACK_HARNESS_POOL_H
#define LASTACK_HARNESS_POOL_H

#include <stddef.h>

#include "worker.h"

struct pool_options {
	unsigned workers; /* 0: one per CPU */
	bool isolate; /* every run in a world of its own */
};

enum pool_answer {
	POOL_TAKEN,
	POOL_AGAIN, /* the run is void: conduct it again, alone, behind all others. Not more than
	               LATE_TRIES - 1 times (late.h); record->again says how often it was */
	POOL_STOP, /* no further job is given out */
};

/* Told of every finished job, in the order in which they finish; `record` is valid during the call.
 */
typedef enum pool_answer pool_done(
	const struct job *job, size_t index, const struct record *record, void *data);

/* Runs the jobs. Interrupted by SIGINT or SIGTERM (which the caller need not handle: they are taken
 * for the duration) it ends the workers and returns -EINTR; jobs that were under way have no
 * record. Returns 0, -EINTR, -ECANCELED if `done` said POOL_STOP, or another negative errno when no
 * worker can be had at all. */
int pool_run(const struct job *jobs, size_t n, const struct pool_options *options, pool_done *done,
	void *data);

unsigned pool_cpus(void); /* that this process may run on */
unsigned pool_cpu(unsigned n); /* one of them, the first again behind the last */

#endif
