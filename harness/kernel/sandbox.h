/* SPDX-License-Identifier: MIT */
/* Of gVisor, which is a program: whose turn it is inside. */
#ifndef LASTACK_HARNESS_SANDBOX_H
#define LASTACK_HARNESS_SANDBOX_H

/* Returns when every task that had been woken before the call has run. In a sandbox with one CPU:
 * world_open() wants that. */
void sandbox_let_run(void);

#endif
