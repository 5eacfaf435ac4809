/* SPDX-License-Identifier: MIT */
/* See modules.h. */
#include "modules.h"

#include <errno.h>
#include <fnmatch.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "deb.h"

enum { MAX_DEPTH = 32 };

/* A file of a package that is a module. */
struct candidate {
	char name[MODULE_NAME_SIZE];
	struct deb_file *file;
	const char *deb;
	bool is_taken;
};

struct collector {
	const struct deb_files *packages;
	size_t n_packages;
	struct candidate *candidates;
	size_t n_candidates;
	struct module_list *list;
	struct complaint *complaint;
};

static int refuse(struct collector *collector, const struct candidate *candidate, int error,
	const char *what, const char *name)
{
	return complaint_of_file(collector->complaint, error,
		candidate ? candidate->deb : "modules", "%s%s%s%s",
		candidate ? candidate->name : "", candidate ? ": " : "", what, name);
}

const char *const modules_globs[] = {"*.ko", "*.ko.xz", "*.ko.zst", "*.ko.gz", "*/modules.builtin"};
const size_t modules_n_globs = sizeof(modules_globs) / sizeof(*modules_globs);

static bool is_module(const char *path)
{
	for (size_t i = 0; i + 1 < modules_n_globs; i++)
		if (!fnmatch(modules_globs[i], path, 0))
			return true;
	return false;
}

/* The file's name without its ends, '-' as '_': so the kernel calls it. */
static void module_name(const char *path, char name[MODULE_NAME_SIZE])
{
	const char *slash = strrchr(path, '/');

	snprintf(name, MODULE_NAME_SIZE, "%.*s", MODULE_NAME_SIZE - 1, slash ? slash + 1 : path);
	name[strcspn(name, ".")] = '\0';
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
}

static struct candidate *find(struct collector *collector, const char *wanted)
{
	char name[MODULE_NAME_SIZE];

	module_name(wanted, name);
	for (size_t i = 0; i < collector->n_candidates; i++)
		if (!strcmp(collector->candidates[i].name, name))
			return &collector->candidates[i];
	return NULL;
}

/* modules.builtin has a path in each line. */
static bool lists(const struct deb_file *builtin, const char *wanted)
{
	const char *text = (const char *)builtin->bytes, *end = text + builtin->size;
	char line[4 * MODULE_NAME_SIZE], name[MODULE_NAME_SIZE];

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop ? stop : end) - text);

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		module_name(line, name);
		if (!strcmp(name, wanted))
			return true;
		text += length + 1;
	}
	return false;
}

static bool is_built_in(const struct collector *collector, const char *wanted)
{
	char name[MODULE_NAME_SIZE];

	module_name(wanted, name);
	for (size_t k = 0; k < collector->n_packages; k++)
		for (size_t i = 0; i < collector->packages[k].n; i++) {
			const struct deb_file *file = &collector->packages[k].files[i];

			if (!is_module(file->path) &&
				!fnmatch("*/modules.builtin", file->path, 0) && lists(file, name))
				return true;
		}
	return false;
}

/* The bytes of the section .modinfo: strings "key=value" with NULs between them. */
static Elf_Data *modinfo(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) ||
			!(name = elf_strptr(elf, names, header.sh_name)))
			return NULL;
		if (!strcmp(name, ".modinfo"))
			return elf_getdata(section, NULL);
	}
	return NULL;
}

static char *find_depends(Elf *elf)
{
	static const char key[] = "depends=";
	Elf_Data *data = modinfo(elf);
	const char *text = data ? data->d_buf : NULL, *end = text ? text + data->d_size : NULL;

	while (text && text < end) {
		size_t length = strnlen(text, (size_t)(end - text));

		if (length >= strlen(key) && !strncmp(text, key, strlen(key)))
			return strndup(text + strlen(key), length - strlen(key));
		text += length + 1;
	}
	return NULL;
}

/* "a,b,c" of what must be loaded before; allocated; NULL for what is no module. */
static char *depends_of(struct deb_file *file)
{
	Elf *elf;
	char *depends;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file->bytes, file->size);
	depends = elf ? find_depends(elf) : NULL;
	elf_end(elf);
	return depends;
}

static int append(struct collector *collector, const struct candidate *candidate)
{
	struct module_list *list = collector->list;
	struct module *modules = reallocarray(list->modules, list->n + 1, sizeof(*modules));
	struct module *module;

	if (!modules)
		return refuse(collector, candidate, -ENOMEM, strerror(ENOMEM), "");
	list->modules = modules;
	module = &modules[list->n++];
	*module = (struct module){.bytes = candidate->file->bytes, .size = candidate->file->size};
	memcpy(module->name, candidate->name, sizeof(module->name));
	candidate->file->bytes = NULL; /* the list's now */
	return 0;
}

static int take(struct collector *collector, struct candidate *candidate, int depth);

static int take_depends(
	struct collector *collector, const struct candidate *candidate, char *depends, int depth)
{
	char *rest = NULL;

	for (char *name = strtok_r(depends, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		struct candidate *other = find(collector, name);
		int r;

		if (!other)
			return refuse(collector, candidate, -EINVAL,
				"no package has what it depends on: ", name);
		r = take(collector, other, depth + 1);
		if (r)
			return r;
	}
	return 0;
}

static int take(struct collector *collector, struct candidate *candidate, int depth)
{
	char *depends;
	int r;

	if (candidate->is_taken)
		return 0;
	candidate->is_taken = true;
	if (depth > MAX_DEPTH)
		return refuse(collector, candidate, -EINVAL, "depends on too many others", "");
	r = deb_file_unpack(candidate->file, collector->complaint);
	if (r)
		return r;
	depends = depends_of(candidate->file);
	if (!depends)
		return refuse(collector, candidate, -EINVAL,
			"is no kernel module: no 'depends=' in .modinfo", "");
	r = take_depends(collector, candidate, depends, depth);
	free(depends);
	return r ? r : append(collector, candidate);
}

static int list_candidates(struct collector *collector, const char *const debs[])
{
	size_t n = 0;

	for (size_t k = 0; k < collector->n_packages; k++)
		n += collector->packages[k].n;
	collector->candidates = calloc(n + 1, sizeof(*collector->candidates));
	if (!collector->candidates)
		return refuse(collector, NULL, -ENOMEM, strerror(ENOMEM), "");
	for (size_t k = 0; k < collector->n_packages; k++)
		for (size_t i = 0; i < collector->packages[k].n; i++) {
			struct deb_file *file = &collector->packages[k].files[i];
			struct candidate *candidate;

			if (!is_module(file->path))
				continue;
			candidate = &collector->candidates[collector->n_candidates++];
			candidate->file = file;
			candidate->deb = debs[k];
			module_name(file->path, candidate->name);
		}
	return 0;
}

static int collect(struct collector *collector, const char *const names[], size_t n)
{
	struct module_list *list = collector->list;

	list->absent = calloc(n + 1, sizeof(*list->absent));
	if (!list->absent)
		return refuse(collector, NULL, -ENOMEM, strerror(ENOMEM), "");
	for (size_t i = 0; i < n; i++) {
		struct candidate *candidate = find(collector, names[i]);
		int r = candidate ? take(collector, candidate, 0) : 0;

		if (r)
			return r;
		if (!candidate && !is_built_in(collector, names[i]))
			list->absent[list->n_absent++] = names[i];
	}
	return 0;
}

int modules_collect(const struct deb_files packages[], const char *const debs[], size_t n_debs,
	const char *const names[], size_t n, struct module_list *ret,
	struct complaint *ret_complaint)
{
	struct module_list list = {.n = 0};
	struct collector collector = {.packages = packages,
		.n_packages = n_debs,
		.list = &list,
		.complaint = ret_complaint};
	int r = list_candidates(&collector, debs);

	if (!r)
		r = collect(&collector, names, n);
	free(collector.candidates);
	if (r) {
		modules_free(&list);
		return r;
	}
	*ret = list;
	return 0;
}

void modules_free(struct module_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->modules[i].bytes);
	free(list->modules);
	free(list->absent);
	*list = (struct module_list){.n = 0};
}
