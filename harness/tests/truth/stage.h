/* SPDX-License-Identifier: MIT */
/* A network namespace of its own with `lo` up, and a capture of it into a file; and TAP lines. */
#ifndef LASTACK_TRUTH_STAGE_H
#define LASTACK_TRUTH_STAGE_H

#include <stdbool.h>

#include "source.h"

struct stage {
	struct source *source;
	struct savefile *file;
	frame_callback *on_frame; /* told of every frame, with `data`; may be NULL */
	void *data;
	bool has_failed;
};

/* The calling process changes its namespace. 0, or a negative errno with what is missing in
 * error[SOURCE_ERROR_SIZE]. */
int stage_open(struct stage *stage, const char *path, char *error);
/* Takes what was captured so far; to be called often. Fits closings_pump. */
void stage_pump(void *stage);
/* Whether nothing was lost. */
bool stage_close(struct stage *stage);

void stage_check(bool is_right, const char *what); /* one TAP line */
void stage_plan(void); /* the last one */
int stage_skip(const char *why); /* all of it */

#endif
