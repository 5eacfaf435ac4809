/* SPDX-License-Identifier: MIT */
/* The folder that fetched packages are kept in: LASTACK_CACHE, or lastack in XDG_CACHE_HOME, or
 * ~/.cache/lastack. A package is SHA256-NAME.deb there once it is whole and its digest was seen to
 * be right; until then it has ".part" behind its name. Nothing else in the folder is ours. */
#ifndef LASTACK_HARNESS_CACHE_H
#define LASTACK_HARNESS_CACHE_H

#include <limits.h>
#include <stdint.h>

#include "stacks.h"

/* Into buf of PATH_MAX bytes. -ENOENT, with the complaint filled, where the environment names no
 * folder; -ENAMETOOLONG. */
int cache_folder(char *buf, struct complaint *ret_complaint);

/* Makes the folder, and those above it, where there is none. Returns 0, or a negative errno with a
 * complaint that says how to name another folder. */
int cache_make(const char *folder, struct complaint *ret_complaint);

/* The file's path, and that of its part; into buf of PATH_MAX bytes. Return 0 or -ENAMETOOLONG. */
int cache_path(const char *folder, const struct stack_deb *deb, char *buf);
int cache_part_path(const char *folder, const struct stack_deb *deb, char *buf);

/* Size of a regular file in bytes; 0 if there is none. */
uint64_t cache_size(const char *path);

/* Reads the file at `path` and compares. Returns 0; -EILSEQ for another size or digest, with want
 * and saw in the complaint; another negative errno where it cannot be read (-ENOENT: not there). */
int cache_verify(const char *path, const struct stack_deb *deb, struct complaint *ret_complaint);

#endif
