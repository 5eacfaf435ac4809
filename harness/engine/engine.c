/* SPDX-License-Identifier: MIT */
/* What engines share. See engine.h. */
#include "engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deb.h"

int engine_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	static engine_prepare_function *const functions[] = {
		[ENGINE_HOST] = engine_host_prepare,
		[ENGINE_QEMU] = engine_qemu_prepare,
		[ENGINE_UML] = engine_uml_prepare,
		[ENGINE_GVISOR] = engine_gvisor_prepare,
		[ENGINE_LWIP] = engine_lwip_prepare,
	};

	memset(ret, 0, sizeof(*ret));
	return functions[task->stack->engine](task, ret, ret_complaint);
}

void engine_plan_add(struct engine_plan *plan, const char *format, ...)
{
	va_list arguments;
	char *word;

	va_start(arguments, format);
	if (vasprintf(&word, format, arguments) < 0 || plan->n_words == ENGINE_MAX_WORDS)
		abort();
	va_end(arguments);
	plan->words[plan->n_words++] = word;
}

void engine_plan_free(struct engine_plan *plan)
{
	for (size_t i = 0; i < plan->n_words; i++)
		free(plan->words[i]);
	memset(plan, 0, sizeof(*plan));
}

int engine_own_program(
	const char *name, char path[ENGINE_PATH_SIZE], struct complaint *ret_complaint)
{
	char own[ENGINE_PATH_SIZE];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;

	if (length < 0)
		return complaint_of_file(
			ret_complaint, -errno, "/proc/self/exe", "%s", strerror(errno));
	own[length] = '\0';
	slash = strrchr(own, '/');
	if (snprintf(path, ENGINE_PATH_SIZE, "%.*s/%s", (int)(slash - own), own, name) >=
		ENGINE_PATH_SIZE)
		return complaint_of_file(ret_complaint, -ENAMETOOLONG, own, "a path too long");
	if (access(path, X_OK))
		return complaint_of_file(ret_complaint, -ENOENT, path,
			"no such program: this build could not link statically (libnl-3-dev, "
			"libjansson-dev, libpcap-dev)");
	return 0;
}

int engine_write_file(const char *path, const void *bytes, size_t size, mode_t mode,
	struct complaint *ret_complaint)
{
	FILE *stream = fopen(path, "we");
	int r = 0;

	if (!stream || fwrite(bytes, 1, size, stream) != size)
		r = -errno;
	if (stream && fclose(stream) && !r)
		r = -errno;
	if (!r && chmod(path, mode))
		r = -errno;
	return r ? complaint_of_file(ret_complaint, r, path, "%s", strerror(-r)) : 0;
}

int engine_unpack_program(const struct engine_task *task, const char *member, const char *path,
	struct complaint *ret_complaint)
{
	struct deb_files files;
	int r = deb_read(task->files[0], &member, 1, &files, ret_complaint);

	if (r)
		return r;
	/* Readable by all: runsc starts itself again as nobody. */
	if (files.n)
		r = engine_write_file(
			path, files.files[0].bytes, files.files[0].size, 0755, ret_complaint);
	else
		r = complaint_of_file(
			ret_complaint, -ENOENT, task->files[0], "holds no %s", member);
	deb_files_free(&files);
	return r;
}

int engine_host_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	char path[ENGINE_PATH_SIZE];
	int r = engine_own_program("lastack", path, ret_complaint);

	if (r)
		return r;
	engine_plan_add(ret, "%s", path);
	engine_plan_add(ret, "observe");
	if (task->only_first_variant)
		engine_plan_add(ret, "--first-variant");
	return 0;
}
