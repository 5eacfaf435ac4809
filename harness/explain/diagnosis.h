/* SPDX-License-Identifier: MIT */
/* Which causes a symptom can have, the likeliest first. Pure. */
#ifndef LASTACK_HARNESS_DIAGNOSIS_H
#define LASTACK_HARNESS_DIAGNOSIS_H

#include "symptom.h"

struct candidate {
	const struct cause_block *cause;
	unsigned score;
};

/* Fills *ret with the causes that explain at least one fact; it needs room for all causes of the
 * list. Returns how many. */
size_t diagnose(
	const struct symptom *symptom, const struct cause_list *causes, struct candidate *ret);

/* Of the cause's cases the one that shows most of the symptom: its name. */
int diagnosis_pick_case(const struct cause_block *cause, const struct symptom *symptom,
	struct test_case *ret, struct complaint *ret_complaint);

#endif
