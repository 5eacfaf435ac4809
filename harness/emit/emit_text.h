/* SPDX-License-Identifier: MIT */
/* Text in memory, and what the head of every emitted file says. */
#ifndef LASTACK_HARNESS_EMIT_TEXT_H
#define LASTACK_HARNESS_EMIT_TEXT_H

#include <stdio.h>

#include "emit_plan.h"

struct emit_buffer {
	FILE *stream;
	char *text; /* once closed; the caller frees it. NULL: no memory */
	size_t size;
};

int emit_buffer_open(struct emit_buffer *buffer); /* 0 or -ENOMEM */
void emit_buffer_close(struct emit_buffer *buffer);

/* Takes off the newline at the end. */
void emit_chomp(char *text);

/* The case's sentence, name, symptom, fix and wire, each line behind `begin`. */
void emit_about(const struct emit_plan *plan, const char *begin, FILE *stream);

/* The files of parts (embedded by meson.build). */
extern const char emit_parts_c[], emit_parts_python[];

#endif
