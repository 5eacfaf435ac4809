/* SPDX-License-Identifier: MIT */
/* A TCP connection to itself in the caller's network namespace, whose bytes queue up behind the
 * segments that were sent before. For kernels where a frame that has passed `lo` still waits for
 * TCP: see world_settle(). */
#ifndef LASTACK_HARNESS_TCPMARKER_H
#define LASTACK_HARNESS_TCPMARKER_H

#include <stdint.h>

struct tcp_marker {
	int fd; /* 0: none */
	uint16_t port; /* of both ends */
};

/* 0 or a negative errno. */
int tcp_marker_open(struct tcp_marker *ret);
void tcp_marker_close(struct tcp_marker *marker);

/* Returns when a byte has come by. 0 or a negative errno (-ETIMEDOUT). */
int tcp_marker_pass(struct tcp_marker *marker, int deadline_ms);

#endif
