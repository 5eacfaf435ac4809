/* SPDX-License-Identifier: MIT */
/* What is said of gVisor was read in its sources of 20221219 and 20240729, what of Go's runtime in
 * those of 1.19 and 1.22. */
#include "sandbox.h"

#include <sched.h>

/* A task is a goroutine, and one that was woken stands in the queue of the CPU that woke it
 * (goready()) or, when it comes back from the host, in the global one (exitsyscall0()).
 * sched_yield() is runtime.Gosched() (Task.Yield()): the caller goes to the end of the global
 * queue, which is served when the CPU's own is empty, but for every 61st turn, when the global one
 * goes first (findRunnable()). With one CPU the caller thus goes on behind all who stood in either
 * queue: this time, or the next if this was the 61st turn. */
void sandbox_let_run(void)
{
	sched_yield();
	sched_yield();
}
