/* SPDX-License-Identifier: MIT */
/* User-mode Linux: a kernel that is a program. Several times as fast as an emulated machine, but
 * its clock is the host's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_qemu.h"
#include "guest.h"

#define MEMORY "512M"
/* The second console is the records'. */
#define GUEST_RECORDS "/dev/ttyS0"

int engine_uml_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	static const struct module_list none;
	char path[ENGINE_PATH_SIZE];
	int r = guest_initramfs(task, &none, ret_complaint);

	snprintf(path, sizeof(path), "%s", task->files[0]);
	if (!r && task->stack->n_debs) {
		snprintf(path, sizeof(path), "%s/linux", task->folder);
		r = engine_unpack_program(task, "usr/bin/linux.uml", path, ret_complaint);
	}
	if (r)
		return r;
	ret->is_machine = true;
	engine_plan_add(ret, "%s", path);
	engine_plan_add(ret, "mem=" MEMORY);
	engine_plan_add(ret, "initrd=%s/initramfs", task->folder);
	engine_plan_add(ret, "con=null");
	engine_plan_add(ret, "con0=null,fd:2");
	engine_plan_add(ret, "ssl0=null,fd:1");
	/* Without these two it puts words of its own behind ours. */
	engine_plan_add(ret, "root=/dev/ram0");
	engine_plan_add(ret, "console=tty0");
	engine_plan_add(ret, "panic=-1");
	engine_plan_add(ret, "quiet");
	engine_plan_add(ret, "--");
	engine_plan_add(ret, GUEST_WORD);
	engine_plan_add(ret, "observe");
	engine_plan_add(ret, "-o");
	engine_plan_add(ret, GUEST_RECORDS);
	if (task->only_first_variant)
		engine_plan_add(ret, "--first-variant");
	return 0;
}
