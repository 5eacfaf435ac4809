/* SPDX-License-Identifier: MIT */
/* The verbs that change the network under a connection: the link, addresses, routes, firewalls. */
#ifndef LASTACK_HARNESS_NETWORK_H
#define LASTACK_HARNESS_NETWORK_H

#include "orders.h"

/* Performs a verb with VERB_ON_LINK on the side's end; the outcome is the kernel's answer. False if
 * the run is over. */
bool network_change(
	struct run *run, enum side side, const struct action *action, struct reply *ret);

#endif
