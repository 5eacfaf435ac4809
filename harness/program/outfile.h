/* SPDX-License-Identifier: MIT */
/* Writes a file whole or not at all: a temporary file beside it, then rename(2). Knows nothing of
 * what is written. */
#ifndef LASTACK_HARNESS_OUTFILE_H
#define LASTACK_HARNESS_OUTFILE_H

#include <stdio.h>

/* Prints `what` and returns 0 or a negative errno. */
typedef int outfile_printer(const void *what, FILE *stream);

/* "-" is standard output; a device or pipe is written to as it is. Returns 0, what the printer
 * returned, or a negative errno (-ENOSPC: the disk is full); unless 0 the file then is as it was
 * before. */
int outfile_write(const char *path, outfile_printer *print, const void *what);

/* Whether that is likely to succeed, without writing: 0 or a negative errno. */
int outfile_check(const char *path);

#endif
