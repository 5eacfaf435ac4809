/* SPDX-License-Identifier: MIT */
/* What is done with one accepted connection, step by step. */
#ifndef LASTACK_TRUTH_STEPS_H
#define LASTACK_TRUTH_STEPS_H

#include "truths.h"

enum step_kind {
	STEP_SEND, /* number: bytes */
	STEP_READ, /* number: bytes at most; 0: all there are */
	STEP_SHUT_WR,
	STEP_SHUT_RDWR,
	STEP_CLOSE,
	STEP_ABORT, /* zero linger, close */
	STEP_DISSOLVE, /* connect(AF_UNSPEC), close */
	STEP_KILL, /* the process that has it */
	STEP_VANISH, /* without a segment */
	STEP_DEAFEN, /* drops all that comes */
	STEP_HEAR, /* no longer */
	STEP_OPTION, /* TCP option `option` = number */
	STEP_IDLE, /* number: ms of silence at least, which the scenario is about */
	STEP_UNTIL_ACKNOWLEDGED, /* all that either end has sent */
	STEP_UNTIL_ENDED, /* by the kernel, the end whose descriptor is open */
	STEP_UNTIL_FORGOTTEN, /* by the kernel, the end whose descriptor is closed */
};

struct step {
	uint8_t kind, side;
	int option;
	unsigned number;
};

enum { STEPS = 24 };

struct script {
	struct step steps[STEPS];
	unsigned n, next;
};

/* Appends one, if there is room. */
void plan(struct script *script, enum step_kind kind, enum party side, unsigned number);
void plan_option(struct script *script, enum party side, int option, unsigned number);

/* Does a step that does not wait, and notes what its truth depends on. `fds` by party; -1: closed
 * before, then nothing is done. */
void step_take(const struct step *step, int fds[2], struct deeds *deeds);

void step_end(int fds[2], enum party side); /* close() */

#endif
