/* SPDX-License-Identifier: MIT */
/* The verb `fill`: what makes a full buffer stay full. */
#ifndef LASTACK_HARNESS_FILL_H
#define LASTACK_HARNESS_FILL_H

#include "orders.h"

/* Fills until nothing is under way that could make room. As order_perform(). */
bool fill_up(struct run *run, enum side side, const struct action *action, struct reply *ret);

#endif
