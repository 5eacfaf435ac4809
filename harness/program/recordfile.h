/* SPDX-License-Identifier: MIT */
/* Writes a record file whole or not at all (outfile.h); its last line says so (stream_end.h). */
#ifndef LASTACK_HARNESS_RECORDFILE_H
#define LASTACK_HARNESS_RECORDFILE_H

#include <stddef.h>

#include "record.h"

/* "-" is standard output. Returns 0 or a negative errno (-ENOSPC: the disk is full); the file then
 * is as it was before. */
int recordfile_write(const char *path, const struct record *records, size_t n);

/* Whether that is likely to succeed, without writing: 0 or a negative errno. */
int recordfile_check(const char *path);

#endif
