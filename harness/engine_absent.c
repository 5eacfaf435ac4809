/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "engine.h"

int engine_gvisor_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint)
{
	return complaint_of_file(ret_complaint, -ENOSYS, "gvisor", "no such engine yet");
}
