/* SPDX-License-Identifier: MIT */
/* The few connections of many that a person should look at first. */
#ifndef LASTACK_HARNESS_WORST_H
#define LASTACK_HARNESS_WORST_H

#include "explain_text.h"

struct worst {
	struct explain_entry *entries; /* sorted once worst_sort() was called: worst first */
	size_t n, room;
};

/* 0 or -ENOMEM; the caller frees it with worst_free(). */
int worst_new(size_t room, struct worst *ret);
void worst_free(struct worst *worst);

/* Keeps it if it is worse than the best of those kept; what is in order is never kept. */
void worst_offer(struct worst *worst, const struct explain_entry *entry);
void worst_sort(struct worst *worst);

#endif
