/* SPDX-License-Identifier: MIT */
/* The languages that emit.c chooses from. As emit_case(). */
#ifndef LASTACK_HARNESS_EMIT_LANGUAGES_H
#define LASTACK_HARNESS_EMIT_LANGUAGES_H

#include "emit_plan.h"

int emit_c(const struct emit_plan *plan, FILE *stream);
int emit_python(const struct emit_plan *plan, FILE *stream);
int emit_packetdrill(const struct emit_plan *plan, FILE *stream);

#endif
