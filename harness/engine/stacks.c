/* SPDX-License-Identifier: MIT */
/* What a list of stacks is asked: its text, those that a person names, how each is called. Reading
 * it: stacks_read.c. */
#include "stacks.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"

const struct word stack_engines[] = {
	{"host", ENGINE_HOST},
	{"qemu", ENGINE_QEMU},
	{"uml", ENGINE_UML},
	{"gvisor", ENGINE_GVISOR},
	{"lwip", ENGINE_LWIP},
	{0},
};

const struct word stack_sets[] = {{"default", SET_DEFAULT}, {"extra", SET_EXTRA}, {0}};

const struct word stack_parts[] = {{"main", PART_MAIN}, {"security", PART_SECURITY}, {0}};

void stacks_free(struct stack_list *list)
{
	free(list->stacks);
	*list = (struct stack_list){.n = 0};
}

int stacks_print(const struct stack_list *list, FILE *stream)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct stack *stack = &list->stacks[i];

		fprintf(stream, "%sstack   %s %s %s\n", i ? "\n" : "", stack->name,
			word_name(stack_engines, stack->engine), word_name(stack_sets, stack->set));
		for (size_t k = 0; k < stack->n_debs; k++)
			fprintf(stream, "deb     %s %s\nsha256  %s %llu\n",
				word_name(stack_parts, stack->debs[k].part), stack->debs[k].path,
				stack->debs[k].sha256, (unsigned long long)stack->debs[k].size);
	}
	return ferror(stream) ? -EIO : 0;
}

const char *stacks_path(void)
{
	return data_path(DATA_STACKS);
}

static bool is_selected(const struct stack *stack, const char *selector)
{
	int64_t set;

	if (word_find(stack_sets, selector, &set))
		return (enum stack_set)set == stack->set;
	return !strcmp(selector, "all") || !fnmatch(selector, stack->name, 0);
}

static int refuse_selector(
	const struct stack_list *list, const char *selector, struct complaint *complaint)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < list->n; i++)
		nearest_offer(&nearest, selector, list->stacks[i].name);
	for (const struct word *set = stack_sets; set->name; set++)
		nearest_offer(&nearest, selector, set->name);
	return complaint_of_file(complaint, -ENOENT, selector,
		"names no stack of %s, want one of them, a glob, default, extra or all%s",
		stacks_path(), nearest.hint);
}

int stacks_select(const struct stack_list *list, char *const *selectors, size_t n,
	const struct stack **ret, size_t *ret_n, struct complaint *ret_complaint)
{
	for (size_t k = 0; k < n; k++) {
		bool is_found = false;

		for (size_t i = 0; i < list->n && !is_found; i++)
			is_found = is_selected(&list->stacks[i], selectors[k]);
		if (!is_found)
			return refuse_selector(list, selectors[k], ret_complaint);
	}
	*ret_n = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct stack *stack = &list->stacks[i];
		bool is_taken = n == 0 && stack->set == SET_DEFAULT;

		for (size_t k = 0; k < n && !is_taken; k++)
			is_taken = is_selected(stack, selectors[k]);
		if (is_taken)
			ret[(*ret_n)++] = stack;
	}
	return 0;
}

const char *stack_system(const struct stack *stack, char *buf, size_t size)
{
	const char *dash = strchr(stack->name, '-');

	if (size)
		buf[0] = '\0';
	if (dash)
		snprintf(buf, size, "%.*s %s x86_64", (int)(dash - stack->name), stack->name,
			dash + 1);
	return buf;
}

const char *stack_deb_file(const struct stack_deb *deb)
{
	const char *slash = strrchr(deb->path, '/');

	return slash ? slash + 1 : deb->path;
}

const char *stack_deb_package(const struct stack_deb *deb, char *buf, size_t size)
{
	const char *file = stack_deb_file(deb);
	int package = (int)strcspn(file, "_");
	const char *version = file + package + (file[package] == '_');

	snprintf(buf, size, "%.*s %.*s", package, file, (int)strcspn(version, "_"), version);
	return buf;
}
