/* SPDX-License-Identifier: MIT */
/* The kernel's own reason for every reset it sends: the tracepoint tcp:tcp_send_reset, read through
 * perf_event_open(2), so that nothing is left behind when the reader ends. Sees the whole machine;
 * the caller keeps what is its own, by the ports. */
#ifndef LASTACK_HARNESS_REASON_H
#define LASTACK_HARNESS_REASON_H

#include <stdint.h>

struct reasons;

struct reason_note {
	int64_t time_ns; /* CLOCK_MONOTONIC */
	uint16_t source_port, destination_port; /* of the reset; a listener's has no destination */
	const char *name; /* "TCP_ABORT_ON_CLOSE"; lives as long as the reader */
};

/* Begins to listen on every CPU. 0, or a negative errno with what is missing, and the mend, in
 * error[256]. The caller ends it with reasons_close(). */
int reasons_open(struct reasons **ret, char *error);
void reasons_close(struct reasons *reasons);

/* Takes every note there is, `take` is told of them in the order of their time. 0, or -ENOBUFS: the
 * kernel had to drop some. */
typedef void reason_callback(const struct reason_note *note, void *data);
int reasons_read(struct reasons *reasons, reason_callback *take, void *data);

#endif
