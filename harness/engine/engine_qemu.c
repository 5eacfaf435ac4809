/* SPDX-License-Identifier: MIT */
/* Kernels in QEMU. By emulation, as KVM is rarely there where tests run, and because emulation can
 * have a clock of its own: it stands still while the machine is busy and leaps while the guest
 * sleeps, so that nothing is ever late and a timeout of two minutes takes a second. */
#include "engine_qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "kernel.h"

#define MEMORY_MB "640"

/* In this order:
 *  - -cx16: with it Linux 6.12 dies of a corrupted slab in every fourth boot (QEMU 7.2);
 *  - virtual time, counted in instructions, with a seed and a date: two boots do the very same;
 *  - nothing but two serial ports; a guest that panics ends QEMU. */
static const char *const machine[] = {"-M", "pc", "-accel", "tcg", "-cpu", "max,-cx16", "-smp", "1",
	"-m", MEMORY_MB, "-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01,clock=vm",
	"-seed", "1", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", NULL};

/* Beside the console, on the second port: the records. */
#define GUEST_RECORDS "/dev/ttyS1"

static void plan(const struct engine_task *task, const char *image, const char *qemu,
	struct engine_plan *ret)
{
	ret->is_machine = true;
	engine_plan_add(ret, "%s", qemu);
	for (size_t i = 0; machine[i]; i++)
		engine_plan_add(ret, "%s", machine[i]);
	engine_plan_add(ret, "-chardev");
	engine_plan_add(ret, "file,id=console,path=/dev/fd/2");
	engine_plan_add(ret, "-serial");
	engine_plan_add(ret, "chardev:console");
	engine_plan_add(ret, "-chardev");
	engine_plan_add(ret, "file,id=records,path=/dev/fd/1");
	engine_plan_add(ret, "-serial");
	engine_plan_add(ret, "chardev:records");
	engine_plan_add(ret, "-kernel");
	engine_plan_add(ret, "%s", image);
	engine_plan_add(ret, "-initrd");
	engine_plan_add(ret, "%s/initramfs", task->folder);
	engine_plan_add(ret, "-append");
	engine_plan_add(ret,
		"console=ttyS0 panic=-1 quiet nokaslr -- " GUEST_WORD " observe -o " GUEST_RECORDS
		"%s",
		task->only_first_variant ? " --first-variant" : "");
}

static int prepare_packages(const struct engine_task *task, char image[ENGINE_PATH_SIZE],
	struct complaint *ret_complaint)
{
	struct kernel kernel;
	int r = kernel_read(
		task->files, task->n_files, kernel_case_modules, &kernel, ret_complaint);

	if (r)
		return r;
	snprintf(image, ENGINE_PATH_SIZE, "%s/kernel", task->folder);
	r = engine_write_file(image, kernel.image.bytes, kernel.image.size, 0644, ret_complaint);
	if (!r)
		r = guest_initramfs(task, &kernel.modules, ret_complaint);
	kernel_free(&kernel);
	return r;
}

/* Somebody's own kernel, who has built in what the cases need, or goes without. */
static int prepare_image(const struct engine_task *task, char image[ENGINE_PATH_SIZE],
	struct complaint *ret_complaint)
{
	static const struct module_list none;

	if (!realpath(task->files[0], image))
		return complaint_of_file(
			ret_complaint, -errno, task->files[0], "%s", strerror(errno));
	return guest_initramfs(task, &none, ret_complaint);
}

/* Where the shell would find it; "" if nowhere. */
static void find_program(const char *name, char path[ENGINE_PATH_SIZE])
{
	const char *folders = getenv("PATH");

	for (const char *at = folders ? folders : "/usr/bin:/bin"; *at;) {
		int length = (int)strcspn(at, ":");

		snprintf(path, ENGINE_PATH_SIZE, "%.*s/%s", length, at, name);
		if (!access(path, X_OK))
			return;
		at += length + (at[length] == ':');
	}
	path[0] = '\0';
}

int engine_qemu_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	char image[4096], qemu[ENGINE_PATH_SIZE];
	int r;

	find_program("qemu-system-x86_64", qemu);
	if (!qemu[0])
		return complaint_of_file(ret_complaint, -ENOENT, "qemu-system-x86_64",
			"not found: install the package qemu-system-x86");
	if (task->stack->n_debs)
		r = prepare_packages(task, image, ret_complaint);
	else
		r = prepare_image(task, image, ret_complaint);
	if (!r)
		plan(task, image, qemu, ret);
	return r;
}
