/* SPDX-License-Identifier: MIT */
/* The last line of a stream of records: "# complete 4086". An observer that was cut off has not
 * written it. To record_read() it is a comment. */
#ifndef LASTACK_RESULTS_STREAM_END_H
#define LASTACK_RESULTS_STREAM_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* 0, or -EIO when the stream has failed. */
int stream_end_print(size_t n, FILE *stream);

/* Whether the line (with or without its newline) is that line; then *ret_n is the number of records
 * before it. */
bool stream_end_parse(const char *line, size_t *ret_n);

#endif
