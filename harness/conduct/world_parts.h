/* SPDX-License-Identifier: MIT */
/* What the files that make up a world (world.c, world_lacks.c, world_settle.c) share. */
#ifndef LASTACK_HARNESS_WORLD_PARTS_H
#define LASTACK_HARNESS_WORLD_PARTS_H

#include <stdint.h>

struct world;

/* Writes "what: why" into error[WORLD_ERROR_SIZE]. Returns r, a negative errno. */
int world_fail(char *error, const char *what, int r);

/* Makes the network namespace of this descriptor the caller's. 0 or a negative errno. */
int world_enter(int namespace);

/* Frames that have passed the device that is captured from. 0 or a negative errno. */
int world_count_passed(struct world *world, uint64_t *ret);

#endif
