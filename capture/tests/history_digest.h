/* SPDX-License-Identifier: MIT */
/* Whether two ways of following connections lead to the same histories. */
#ifndef LASTACK_CAPTURE_TESTS_HISTORY_DIGEST_H
#define LASTACK_CAPTURE_TESTS_HISTORY_DIGEST_H

#include "history.h"

/* Of all that the history says, and of `before`: 0, or the digest of those told before it. */
uint64_t history_digest(uint64_t before, const struct history *history);

#endif
