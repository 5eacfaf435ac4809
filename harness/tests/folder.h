/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, for Check's fixtures. */
#ifndef LASTACK_TESTS_FOLDER_H
#define LASTACK_TESTS_FOLDER_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `path` ends in XXXXXX, in whose place its own letters come. */
static inline void folder_make(char *path)
{
	ck_assert_ptr_nonnull(mkdtemp(path));
}

/* The caller has removed its files: a test that left another fails. `path` may be made again. */
static inline void folder_remove(char *path)
{
	ck_assert_int_eq(rmdir(path), 0);
	memset(path + strlen(path) - 6, 'X', 6);
}

#endif
