/* SPDX-License-Identifier: MIT */
/* A record as lines for the page's ladder. Private to results/. */
#ifndef LASTACK_RESULTS_PAGE_LADDER_H
#define LASTACK_RESULTS_PAGE_LADDER_H

#include <stddef.h>

#include "record.h"

/* The lines are those of the signature, each with what one run adds to it and nobody compares
 * behind a tab: "wire server RST,ACK\tseq 1 ack 8". Behind them "unseen mib ..." where the observer
 * could not see all. A run that was BROKEN or a SKIP has the lines of what it did first and one
 * "broken TEXT" or "skip TEXT" at the end. */
struct page_ladder {
	char *text; /* what `lines` points into; each ends with NUL */
	const char **lines; /* in the signature's order: calls, wire, then the rest */
	size_t *order; /* indices into lines, in order of time; the rest last */
	size_t n;
};

/* Returns 0 or -ENOMEM; the caller frees with page_ladder_free(). */
int page_ladder(const struct record *record, struct page_ladder *ret);
void page_ladder_free(struct page_ladder *ladder);

#endif
