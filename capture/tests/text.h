/* SPDX-License-Identifier: MIT */
/* Segments and notes as one line of text each, for tables of wants and golden files. */
#ifndef LASTACK_CAPTURE_TESTS_TEXT_H
#define LASTACK_CAPTURE_TESTS_TEXT_H

#include <stddef.h>

#include "flow.h"

#define TEXT_SIZE 320

/* "TCP 10.0.0.1:1 > 10.0.0.2:2 SYN seq 1 ack 0 win 512 ttl 64 ipid 7 payload 0 opts 12 ts 1/0",
 * or only "SHORT" and the like where nothing else holds. */
char *frame_text(enum frame_kind kind, const struct segment *segment, char buf[TEXT_SIZE]);
/* "0 > new-syn seq 0 ack 0": connection, direction seen from the opener, what is new, positions. */
char *note_text(const struct flow_note *note, char buf[TEXT_SIZE]);

#endif
