/* SPDX-License-Identifier: MIT */
/* What engines share. See engine.h. */
#include "engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	ssize_t length = readlink("/proc/self/exe", path, ENGINE_PATH_SIZE - 1);
	char *slash;

	if (length < 0)
		return complaint_of_file(
			ret_complaint, -errno, "/proc/self/exe", "%s", strerror(errno));
	path[length] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash + 1, ENGINE_PATH_SIZE - (size_t)(slash + 1 - path), "%s", name);
	if (access(path, X_OK))
		return complaint_of_file(ret_complaint, -ENOENT, path,
			"no such program: this build could not link statically (libnl-3-dev, "
			"libjansson-dev, libpcap-dev)");
	return 0;
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
