/* SPDX-License-Identifier: MIT */
/* lastack matrix: record files as one table. */
#include <stdio.h>

#include "commands.h"
#include "matrix.h"

struct matrix_options {
	bool json;
	char **paths;
	size_t n;
};

static const struct argp_option option_table[] = {
	{"json", 'J', NULL, 0, "JSON instead of Markdown", 0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct matrix_options *options = state->input;

	switch (key) {
	case 'J': options->json = true; return 0;
	case ARGP_KEY_ARGS:
		options->paths = state->argv + state->next;
		options->n = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want a record file: `lastack run` writes one");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "FILE.record...",
	"Prints what record files hold as one table: a row per case, a column per system.", NULL,
	NULL, NULL};

int command_matrix(int argc, char **argv)
{
	struct matrix_options options = {0};
	struct record_list all = {0};
	struct record_complaint complaint;
	int r = 0;

	command_parse(&parser, argc, argv, &options);
	for (size_t i = 0; !r && i < options.n; i++) {
		r = record_list_load_more(options.paths[i], &all, &complaint);
		if (r)
			command_complain(options.paths[i], &complaint);
	}
	if (!r)
		r = options.json ? matrix_json(&all, stdout) : matrix_markdown(&all, stdout);
	record_list_free(&all);
	return r ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
}
