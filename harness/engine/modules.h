/* SPDX-License-Identifier: MIT */
/* Kernel modules and all that they depend on, in the order in which
 * finit_module(2) takes them. What a module depends on, the module itself says (.modinfo). */
#ifndef LASTACK_HARNESS_MODULES_H
#define LASTACK_HARNESS_MODULES_H

#include <stddef.h>

#include "case.h" /* struct complaint */
#include "deb.h"

#define MODULE_NAME_SIZE 64

struct module {
	char name[MODULE_NAME_SIZE]; /* with '_', as in /proc/modules */
	unsigned char *bytes; /* the .ko, unpacked */
	size_t size;
};

struct module_list {
	struct module *modules; /* each behind all that it depends on */
	size_t n;
	const char **absent; /* of the names asked for: neither a module nor built in */
	size_t n_absent;
};

/* What to ask deb_read() for. */
extern const char *const modules_globs[];
extern const size_t modules_n_globs;

/* `packages` are the files of the packages `debs`; those that are taken lose their bytes to the
 * list. `names` with '-' or '_'. Returns 0; -EINVAL for a module that cannot be read, or one that
 * lacks what it depends on; -ENOMEM; the complaint names it. The caller frees after 0; `absent`
 * points to strings in `names`. */
int modules_collect(const struct deb_files packages[], const char *const debs[], size_t n_debs,
	const char *const names[], size_t n, struct module_list *ret,
	struct complaint *ret_complaint);
void modules_free(struct module_list *list);

#endif
