/* SPDX-License-Identifier: MIT */
/* A hash that is the same on every machine and for ever: it names things, it hides nothing. */
#ifndef LASTACK_RESULTS_HASH_H
#define LASTACK_RESULTS_HASH_H

#include <stdint.h>

/* FNV-1a of the text, its halves folded so that the low bits know all of it. */
uint64_t text_hash(const char *text);

#endif
