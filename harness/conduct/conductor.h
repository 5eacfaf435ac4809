/* SPDX-License-Identifier: MIT */
/* Conducts a script: gives each action to its actor, one at a time, and writes down what came of
 * it. Is handed actions only and never sees what is wanted. */
#ifndef LASTACK_HARNESS_CONDUCTOR_H
#define LASTACK_HARNESS_CONDUCTOR_H

#include "case.h"
#include "world.h"

/* Runs the script in the world and fills *ret: steps, events, counters, states, or why we did not
 * find out (broken) or what was missing (skip). Names (name, variant, about, ...) are the caller's
 * to fill in first. `pcap_path` NULL: no capture file. Never fails otherwise; a world or processes
 * that must not be used again are marked dirty. */
void conduct(struct world *world, const struct script *script, enum variant variant,
	const char *pcap_path, struct record *ret);

#endif
