/* SPDX-License-Identifier: MIT */
/* The page of the case language, made from the tables that the parser reads. */
#ifndef LASTACK_HARNESS_LANGUAGE_H
#define LASTACK_HARNESS_LANGUAGE_H

#include <stdio.h>

/* Markdown: the grammar, the headers, every verb with an example. cases/language.md is its output.
 */
void language_print(FILE *stream);
/* A line per verb. */
void language_print_verbs(FILE *stream);

#endif
