/* SPDX-License-Identifier: MIT */
/* Draws a record as a person would: the client's calls on the left, the server's on the right, the
 * telling segments as arrows between them, in order of time. */
#ifndef LASTACK_HARNESS_LADDER_H
#define LASTACK_HARNESS_LADDER_H

#include <stdbool.h>
#include <stdio.h>

#include "judge.h"

/* `test_case` and `judgement` may be NULL: then nothing is marked as unwanted. */
void ladder_print(const struct record *record, const struct test_case *test_case,
	const struct judgement *judgement, bool ascii, FILE *stream);

/* The same without times, system, name and verdict, in UTF-8: the text is stable from run to run.
 */
void ladder_print_untimed(const struct record *record, FILE *stream);

/* The events of one connection of a capture, and the frame behind each; both ends' names head their
 * columns. */
struct ladder_arrows {
	const char *left, *right; /* the client's and the server's column */
	const struct record_event *events;
	const uint32_t *frames; /* 0: not told */
	size_t n;
	size_t cut_after; /* so many events stand before those that are left out */
	uint64_t left_out; /* how many those are */
};

void ladder_print_arrows(const struct ladder_arrows *arrows, bool ascii, FILE *stream);

/* Whether the terminal's character set is not UTF-8 (LC_ALL, LC_CTYPE, LANG): then draw in ASCII */
bool ladder_needs_ascii(void);

#endif
