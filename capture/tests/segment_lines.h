/* SPDX-License-Identifier: MIT */
/* Segments in capture order, one line each, through a flow table.
 *
 * A segment: who sent it (C, S; X to itself; in small letters over IPv6), flags as tcpdump has
 * them, seq, ack if there is a '.'; then what differs from the usual: len N, win N, ttl N, id N,
 * ts N (timestamps), shift N, opts N, +N ms since the one before (usually 1), again (the same frame
 * as the one before it from there). Each end counts its IP identifications. */
#ifndef LASTACK_CAPTURE_TESTS_SEGMENT_LINES_H
#define LASTACK_CAPTURE_TESTS_SEGMENT_LINES_H

#include "flow.h"

enum { SEGMENT_LINES_MAX = 24, SERVER_PORT = 7000 };

#define OPEN "C S 1000", "S S. 5000 1001", "C . 1001 5001"

/* The callback is handed all histories that come of them. */
void segment_lines_play(
	const char *const lines[SEGMENT_LINES_MAX], flow_callback *callback, void *data);

#endif
