/* SPDX-License-Identifier: MIT */
#include "emit.h"

#include <errno.h>
#include <string.h>

#include "emit_languages.h"

static const struct {
	const char *name;
	int (*emit)(const struct emit_plan *plan, FILE *stream); /* NULL: the case's own text */
} languages[EMIT_LANGUAGES] = {
	[EMIT_C] = {"c", emit_c},
	[EMIT_PYTHON] = {"python", emit_python},
	[EMIT_PACKETDRILL] = {"packetdrill", emit_packetdrill},
	[EMIT_CASE] = {"case", NULL},
};

const char *emit_language_name(enum emit_language language)
{
	return languages[language].name;
}

bool emit_language_parse(const char *name, enum emit_language *ret)
{
	for (unsigned i = 0; i < EMIT_LANGUAGES; i++)
		if (!strcmp(languages[i].name, name)) {
			*ret = (enum emit_language)i;
			return true;
		}
	return false;
}

int emit_case(const struct emit_order *order, FILE *stream, struct complaint *ret_complaint)
{
	struct emit_plan plan;
	int r;

	if (!languages[order->language].emit)
		return case_print(order->test_case, stream);
	r = emit_plan_make(order, &plan, ret_complaint);
	if (!r)
		r = languages[order->language].emit(&plan, stream);
	return r ? r : ferror(stream) ? -EIO : 0;
}
