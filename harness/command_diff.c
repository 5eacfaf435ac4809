/* SPDX-License-Identifier: MIT */
/* lastack diff: what differs between two record files. */
#include <stdio.h>

#include "commands.h"
#include "diff.h"

struct diff_options {
	const char *paths[2];
	unsigned n;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct diff_options *options = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (options->n == 2)
			argp_error(state, "want two record files, read also '%s'", argument);
		options->paths[options->n++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (options->n != 2)
			argp_error(state, "want two record files");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {NULL, take_option, "A.record B.record",
	"Names every run that behaved differently in the two files, and how. Exit status: 0 the same, "
	"1 something differs.",
	NULL, NULL, NULL};

static int load(const char *path, struct record_list *ret)
{
	struct record_complaint complaint;
	int r = record_list_load(path, ret, &complaint);

	if (r)
		command_complain(path, &complaint);
	return r;
}

int command_diff(int argc, char **argv)
{
	struct diff_options options = {0};
	struct record_list a = {0}, b = {0};
	struct diff_count count = {0};
	int r;

	command_parse(&parser, argc, argv, &options);
	r = load(options.paths[0], &a);
	if (!r)
		r = load(options.paths[1], &b);
	if (!r)
		r = diff_print(&a, &b, stdout, &count);
	record_list_free(&a);
	record_list_free(&b);
	if (r)
		return EXIT_TROUBLE;
	return count.different || count.only_a || count.only_b ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}
