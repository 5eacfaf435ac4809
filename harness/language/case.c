/* SPDX-License-Identifier: MIT */
/* A case as a thing: its variants, its name, freeing it. How it is read: load.c, parse.c. */
#include "case.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const variant_names[VARIANT_COUNT] = {
	[VARIANT_IPV4] = "ipv4",
	[VARIANT_IPV6] = "ipv6",
	[VARIANT_MAPPED] = "mapped",
	[VARIANT_SWAPPED] = "swapped",
	[VARIANT_UNIX] = "unix",
	[VARIANT_UNIX_SEQPACKET] = "unix-seqpacket",
	[VARIANT_UNIX_DGRAM] = "unix-dgram",
	[VARIANT_MPTCP] = "mptcp",
};

const char *variant_name(enum variant variant)
{
	return variant_names[variant];
}

bool variant_parse(const char *name, enum variant *ret)
{
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (!strcmp(variant_names[i], name)) {
			*ret = (enum variant)i;
			return true;
		}
	return false;
}

bool variant_needs_own_world(enum variant variant, const struct script *script)
{
	return script->own_world || variant == VARIANT_MPTCP;
}

void complaint_print(const struct complaint *complaint, FILE *stream)
{
	if (complaint->line)
		fprintf(stream, "%s:%u:%u: %s\n", complaint->file, complaint->line,
			complaint->column, complaint->text);
	else
		fprintf(stream, "%s: %s\n", complaint->file, complaint->text);
}

void complaint_say(struct complaint *complaint, const char *file, unsigned line, unsigned column,
	const char *format, va_list args)
{
	snprintf(complaint->file, sizeof(complaint->file), "%s", file);
	complaint->line = line;
	complaint->column = column;
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
}

int complaint_of_file(
	struct complaint *complaint, int error, const char *file, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complaint_say(complaint, file, 0, 0, format, args);
	va_end(args);
	return error;
}

int text_refuse(const struct text_place *place, unsigned column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complaint_say(place->complaint, place->file, place->line, column, format, args);
	va_end(args);
	return -EINVAL;
}

void case_free(struct test_case *test_case)
{
	for (size_t i = 0; test_case->lines && i < test_case->n_lines; i++)
		free(test_case->lines[i].text);
	free(test_case->lines);
	test_case->lines = NULL;
	test_case->n_lines = 0;
}

const struct case_line *case_step(const struct test_case *test_case, uint32_t action)
{
	for (size_t i = 0; i < test_case->n_lines; i++)
		if (test_case->lines[i].kind == LINE_STEP && test_case->lines[i].action == action)
			return &test_case->lines[i];
	return NULL;
}
