/* SPDX-License-Identifier: MIT */
/* Two threads for a capture file: one reads and decodes ahead, a few batches and no more, and makes
 * the histories of connections that are over; the caller's follows the connections in between. So
 * each has about half of the work. Only for files whose bytes are there (no pipe): nobody could end
 * a wait for them. */
#ifndef LASTACK_CAPTURE_RELAY_H
#define LASTACK_CAPTURE_RELAY_H

#include "flow.h"
#include "read_batch.h"

struct relay;

/* Called by the thread, in the order in which connections were handed over; the history is valid
 * during the call only. `before_ns`: the time of the relay_take_ended() before the one that handed
 * it over, INT64_MIN if there was none. */
typedef void relay_callback(const struct history *history, int64_t before_ns, void *data);

/* Until relay_stop() the file is the thread's: nobody else may touch it. Returns 0 or a negative
 * errno, -EAGAIN if no thread can be had; then the file is the caller's as before. `callback` may
 * be NULL if nothing is handed over. */
int relay_start(struct file *file, relay_callback *callback, void *data, struct relay **ret);
/* The next batch, valid until the next call. Returns what batch_read() does; once that is 0 or an
 * error, always that. */
int relay_next(struct relay *relay, const struct batch **ret);
/* What flow_take_ended() and flow_take_all() do, but for the calls, which come later: at the latest
 * before relay_stop() returns. */
void relay_take_ended(struct relay *relay, struct flow_table *table, int64_t now_ns);
int relay_take_all(struct relay *relay, struct flow_table *table);
void relay_stop(struct relay *relay); /* at any time; takes NULL */

#endif
