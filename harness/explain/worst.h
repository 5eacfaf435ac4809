/* SPDX-License-Identifier: MIT */
/* The few connections of many that a person should look at first. */
#ifndef LASTACK_HARNESS_WORST_H
#define LASTACK_HARNESS_WORST_H

#include "explain_text.h"

struct worst_entry {
	struct history history;
	struct finding finding;
	struct live_reason reason;
};

struct worst {
	struct worst_entry *entries; /* sorted once worst_sort() was called: worst first */
	size_t n, room;
};

/* 0 or -ENOMEM; the caller frees it with worst_free(). */
int worst_new(size_t room, struct worst *ret);
void worst_free(struct worst *worst);

/* Keeps it if it is worse than the best of those kept; what is in order is never kept. */
void worst_offer(struct worst *worst, const struct explained *explained);
void worst_sort(struct worst *worst);

/* To keep one, and to show what is kept. */
struct worst_entry worst_keep(const struct explained *explained);
struct explained worst_show(const struct worst_entry *entry);

#endif
