/* SPDX-License-Identifier: MIT */
/* The initramfs of a guest, for every engine that boots a kernel. */
#ifndef LASTACK_HARNESS_ENGINE_QEMU_H
#define LASTACK_HARNESS_ENGINE_QEMU_H

#include "engine.h"
#include "modules.h"

/* Writes task->folder/initramfs: lastack-guest as the first process, the feed, the modules. */
int guest_initramfs(const struct engine_task *task, const struct module_list *modules,
	struct complaint *ret_complaint);

#endif
