/* SPDX-License-Identifier: MIT */
/* Which call a text speaks of: "readv" is recv, "dial" is connect. */
#ifndef LASTACK_HARNESS_SYMPTOM_CALL_H
#define LASTACK_HARNESS_SYMPTOM_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "causes.h"

#define CALL_ANY "any" /* whichever it was */

/* The call that a function or verb is, "recv" for "readv"; NULL if it is none. */
const char *symptom_call(const char *word);
bool symptom_is_call(const char *word); /* of those that symptom_call() gives, or "none" */

/* Of the name that the text begins with, 0 if it begins with none. */
size_t symptom_word_length(const char *text);

/* Whether a function of that call is named anywhere in the text. */
bool symptom_names_call(const char *text, const char *call);

/* Of the calls in the text that can end so, as some cause says, the one named last before `place`,
 * or first behind it, or CALL_ANY. */
const char *symptom_call_near(
	const char *text, const char *place, const struct cause_list *causes, const char *outcome);

#endif
