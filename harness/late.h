/* SPDX-License-Identifier: MIT */
/* How long a run's steps had to wait for the machine. */
#ifndef LASTACK_HARNESS_LATE_H
#define LASTACK_HARNESS_LATE_H

#include <stdint.h>

#include "record.h"

/* Half of the shortest timer that gVisor has (200 ms: MinRTO, which TCP_CORK's is too). */
#define LATE_MS 100

/* Nanoseconds between the end of each step and the beginning of the next, all together: when
 * nothing was waited for. */
int64_t late_ns(const struct record *record);

#endif
