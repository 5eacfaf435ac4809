/* SPDX-License-Identifier: MIT */
/* lastack diff: what differs between two record files. */
#include <stdio.h>

#include "commands.h"
#include "diff.h"
#include "ladder.h"

struct arguments {
	const char *paths[2];
	unsigned n;
	struct diff_options diff;
};

static const struct argp_option option_table[] = {
	{"ladders", 'l', NULL, 0, "draw both ladders of every run that differs", 0},
	{"both", 'b', NULL, 0,
		"only runs that both found out about: nothing that one of them skipped", 0},
	{0},
};

static void draw_both(const struct record *a, const struct record *b, FILE *stream)
{
	fputc('\n', stream);
	ladder_print(a, NULL, NULL, ladder_needs_ascii(), stream);
	ladder_print(b, NULL, NULL, ladder_needs_ascii(), stream);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'l': arguments->diff.detail = draw_both; return 0;
	case 'b': arguments->diff.only_both = true; return 0;
	case ARGP_KEY_ARG:
		if (arguments->n == 2)
			argp_error(state, "want two record files, read also '%s'", argument);
		arguments->paths[arguments->n++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (arguments->n != 2)
			argp_error(state, "want two record files");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "A.record B.record",
	"Names every run that behaved differently in the two files, and how. Exit status: 0 the same, "
	"1 something differs.",
	NULL, NULL, NULL};

static int load(const char *path, struct record_list *ret)
{
	struct record_complaint complaint;
	int r = record_list_load(path, ret, &complaint);

	if (r)
		command_complain(path, &complaint);
	else if (!ret->n)
		fprintf(stderr, "lastack diff: %s: no record in it\n", path);
	return r;
}

int command_diff(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct record_list a = {0}, b = {0};
	struct diff_count count = {0};
	int r;

	command_parse(&parser, argc, argv, &arguments);
	r = load(arguments.paths[0], &a);
	if (!r)
		r = load(arguments.paths[1], &b);
	if (!r)
		r = diff_print(&a, &b, &arguments.diff, stdout, &count);
	record_list_free(&a);
	record_list_free(&b);
	if (r)
		return EXIT_TROUBLE;
	return count.different || count.only_a || count.only_b ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}
