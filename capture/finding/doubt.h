/* SPDX-License-Identifier: MIT */
/* Weighs what does not fit about a reset. A forged one is told by several oddities together: every
 * single one has innocent sources (Weaver, Sommer, Paxson, NDSS 2009, prefer to miss one for the
 * same reason). */
#ifndef LASTACK_CAPTURE_DOUBT_H
#define LASTACK_CAPTURE_DOUBT_H

#include "history.h"

#define DOUBT_ENOUGH 2

/* 0: nothing speaks against it; from DOUBT_ENOUGH on it is said to be forged. */
unsigned doubt_weigh(const struct history *history, const struct history_reset *reset);
/* Its oddities without those that a reset of this shape may have. */
uint32_t doubt_oddities(const struct history *history, const struct history_reset *reset);
/* Whether it changed nothing: the connection went on. A reset that only drew a challenge is
 * repeated by a host that meant it, in answer to that (RFC 5961 3.2). */
bool doubt_is_ignored(const struct history *history, const struct history_reset *reset);

#endif
