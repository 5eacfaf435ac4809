/* SPDX-License-Identifier: MIT */
/* Known divergences: results/known.tsv. Columns, tab-separated: case, variant (or *), stack
 * ("linux"), versions ("6.12..6.18", "6.18.44", "..5.9", "6.1..", "*"; upper bound inclusive by
 * prefix, so ..6.18 holds 6.18.44), line (of the case file, or *), why (a commit or an RFC; never
 * empty). '#' begins a comment line. Bounds are numbers with dots; behind the last of them a
 * version may go on with what a distribution adds (6.1.0-37-amd64 is 6.1.0). A version without ".."
 * holds what it is a prefix of (6.18 holds 6.18.44), or the very release string if it is not
 * numbers with dots. */
#ifndef LASTACK_RESULTS_KNOWN_H
#define LASTACK_RESULTS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

struct known {
	char name[RECORD_NAME_SIZE];
	char variant[RECORD_VARIANT_SIZE];
	char stack[32];
	char versions[64];
	unsigned line; /* 0: any */
	char why[RECORD_TEXT_SIZE];
};

struct known_list {
	struct known *rows;
	size_t n;
};

/* As record_list_load(); a missing file is an empty list. */
int known_load(const char *path, struct known_list *ret, struct record_complaint *ret_complaint);
void known_free(struct known_list *list);

/* Whether a `versions` column holds this version; false for a column that known_load() refuses. */
bool known_holds_version(const char *versions, const char *version);

/* The first row for this case and variant on this system ("linux 6.18.44 x86_64"), or NULL. */
const struct known *known_find(
	const struct known_list *list, const char *name, const char *variant, const char *system);

#endif
