/* SPDX-License-Identifier: MIT */
/* A capture file -> a finding for each of its connections: the whole way, for tests. */
#ifndef LASTACK_CAPTURE_TESTS_FOLLOW_H
#define LASTACK_CAPTURE_TESTS_FOLLOW_H

#include "finding.h"

typedef void follow_callback(
	const struct history *history, const struct finding *finding, void *data);

/* 0, or a negative errno with a message on stderr. In no particular order. */
int follow_file(const char *path, follow_callback *callback, void *data);

#endif
