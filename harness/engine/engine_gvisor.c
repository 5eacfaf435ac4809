/* SPDX-License-Identifier: MIT */
/* gVisor: a kernel that is a program, in a sandbox that sees the host's files and has a network of
 * its own. Knows how a sandbox is started; what the records hold is the sandboxed program's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"
#include "pool.h"

/* Their runs wait for each other's timers; there is one CPU. */
#define WORKERS "2"

/* Another one each time. In a sandbox with more than one it is not known when segments have been
 * processed; see world_settle(). */
static unsigned choose_cpu(void)
{
	static unsigned turn;

	return pool_cpu(turn++);
}

int engine_gvisor_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	char program[ENGINE_PATH_SIZE], path[ENGINE_PATH_SIZE], root[ENGINE_PATH_SIZE + 8];
	int r = engine_own_program("lastack-guest", program, ret_complaint);

	snprintf(path, sizeof(path), "%s", task->files[0]);
	snprintf(root, sizeof(root), "%s/root", task->folder);
	if (!r && task->stack->n_debs) {
		snprintf(path, sizeof(path), "%s/runsc", task->folder);
		r = engine_unpack_program(task, "usr/bin/runsc", path, ret_complaint);
	}
	if (!r && mkdir(root, 0700))
		r = complaint_of_file(ret_complaint, -errno, root, "%s", strerror(errno));
	if (r)
		return r;
	ret->is_machine = true;
	engine_plan_add(ret, "/usr/bin/env");
	engine_plan_add(ret, "taskset");
	engine_plan_add(ret, "-c");
	engine_plan_add(ret, "%u", choose_cpu());
	engine_plan_add(ret, "%s", path);
	engine_plan_add(ret, "--root=%s", root);
	engine_plan_add(ret, "--platform=ptrace");
	engine_plan_add(ret, "--network=none");
	engine_plan_add(ret, "--net-raw");
	engine_plan_add(ret, "--ignore-cgroups");
	if (geteuid())
		engine_plan_add(ret, "--rootless");
	engine_plan_add(ret, "do");
	engine_plan_add(ret, "/usr/bin/env");
	engine_plan_add(ret, "LASTACK_CASES=%s", task->feed);
	engine_plan_add(ret, "%s", program);
	engine_plan_add(ret, "observe");
	engine_plan_add(ret, "-j");
	engine_plan_add(ret, WORKERS);
	if (task->only_first_variant)
		engine_plan_add(ret, "--first-variant");
	return 0;
}
