/* SPDX-License-Identifier: MIT */
/* User-mode Linux: a kernel that is a program. Several times as fast as an emulated machine, but
 * its clock is the host's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deb.h"
#include "engine_qemu.h"
#include "guest.h"

#define MEMORY "512M"
/* The second console is the records'. */
#define GUEST_RECORDS "/dev/ttyS0"

static const char *const wanted[] = {"usr/bin/linux.uml"};

static int write_program(
	const struct engine_task *task, const char *path, struct complaint *ret_complaint)
{
	struct deb_files files;
	FILE *stream;
	int r = deb_read(task->files[0], wanted, 1, &files, ret_complaint);

	if (r)
		return r;
	if (!files.n) {
		deb_files_free(&files);
		return complaint_of_file(
			ret_complaint, -ENOENT, task->files[0], "holds no %s", wanted[0]);
	}
	stream = fopen(path, "we");
	if (!stream ||
		fwrite(files.files[0].bytes, 1, files.files[0].size, stream) != files.files[0].size)
		r = -errno;
	if (stream && fclose(stream) && !r)
		r = -errno;
	if (!r && chmod(path, 0700))
		r = -errno;
	deb_files_free(&files);
	return r ? complaint_of_file(ret_complaint, r, path, "%s", strerror(-r)) : 0;
}

int engine_uml_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	static const struct module_list none;
	char path[ENGINE_PATH_SIZE];
	int r = guest_initramfs(task, &none, ret_complaint);

	snprintf(path, sizeof(path), "%s", task->files[0]);
	if (!r && task->stack->n_debs) {
		snprintf(path, sizeof(path), "%s/linux", task->folder);
		r = write_program(task, path, ret_complaint);
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
