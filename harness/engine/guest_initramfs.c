/* SPDX-License-Identifier: MIT */
/* All that a guest holds: one program, the cases, the modules. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine_qemu.h"
#include "guest.h"
#include "initramfs.h"

struct contents {
	struct initramfs_entry *entries;
	size_t n, room;
	char **texts; /* of the paths that the entries point to */
	size_t n_texts;
};

static const char *keep(struct contents *contents, char *text)
{
	char **grown = reallocarray(contents->texts, contents->n_texts + 1, sizeof(*grown));

	if (!grown || !text)
		abort();
	contents->texts = grown;
	return grown[contents->n_texts++] = text;
}

static const char *path_of(struct contents *contents, const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? keep(contents, NULL)
							  : keep(contents, path);
}

static void add(struct contents *contents, struct initramfs_entry entry)
{
	if (contents->n == contents->room) {
		contents->room = contents->room ? 2 * contents->room : 64;
		contents->entries =
			reallocarray(contents->entries, contents->room, sizeof(*contents->entries));
		if (!contents->entries)
			abort();
	}
	contents->entries[contents->n++] = entry;
}

static int is_named(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A folder and what is in it, in the order of the names: the same feed is the same file. */
static int add_folder(struct contents *contents, const char *source, const char *path)
{
	struct dirent **entries;
	int n = scandir(source, &entries, is_named, alphasort), r = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		const char *from = path_of(contents, source, entries[i]->d_name);
		const char *to = path_of(contents, path, entries[i]->d_name);
		struct stat status;

		if (!r && stat(from, &status))
			r = -errno;
		if (!r && S_ISDIR(status.st_mode))
			r = add_folder(contents, from, to);
		else if (!r)
			add(contents,
				(struct initramfs_entry){
					.path = to, .mode = S_IFREG | 0644, .source = from});
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return r;
}

static void add_modules(struct contents *contents, const struct module_list *modules)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct module *module = &modules->modules[i];
		char *path;

		if (asprintf(&path, GUEST_MODULES "/%03zu-%s.ko", i, module->name) < 0)
			path = NULL;
		add(contents,
			(struct initramfs_entry){.path = keep(contents, path),
				.mode = S_IFREG | 0644,
				.bytes = module->bytes,
				.size = module->size});
	}
}

int guest_initramfs(const struct engine_task *task, const struct module_list *modules,
	struct complaint *ret_complaint)
{
	struct contents contents = {0};
	char program[ENGINE_PATH_SIZE], path[ENGINE_PATH_SIZE];
	int r = engine_own_program("lastack-guest", program, ret_complaint);

	if (r)
		return r;
	add(&contents,
		(struct initramfs_entry){
			.path = GUEST_INIT, .mode = S_IFREG | 0755, .source = program});
	/* Before /dev is mounted the kernel opens it for the first process. */
	add(&contents,
		(struct initramfs_entry){
			.path = "/dev/console", .mode = S_IFCHR | 0600, .major = 5, .minor = 1});
	add_modules(&contents, modules);
	r = add_folder(&contents, task->feed, GUEST_CASES);
	if (r)
		complaint_of_file(ret_complaint, r, task->feed, "%s", strerror(-r));
	snprintf(path, sizeof(path), "%s/initramfs", task->folder);
	if (!r)
		r = initramfs_write(path, contents.entries, contents.n, ret_complaint);
	for (size_t i = 0; i < contents.n_texts; i++)
		free(contents.texts[i]);
	free(contents.texts);
	free(contents.entries);
	return r;
}
