/* SPDX-License-Identifier: MIT */
/* What the kernel's own reason for a reset decides of what its segments leave open. Pure. */
#ifndef LASTACK_HARNESS_DECIDE_H
#define LASTACK_HARNESS_DECIDE_H

#include "finding.h"

/* Leaves the causes that the reason (a name of enum sk_rst_reason) can stand for; certain if that
 * is one. A reason that says nothing about the causes changes nothing. Returns whether it did. */
bool decide_by_reason(struct finding *finding, const char *reason);

#endif
