/* SPDX-License-Identifier: MIT */
/* The segments of an interface as they pass, and where the kernel tells of it, why it sent each
 * reset and in which process. */
#ifndef LASTACK_HARNESS_LIVE_H
#define LASTACK_HARNESS_LIVE_H

#include <sys/types.h>

#include "explain.h"
#include "source.h"

/* Why this machine's kernel sent a reset. */
struct live_reason {
	char name[RECORD_REASON_SIZE]; /* "TCP_ABORT_ON_CLOSE"; "" if it is not known */
	pid_t pid; /* who ended the socket; 0: nobody can be named */
	char command[17];
};

struct live;

/* Captures on `device` of the network namespace `netns`: a path, a name below /run/netns, or a
 * process's number; NULL: the caller's, which then stays in it. Reasons are asked for as well, and
 * live_lacks_reasons() says why there are none. 0, or a negative errno with the reason in
 * error[SOURCE_ERROR_SIZE]. */
int live_open(const char *device, const char *netns, struct live **ret, char *error);
void live_close(struct live *live);

/* NULL if the kernel's reasons are told; owned by live. */
const char *live_lacks_reasons(const struct live *live);

/* Waits up to that long, or a signal, and gives what came to the explainer. 0 or a negative errno.
 */
int live_wait(struct live *live, int timeout_ms, struct explainer *explainer);

/* Why the connection's reset was sent: name "" if it is not known, or was not sent here. The
 * process is only told of a reset from a living socket: any other is sent by whoever happens to
 * run. */
struct live_reason live_reason_of(
	const struct live *live, const struct history *history, const struct finding *finding);

/* Frames lost for want of room. */
int64_t live_drops(struct live *live);

#endif
