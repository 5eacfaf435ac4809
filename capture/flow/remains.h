/* SPDX-License-Identifier: MIT */
/* What is left of a connection that is over, or of one that was still followed when the capture
 * ended: a value without pointers, from which its history can be made at leisure, by another thread
 * too. To take it is much less work than to make the history. */
#ifndef LASTACK_CAPTURE_REMAINS_H
#define LASTACK_CAPTURE_REMAINS_H

#include "connection.h"

struct remains {
	struct connection connection; /* its indices mean nothing any more */
	int64_t ended_ns, newest_ns;
	unsigned resets_kept;
	bool has_cold, has_gaps, has_foreign;
	struct addresses6 addresses; /* of IPv6 */
	struct cold cold; /* if has_cold */
	struct reset resets[HISTORY_MAX_RESETS];
	struct gaps gaps; /* if has_gaps */
	struct foreign foreign; /* if has_foreign */
};

/* Writes only what there is: of *ret nothing else may be read. */
void remains_take(
	const struct flow_table *table, const struct connection *connection, struct remains *ret);

/* Whoever takes the remains does so during the call. */
typedef void remains_callback(
	const struct flow_table *table, const struct connection *connection, void *data);

/* over.c: flow_take_ended() and flow_take_all(), but with remains instead of histories. */
void flow_leave_ended(
	struct flow_table *table, int64_t now_ns, remains_callback *callback, void *data);
int flow_leave_all(struct flow_table *table, remains_callback *callback, void *data);

/* history.c: *ret must come from here before, or be zero throughout. */
void history_make(const struct remains *remains, struct history *ret);

#endif
