/* SPDX-License-Identifier: MIT */
/* Reads and decodes a capture file ahead, in a thread of its own, a few batches and no more: for
 * who has more to do with segments than reading them takes. Only for files whose bytes are there
 * (no pipe): nobody could end a wait for them. */
#ifndef LASTACK_CAPTURE_RELAY_H
#define LASTACK_CAPTURE_RELAY_H

#include "read_batch.h"

struct relay;

/* Until relay_stop() the file is the thread's: nobody else may touch it. Returns 0 or a negative
 * errno, -EAGAIN if no thread can be had; then the file is the caller's as before. */
int relay_start(struct file *file, struct relay **ret);
/* The next batch, valid until the next call. Returns what batch_read() does; once that is 0 or an
 * error, always that. */
int relay_next(struct relay *relay, const struct batch **ret);
void relay_stop(struct relay *relay); /* at any time; takes NULL */

#endif
