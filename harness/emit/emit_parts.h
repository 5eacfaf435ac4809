/* SPDX-License-Identifier: MIT */
/* The helper functions of emitted programs, of which a program gets those that it calls. Knows text
 * only: no case, no language.
 *
 * A file of parts is a sequence of sections `//// NAME [NAME...]`, each before those that use it.
 * A section is taken when one of its names occurs, outside of comments and string literals, in what
 * is written already: `f(` as a call, `f*` as the beginning of a word. Its lines that begin with
 * the given word (`#include`) are gathered at the top. @NAME@ stands for what the program puts
 * there. */
#ifndef LASTACK_HARNESS_EMIT_PARTS_H
#define LASTACK_HARNESS_EMIT_PARTS_H

#include <stdio.h>

struct emit_filling {
	const char *name; /* NULL ends the list */
	const char *text; /* "": a line that has nothing else is left out */
};

struct emit_parts {
	const char *text; /* the file of parts */
	const char *gathers[2]; /* how a line begins that goes to the top */
	const char *comment; /* what begins a comment to the end of its line */
	const struct emit_filling *fillings;
};

/* Writes the gathered lines to `top` and the sections that `body` needs to `middle`, in the file's
 * order. Returns 0 or -ENOMEM. */
int emit_parts_write(const struct emit_parts *parts, const char *body, FILE *top, FILE *middle);

#endif
