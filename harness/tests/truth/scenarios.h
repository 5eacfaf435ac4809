/* SPDX-License-Identifier: MIT */
/* What may happen to one accepted connection: scripts that the dice choose. */
#ifndef LASTACK_TRUTH_SCENARIOS_H
#define LASTACK_TRUTH_SCENARIOS_H

#include "dice.h"
#include "steps.h"

typedef void plan_function(struct dice *dice, struct script *script);

struct scenario {
	const char *kind;
	plan_function *plan; /* appends to the script */
	enum cause claimed; /* CAUSE_COUNT: what it is, its steps and the kernel tell */
	unsigned per_10000; /* of all; the last one takes the rest */
};

const struct scenario *scenario_pick(struct dice *dice);
void plan_ordinary(struct dice *dice, struct script *script);
unsigned some_bytes(struct dice *dice); /* few mostly, sometimes more than buffers hold */

#endif
