/* SPDX-License-Identifier: MIT */
/* ^C (or SIGTERM) says that somebody has seen enough: what was seen by then is told, nothing thrown
 * away. The second one ends the program as it always does. */
#ifndef LASTACK_HARNESS_ENOUGH_H
#define LASTACK_HARNESS_ENOUGH_H

#include <stdbool.h>

/* From now on; a call that waits is interrupted by it. */
void enough_heed(void);
bool enough_said(void);

#endif
