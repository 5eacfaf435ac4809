/* SPDX-License-Identifier: MIT */
/* See tap.h. */
#include "tap.h"

static void print_safe(const char *text, FILE *stream)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			fputc(' ', stream);
		else if (*text == '#' || *text == '\\')
			fprintf(stream, "\\%c", *text);
		else
			fputc(*text, stream);
	}
}

static void print_line(bool ok, unsigned number, const char *name, const char *directive,
	const char *reason, FILE *stream)
{
	fprintf(stream, "%s %u ", ok ? "ok" : "not ok", number);
	print_safe(name, stream);
	if (directive) {
		fprintf(stream, " # %s ", directive);
		print_safe(reason, stream);
	}
	fputc('\n', stream);
}

void tap_line(unsigned number, const char *name, enum verdict verdict, const char *reason,
	bool must_run, FILE *stream)
{
	switch (verdict) {
	case VERDICT_PASS: print_line(true, number, name, NULL, "", stream); return;
	case VERDICT_SKIP:
		print_line(!must_run, number, name, must_run ? NULL : "SKIP", reason, stream);
		return;
	case VERDICT_KNOWN: print_line(false, number, name, "TODO", reason, stream); return;
	case VERDICT_NONE:
	case VERDICT_FAIL:
	case VERDICT_BROKEN: print_line(false, number, name, NULL, "", stream); return;
	}
}

void tap_bail(const char *name, const char *reason, FILE *stream)
{
	fputs("Bail out! ", stream);
	print_safe(name, stream);
	fputs(": ", stream);
	print_safe(reason, stream);
	fputc('\n', stream);
}
