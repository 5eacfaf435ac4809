/* SPDX-License-Identifier: MIT */
/* lwIP: the program itself, with the library of one Debian package and the headers of another. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "deb.h"
#include "engine.h"
#include "lwip.h"

static const char *const wanted[] = {"usr/lib/*/liblwip.so.*", "usr/include/lwip/*"};

/* liblwip.so.0.0.0 -> liblwip.so.0: its SONAME, a link that is not read out of packages. */
static void shorten(char *path)
{
	char *number = strstr(path, "liblwip.so.");
	char *dot = number ? strchr(number + strlen("liblwip.so."), '.') : NULL;

	if (dot)
		*dot = '\0';
}

/* And the folders above it. */
static int write_file(char *path, const struct deb_file *file)
{
	FILE *stream;
	int r = 0;

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r)
			return r;
	}
	stream = fopen(path, "we");
	if (!stream || fwrite(file->bytes, 1, file->size, stream) != file->size)
		r = errno ? -errno : -EIO;
	if (stream && fclose(stream) && !r)
		r = -errno;
	return r;
}

static int unpack(const char *package, const char *folder, struct complaint *ret_complaint)
{
	struct deb_files files;
	int r = deb_read(package, wanted, sizeof(wanted) / sizeof(*wanted), &files, ret_complaint);

	if (r)
		return r;
	for (size_t i = 0; !r && i < files.n; i++) {
		char path[2 * ENGINE_PATH_SIZE];

		snprintf(path, sizeof(path), "%s/%s", folder, files.files[i].path);
		shorten(path + strlen(folder));
		if ((r = write_file(path, &files.files[i])))
			complaint_of_file(ret_complaint, r, path, "%s", strerror(-r));
	}
	deb_files_free(&files);
	return r;
}

int engine_lwip_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	char program[ENGINE_PATH_SIZE], folder[ENGINE_PATH_SIZE + 8];
	int r = engine_own_program("lastack", program, ret_complaint);

	if (!r && !lwip_can_compile())
		r = complaint_of_file(ret_complaint, -ENOENT, lwip_compiler(),
			"not found: lwIP's adapter wants a C compiler, install gcc or set CC");
	if (task->stack->n_debs)
		snprintf(folder, sizeof(folder), "%s/lwip", task->folder);
	else
		snprintf(folder, sizeof(folder), "%s", task->files[0]);
	for (size_t i = 0; !r && i < task->stack->n_debs; i++)
		r = unpack(task->files[i], folder, ret_complaint);
	if (r)
		return r;
	engine_plan_add(ret, "%s", program);
	engine_plan_add(ret, "observe");
	engine_plan_add(ret, "--lwip");
	engine_plan_add(ret, "%s", folder);
	if (task->only_first_variant)
		engine_plan_add(ret, "--first-variant");
	return 0;
}
