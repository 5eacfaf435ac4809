/* SPDX-License-Identifier: MIT */
/* lastack matrix: record files as one table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "gather.h"
#include "matrix.h"
#include "matrix_csv.h"
#include "matrix_html.h"
#include "outfile.h"

/* How the table is written. */
struct format {
	const char *name;
	int (*print)(const struct record_list *list, FILE *stream);
};

static const struct format formats[] = {
	{"md", matrix_markdown},
	{"html", matrix_html},
	{"csv", matrix_csv},
	{"json", matrix_json},
	{0},
};

struct matrix_options {
	const struct format *format;
	const char *output;
	char **paths;
	size_t n;
};

static const struct argp_option option_table[] = {
	{"format", 'f', "FORMAT", 0,
		"md: Markdown (the default); html: one page that needs no network; csv; json", 0},
	{"json", 'J', NULL, 0, "The same as --format json", 0},
	{"output", 'o', "FILE", 0, "Write there, whole or not at all, instead of standard output",
		0},
	{0},
};

static const struct format *format_find(const char *name, struct argp_state *state)
{
	const struct format *format = formats;

	while (format->name && strcmp(format->name, name))
		format++;
	if (!format->name)
		argp_error(state, "--format: read '%s', want md, html, csv or json", name);
	return format;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct matrix_options *options = state->input;

	switch (key) {
	case 'f': options->format = format_find(argument, state); return 0;
	case 'J': options->format = format_find("json", state); return 0;
	case 'o': options->output = argument; return 0;
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

struct table {
	const struct format *format;
	const struct record_list *list;
};

static int table_print(const void *what, FILE *stream)
{
	const struct table *table = what;

	return table->format->print(table->list, stream);
}

/* Returns 0, or a negative errno about which it has complained. */
static int table_write(const struct matrix_options *options, const struct record_list *list)
{
	const struct table table = {options->format, list};
	int r = outfile_write(options->output, table_print, &table);

	if (r && (r != -EIO || strcmp(options->output, "-"))) /* main() looks after stdout */
		fprintf(stderr, "lastack matrix: %s: %s\n", options->output, strerror(-r));
	return r;
}

int command_matrix(int argc, char **argv)
{
	struct matrix_options options = {.format = formats, .output = "-"};
	struct record_list all = {0};
	int r;

	command_parse(&parser, argc, argv, &options);
	r = gather_records(options.paths, options.n, &all);
	if (!r)
		r = table_write(&options, &all);
	record_list_free(&all);
	return r ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
}
