/* SPDX-License-Identifier: MIT */
/* What the arguments of `lastack matrix` name, and what decides whether a column of the last time
 * is still the same. Must not know how a stack is observed. */
#ifndef LASTACK_HARNESS_TARGETS_H
#define LASTACK_HARNESS_TARGETS_H

#include <limits.h>
#include <stdbool.h>

#include "catalog.h"
#include "fetch.h"
#include "stacks.h"

#define TARGET_KEY_SIZE 24

/* A stack to be observed. */
struct target {
	const struct stack *stack; /* of the list, or: */
	struct stack own;
	char image[PATH_MAX]; /* of a stack that was named by a path; "" */
	struct fetched fetched;
	const char *files[STACK_MAX_DEBS]; /* image, or fetched.paths */
	char path[PATH_MAX]; /* of its record file */
	char key[TARGET_KEY_SIZE];
	bool is_kept; /* from the last time */
};

/* Whether an argument names a record file, and not a stack or an image. */
bool target_is_record(const char *argument);

/* The targets that the arguments name, `repeat` times each: stacks by name, glob or set (none: the
 * set `default`), a kernel image by its path, ENGINE:PATH. Returns 0; -ENOENT and the complaint
 * when an argument names nothing; -ENOMEM. The caller frees *ret, whose members point into it and
 * into the list. */
int targets_take(const struct stack_list *stacks, char *const *arguments, size_t n, unsigned repeat,
	struct target **ret, size_t *ret_n, struct complaint *ret_complaint);

/* Of all that decides what any column shows: cases, program, variants. */
void targets_cases_key(const struct catalog *catalog, bool all_variants, char ret[TARGET_KEY_SIZE]);
/* Of one column: that, and the stack's packages. */
void target_make_key(struct target *target, const char *cases_key);

/* The host is what is worked on, and what a path names may have changed: these never are. */
bool target_may_be_kept(const struct target *target);

#endif
