/* SPDX-License-Identifier: MIT */
/* The end of a test program that cannot run here. */
#ifndef LASTACK_CAPTURE_TESTS_SKIP_H
#define LASTACK_CAPTURE_TESTS_SKIP_H

#include <stdio.h>
#include <stdlib.h>

/* All of its TAP; for main() to return. LASTACK_MUST_RUN=1: what is not run has failed. */
static inline int tests_skip(const char *why)
{
	const char *must_run = getenv("LASTACK_MUST_RUN");

	if (must_run && *must_run == '1')
		printf("1..1\nnot ok 1 must run, but: %s\n", why);
	else
		printf("1..0 # SKIP %s\n", why);
	return 0;
}

#endif
