/* SPDX-License-Identifier: MIT */
#include "chance.h"

static uint64_t state;

void chance_begin(uint64_t seed)
{
	state = seed;
}

/* xorshift64*, from Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
uint64_t chance_next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

uint32_t chance_below(uint32_t limit)
{
	return (uint32_t)((chance_next() >> 32) * limit >> 32);
}

bool chance_one_in(uint32_t limit)
{
	return !chance_below(limit);
}
