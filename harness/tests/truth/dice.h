/* SPDX-License-Identifier: MIT */
/* Random choices that a seed decides. */
#ifndef LASTACK_TRUTH_DICE_H
#define LASTACK_TRUTH_DICE_H

struct dice {
	unsigned state; /* at first the seed */
};

/* 0 to sides - 1 */
static inline unsigned roll(struct dice *dice, unsigned sides)
{
	dice->state = dice->state * 1103515245u + 12345u;
	return (dice->state >> 8) % sides;
}

#endif
