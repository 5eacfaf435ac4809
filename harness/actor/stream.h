/* SPDX-License-Identifier: MIT */
/* Position-coded data: each byte says which stream it belongs to and where in it, so that a reader
 * that counts its bytes sees loss, doubling and disorder, not just totals. */
#ifndef LASTACK_HARNESS_STREAM_H
#define LASTACK_HARNESS_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* The byte a TCP urgent segment carries; it has no place in the stream. */
#define STREAM_URGENT_BYTE '!'

/* Writes the bytes of `stream` (0 or 1) from `position` on. */
void stream_fill(uint8_t *bytes, size_t length, int stream, int64_t position);

/* The position of the first byte that is not what stream_fill() would have written, or -1. */
int64_t stream_check(const uint8_t *bytes, size_t length, int stream, int64_t position);

#endif
