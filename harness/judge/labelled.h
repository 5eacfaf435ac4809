/* SPDX-License-Identifier: MIT */
/* Text behind a label, folded on a terminal. */
#ifndef LASTACK_HARNESS_LABELLED_H
#define LASTACK_HARNESS_LABELLED_H

#include <stddef.h>

/* How wide standard output's terminal is; 0 for a pipe or a file, where lines stay whole for other
 * programs. */
size_t labelled_width(void);

/* A head, and from `column` on the text: its further lines begin there, too. Where that leaves too
 * little room all of it stands below the head. */
void labelled_row(const char *head, size_t column, const char *text, size_t width);

/* "  label  text" to standard output, the text's further lines below its first. */
void labelled_print(const char *label, const char *text, size_t width);

#endif
