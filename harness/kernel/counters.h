/* SPDX-License-Identifier: MIT */
/* The kernel's own counters of this network namespace. */
#ifndef LASTACK_HARNESS_COUNTERS_H
#define LASTACK_HARNESS_COUNTERS_H

#include "counter.h"

#include <stdint.h>

struct counters_reader {
	int netstat, snmp; /* open files of /proc/thread-self/net */
	int16_t columns[COUNTER_COUNT]; /* in its line; -1: this kernel has no such counter */
};

/* Opens the files in the caller's namespace and finds the columns. 0 or a negative errno. */
int counters_open(struct counters_reader *ret);
void counters_close(struct counters_reader *reader);
/* One counter by its name in TcpExt or Tcp. -ENOENT if this kernel has no such counter. */
int counters_read_named(struct counters_reader *reader, const char *name, int64_t *ret);
int counters_read(struct counters_reader *reader, int64_t ret[COUNTER_COUNT]);

#endif
