/* SPDX-License-Identifier: MIT */
/* The kernel's own reason for every reset it sends: the tracepoint tcp:tcp_send_reset, read from a
 * trace instance of our own. (perf_event_open(2) would leave less behind, but it was seen to miss
 * what timers send while a CPU idles.) Tells of the whole machine; the caller keeps what is its
 * own, by the ports. */
#ifndef LASTACK_HARNESS_REASON_H
#define LASTACK_HARNESS_REASON_H

#include <stdint.h>
#include <sys/types.h>

#include "segment.h"

struct reasons;

struct reason_note {
	uint16_t source, destination; /* ports of the reset; a listener's has no destination: 0 */
	const char *name; /* "TCP_ABORT_ON_CLOSE"; valid during the callback */
	struct endpoint from, to; /* the same with addresses; IPv4-mapped ones as IPv4 */
	int64_t time_ns; /* since the epoch */
	/* Who ran then: the closer, if the reset is of a living socket, else anybody. */
	pid_t pid;
	const char *command; /* valid during the callback */
};

/* Begins to listen. 0, or a negative errno with what is missing, and the mend, in error[256]. The
 * caller ends it with reasons_close(). */
int reasons_open(struct reasons **ret, char *error);
void reasons_close(struct reasons *reasons);

/* Tells `take` of the notes there are, in the order of their time. The oldest are missing if the
 * machine sent some thousands since the last reading. 0 or a negative errno. */
typedef void reason_callback(const struct reason_note *note, void *data);
int reasons_read(struct reasons *reasons, reason_callback *take, void *data);

/* Removes what a process that was killed could not remove itself. */
void reasons_remove(pid_t pid);

#endif
