/* SPDX-License-Identifier: MIT */
/* How a language says a step: its phrase, filled in. */
#ifndef LASTACK_HARNESS_EMIT_DIALECT_H
#define LASTACK_HARNESS_EMIT_DIALECT_H

#include "emit_phrases.h"

struct emit_dialect {
	enum emit_language language; /* EMIT_C or EMIT_PYTHON */
	const char *socket, *poll, *epoll, *signal; /* what stands before a constant's name */
	const char *own[2]; /* before an object: of this process alone; that processes share */
	const char *set_begin, *set_end; /* around setsockopt() that is a step */
	/* NULL or: what else cannot be said; as emit_refuse() */
	int (*check)(const struct emit_plan *plan, const struct action *action);
	bool (*knows_constant)(const char *name); /* NULL: all */
};

/* Writes the expression of a step that performs its verb. Returns 0 or -EOPNOTSUPP. */
int emit_expression(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct action *action, FILE *out);

/* Before an object that all processes of the program use. */
const char *emit_own(const struct emit_plan *plan, const struct emit_dialect *dialect);

/* Writes a statement of the set-up, of this descriptor. */
void emit_set_up_text(const struct emit_plan *plan, const struct emit_dialect *dialect,
	enum emit_set_up what, const char *variable, FILE *out);

/* Writes the setting of a socket option there. Returns 0 or -EOPNOTSUPP. */
int emit_option(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct script_option *option, const char *variable, FILE *out);

#endif
