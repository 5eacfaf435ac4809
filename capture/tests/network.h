/* SPDX-License-Identifier: MIT */
/* A network namespace of this process's own with `lo` up, and what its `lo` has received. */
#ifndef LASTACK_CAPTURE_TESTS_NETWORK_H
#define LASTACK_CAPTURE_TESTS_NETWORK_H

#include <stdint.h>

/* Enters one: a network namespace if that is allowed, else inside a new user namespace. Returns
 * 0 or a negative errno. */
int network_enter(void);
/* Frames received on `lo`, from /proc. */
int64_t network_lo_frames(void);

#endif
