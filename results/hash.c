/* SPDX-License-Identifier: MIT */
/* See hash.h. */
#include "hash.h"

uint64_t text_hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value ^ value >> 32;
}
