/* SPDX-License-Identifier: MIT */
/* Makes connections on loopback and ends them in random ways, and remembers of each what was done
 * and what the kernel gave as the reason of its first reset: the truth about it. Everything happens
 * in this process, on its stage, in an order that the seed decides; many connections are alive at a
 * time. */
#ifndef LASTACK_TRUTH_CLOSINGS_H
#define LASTACK_TRUTH_CLOSINGS_H

#include "stage.h"
#include "truths.h"

struct closings; /* all of them */

/* Over AF_INET or AF_INET6, on a stage that was just opened and outlives it. 0, or a negative errno
 * with text in error[256]. */
int closings_new(
	int family, unsigned seed, struct stage *stage, struct closings **ret, char *error);
void closings_free(struct closings *closings);

/* Makes at least `n` connections, and waits for what they still have to say. 0, or a negative errno
 * with text in error[256]. */
int closings_run(struct closings *closings, unsigned n, char *error);

/* The truth, in the order in which they were begun. */
const struct truth *closings_truths(const struct closings *closings, unsigned *ret_n);

#endif
