/* SPDX-License-Identifier: MIT */
/* From a capture file to batches of segments. */
#ifndef LASTACK_CAPTURE_READ_BATCH_H
#define LASTACK_CAPTURE_READ_BATCH_H

#include "batch.h"
#include "file.h"

/* The next frames: returns what file_next_batch() does, and keeps nothing of the file's. */
int batch_read(struct file *file, struct batch *ret);

#endif
