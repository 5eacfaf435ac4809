/* SPDX-License-Identifier: MIT */
#ifndef LASTACK_HARNESS_CLOCK_H
#define LASTACK_HARNESS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_REALTIME agrees with the stamps of a capture; CLOCK_MONOTONIC is for how long. */
static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif
