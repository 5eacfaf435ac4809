/* SPDX-License-Identifier: MIT */
/* lastack repro --emit: cases as programs of their own. */
#ifndef LASTACK_HARNESS_REPRO_EMIT_H
#define LASTACK_HARNESS_REPRO_EMIT_H

#include <stdbool.h>

#include "catalog.h"

struct repro_emit {
	const char *language; /* NULL: nothing is emitted */
	const char *output; /* a file, a folder, or NULL: standard output */
	const char *variant; /* NULL: the case's first */
	bool only_lists; /* which cases can be written, and why others cannot */
};

/* Writes the selected cases (several only into a folder). Complains on stderr, returns an exit
 * status. */
int repro_emit(const struct repro_emit *emit, char **selectors, int n);

#endif
