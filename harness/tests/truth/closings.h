/* SPDX-License-Identifier: MIT */
/* Makes connections on loopback and ends them in random ways, and remembers of each what was done
 * and what the kernel gave as the reason of its first reset: the truth about it. Everything happens
 * in this process, in its network namespace, in an order that the seed decides; many connections
 * are alive at a time. Ports come round again soon, so 4-tuples do, too. */
#ifndef LASTACK_TRUTH_CLOSINGS_H
#define LASTACK_TRUTH_CLOSINGS_H

#include "finding.h"

struct truth {
	uint16_t client_port, server_port;
	enum cause cause; /* CAUSE_COUNT: what was done and the kernel's reason do not agree */
	const char *kind; /* the scenario, for messages */
	char reason[32]; /* of the first reset; "" if there was none */
};

struct closings; /* all of them */

/* Called often, between what is done: the capture must be emptied. */
typedef void closings_pump(void *data);

/* Over AF_INET or AF_INET6. The namespace must be new, and `lo` up. 0, or a negative errno with
 * text in error[256]. */
int closings_new(int family, unsigned seed, closings_pump *pump, void *data, struct closings **ret,
	char *error);
void closings_free(struct closings *closings);

/* Makes at least `n` connections, and waits for those that take time. 0 or a negative errno. */
int closings_run(struct closings *closings, unsigned n, char *error);

/* The truth, in the order in which they were begun. */
const struct truth *closings_truths(const struct closings *closings, unsigned *ret_n);

#endif
