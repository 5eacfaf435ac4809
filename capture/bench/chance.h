/* SPDX-License-Identifier: MIT */
/* Random numbers, the same ones for the same seed. */
#ifndef LASTACK_BENCH_CHANCE_H
#define LASTACK_BENCH_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

void chance_begin(uint64_t seed); /* once, and not with 0 */
uint64_t chance_next(void);
uint32_t chance_below(uint32_t limit);
bool chance_one_in(uint32_t limit);

#endif
