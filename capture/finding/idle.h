/* SPDX-License-Identifier: MIT */
/* Silences after which something is known to forget or close a connection. */
#ifndef LASTACK_CAPTURE_IDLE_H
#define LASTACK_CAPTURE_IDLE_H

#include <stdint.h>

/* The well-known time-out that a silence of `ns` comes just behind, in ns; 0: none. */
int64_t idle_constant(int64_t ns);
/* Who has it: "the idle time of an AWS network load balancer"; NULL: not a known one. */
const char *idle_owner(int64_t constant_ns);

#endif
