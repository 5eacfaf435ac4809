/* SPDX-License-Identifier: MIT */
/* The cases there are, and those that a person asks for by topic, name, glob, path or "-". */
#ifndef LASTACK_HARNESS_CATALOG_H
#define LASTACK_HARNESS_CATALOG_H

#include "case.h"

struct catalog {
	struct test_case *cases;
	size_t n;
	bool is_shared; /* how `cases` are kept: catalog_free() knows */
};

/* Where the committed cases are: LASTACK_CASES, or as the build says. */
const char *catalog_directory(void);
/* The committed known divergences: LASTACK_KNOWN, or as the build says. */
const char *catalog_known_path(void);

/* Loads what the selectors name, all committed cases but those of the topic `slow` if there are
 * none; sorted by name, each once. Returns 0; -EINVAL for a case with an error; -ENOENT when a
 * selector names nothing: the complaint says what is near. The caller frees in any case. */
int catalog_load(
	char *const *selectors, size_t n, struct catalog *ret, struct complaint *ret_complaint);
void catalog_free(struct catalog *catalog);

#endif
