/* SPDX-License-Identifier: MIT */
/* The lines of a record file, one after the other, and what is wrong with one of them. */
#ifndef LASTACK_RESULTS_RECORD_LINE_H
#define LASTACK_RESULTS_RECORD_LINE_H

#include <stddef.h>
#include <stdio.h>

#include "record.h"
#include "text.h"

enum { LINE_SIZE = 1024 }; /* the longest that record_print() writes has some 350 bytes */

struct record_line {
	FILE *stream;
	unsigned number; /* the caller sets it to that of the line before */
	char text[LINE_SIZE];
	struct record_complaint *complaint; /* the caller's */
};

/* 1: the next line is in `text`, without its end; 0: there is none. Else a negative errno with a
 * complaint: -EIO, or -EINVAL where it is cut off, too long or no text. */
int line_next(struct record_line *line);

/* Both fill the complaint and return -EINVAL. This one says what was wanted, and what stands at
 * `at` instead. */
int line_want(struct record_line *line, const char *at, const char *want);
__attribute__((format(printf, 2, 3))) int line_refuse(
	struct record_line *line, const char *format, ...);

/* From the current word on, without blanks at its end. */
struct text_word line_rest(const struct text_scan *scan);

/* These return 0, or -EINVAL with a complaint. */

/* Copies the word, which must be there and fit; `what` says what it is. */
int line_take(
	struct record_line *line, struct text_word word, const char *what, char *buf, size_t size);
/* Nothing more may come. */
int line_end(struct record_line *line, const struct text_scan *scan);

#endif
