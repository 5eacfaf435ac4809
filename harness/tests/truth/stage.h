/* SPDX-License-Identifier: MIT */
/* A network namespace of its own with `lo` up, and a capture of it into a file; time limits; and
 * TAP lines. The process stays on one CPU: what is sent on `lo` queues there, first in, first out.
 */
#ifndef LASTACK_TRUTH_STAGE_H
#define LASTACK_TRUTH_STAGE_H

#include <stdbool.h>

#include "source.h"

struct stage {
	frame_callback *on_frame; /* told of every frame but markers, with `data`; may be NULL */
	void *data;
	void (*on_pump)(void *data); /* called with every stage_pump(); may be NULL */
	/* The rest is the stage's own. */
	struct source *source;
	struct savefile *file;
	int marker;
	uint16_t marker_port;
	uint64_t frames, markers; /* captured; markers are among the frames */
	uint64_t passed_at_start; /* what `lo` had counted */
	bool has_failed;
};

/* The calling process changes its namespace. 0, or a negative errno with what is missing in
 * error[SOURCE_ERROR_SIZE]. */
int stage_open(struct stage *stage, const char *path, char *error);
/* Takes what was captured so far; to be called often. */
void stage_pump(struct stage *stage);
/* Until all that was sent, and what that caused to be sent, is captured: a marker that was sent
 * later comes by with nothing in front of it. 0 or a negative errno. */
int stage_settle(struct stage *stage);
/* Whether nothing was lost: all that has passed `lo` is in the file. */
bool stage_close(struct stage *stage);

/* For waiting: the time (CLOCK_MONOTONIC, in ms) at which whoever waits gives up. */
int64_t stage_now_ms(void);
int64_t stage_deadline(void);
bool stage_is_over(int64_t deadline);

/* Writes "what: errno's text" to error[256], and returns the negative errno. */
int stage_fail(char *error, const char *what);

void stage_check(bool is_right, const char *what); /* one TAP line */
void stage_plan(void); /* the last one */

#endif
