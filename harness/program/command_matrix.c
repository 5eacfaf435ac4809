/* SPDX-License-Identifier: MIT */
/* lastack matrix: record files, or stacks that are observed first, as one table. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "gather.h"
#include "matrix.h"
#include "matrix_csv.h"
#include "matrix_html.h"
#include "matrix_survey.h"
#include "outfile.h"
#include "targets.h"

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

#define DEFAULT_FOLDER "matrix"
/* Longer than any call may take, on a machine that is busy with other guests. */
#define DEFAULT_PATIENCE_S 240

struct matrix_options {
	const struct format *format;
	const char *output;
	char **paths; /* record files; then stacks, in request.stacks */
	size_t n;
	struct matrix_request request;
	const char *for_files, *for_stacks; /* an option that is given, and is for these alone */
};

static const struct argp_option option_table[] = {
	{"format", 'f', "FORMAT", 0,
		"md: Markdown (the default); html: one page that needs no network; csv; json", 0},
	{"json", 'J', NULL, 0, "The same as --format json", 0},
	{"output", 'o', "FILE", 0,
		"Write the table of record files there, whole or not at all, instead of standard "
		"output; its ending (.html) is the format if -f is not given",
		0},
	{"case", 'c', "CASE", 0, "Only these cases: as `lastack run` takes them; repeatable", 1},
	{"all-variants", 'a', NULL, 0, "Every variant of every case, not only its first", 1},
	{"folder", 'd', "DIR", 0,
		"Where the records and tables of stacks go (default: " DEFAULT_FOLDER ")", 1},
	{"again", 'A', NULL, 0, "Observe also what DIR holds from the last time", 1},
	{"repeat", 'n', "N", 0,
		"Observe each stack N times; a cell that differs from time to time says unstable",
		1},
	{"jobs", 'j', "N", 0, "Stacks at once (default: one per CPU)", 1},
	{"patience", 'p', "SECONDS", 0, "End a stack that says nothing for so long (default: 240)",
		1},
	{0},
};

static bool is_one_of(int key, const char *keys)
{
	return key > 0 && key < 0x80 && strchr(keys, key);
}

static const char *name_of(int key)
{
	const struct argp_option *option = option_table;

	while (option->key != key)
		option++;
	return option->name;
}

static const struct format *format_find(const char *name, struct argp_state *state)
{
	const struct format *format = formats;

	while (format->name && strcmp(format->name, name))
		format++;
	if (!format->name)
		argp_error(state, "--format: read '%s', want md, html, csv or json", name);
	return format;
}

/* The format that the file's ending names; Markdown for any other. */
static const struct format *format_of_file(const char *path)
{
	const char *dot = strrchr(path, '.');
	const struct format *format = formats;

	while (dot && format->name && strcmp(format->name, dot + 1))
		format++;
	return format->name ? format : formats;
}

/* What would not be looked at is refused. */
static void check_together(const struct matrix_options *options, struct argp_state *state)
{
	bool has_stacks = !options->n || options->request.n_stacks;

	if (!has_stacks && options->for_stacks)
		argp_error(state, "--%s is for stacks, and only record files are named",
			options->for_stacks);
	if (has_stacks && options->for_files)
		argp_error(state,
			"--%s is for record files alone: of stacks every format is written into the "
			"folder that -d names",
			options->for_files);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct matrix_options *options = state->input;

	if (is_one_of(key, "fJo"))
		options->for_files = name_of(key);
	if (is_one_of(key, "aAdcjnp"))
		options->for_stacks = name_of(key);
	switch (key) {
	case 'f': options->format = format_find(argument, state); return 0;
	case 'J': options->format = format_find("json", state); return 0;
	case 'o': options->output = argument; return 0;
	case 'a': options->request.all_variants = true; return 0;
	case 'A': options->request.again = true; return 0;
	case 'd': options->request.folder = argument; return 0;
	case 'c': options->request.cases[options->request.n_cases++] = argument; return 0;
	case 'j':
		options->request.jobs = (unsigned)command_take_number(argument, 1, 64, "-j", state);
		return 0;
	case 'n':
		options->request.repeat =
			(unsigned)command_take_number(argument, 1, 100, "-n", state);
		return 0;
	case 'p':
		options->request.patience_s =
			(unsigned)command_take_number(argument, 1, 86400, "-p", state);
		return 0;
	case ARGP_KEY_END: check_together(options, state); return 0;
	case ARGP_KEY_ARG:
		if (target_is_record(argument))
			options->paths[options->n++] = argument;
		else
			options->request.stacks[options->request.n_stacks++] = argument;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option,
	"[FILE.record | STACK | KERNEL-IMAGE | ENGINE:PATH]...",
	"One table of how stacks end connections: a row per case, a column per system. Record files "
	"are printed as they are. Stacks (results/stacks.conf; without arguments its default set) "
	"are fetched, booted and observed first, and the tables are written into a folder.\v"
	"ENGINE is qemu, uml, gvisor or lwip. Exit status: 0 all as expected or known, 1 "
	"something differs, 2 misuse, or a column that is not whole.",
	NULL, NULL, NULL};

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
static int table_write(
	const struct format *format, const char *path, const struct record_list *list)
{
	const struct table table = {format, list};
	int r = outfile_write(path, table_print, &table);

	if (r && (r != -EIO || strcmp(path, "-"))) /* main() looks after stdout */
		fprintf(stderr, "lastack matrix: %s: %s\n", path, strerror(-r));
	return r;
}

/* Of a survey: the table in every format. */
static int write_all(const char *folder, const struct record_list *all)
{
	char path[PATH_MAX];
	int r = 0;

	for (const struct format *format = formats; !r && format->name; format++) {
		snprintf(path, sizeof(path), "%s/matrix.%s", folder, format->name);
		r = table_write(format, path, all);
	}
	if (!r)
		printf("tables: %s/matrix.md, .html, .csv, .json\n", folder);
	return r;
}

/* A part of a run (--shard) may be empty; a file that was cut off looks alike. */
static void note_empty(const struct matrix_options *options)
{
	for (size_t i = 0; i < options->n; i++)
		fprintf(stderr, "lastack matrix: %s: no record in it\n", options->paths[i]);
}

static int run(struct matrix_options *options)
{
	bool has_survey = !options->n || options->request.n_stacks;
	struct record_list all = {0};
	int status = EXIT_AS_EXPECTED;

	if (gather_records(options->paths, options->n, &all))
		status = EXIT_TROUBLE;
	else if (!has_survey) {
		if (!all.n)
			note_empty(options);
		status = table_write(options->format, options->output, &all) ? EXIT_TROUBLE : 0;
	} else {
		status = matrix_survey(&options->request, &all);
		if (all.n > 0 && status != EXIT_INTERRUPTED &&
			write_all(options->request.folder, &all))
			status = EXIT_TROUBLE;
	}
	record_list_free(&all);
	return status;
}

int command_matrix(int argc, char **argv)
{
	struct matrix_options options = {.output = "-",
		.request = {
			.folder = DEFAULT_FOLDER, .patience_s = DEFAULT_PATIENCE_S, .repeat = 1}};
	int status;

	options.paths = calloc((size_t)argc, sizeof(char *));
	options.request.stacks = calloc((size_t)argc, sizeof(char *));
	options.request.cases = calloc((size_t)argc, sizeof(char *));
	if (!options.paths || !options.request.stacks || !options.request.cases)
		return EXIT_TROUBLE;
	command_parse(&parser, argc, argv, &options);
	if (!options.format)
		options.format = format_of_file(options.output);
	status = run(&options);
	free(options.paths);
	free(options.request.stacks);
	free(options.request.cases);
	return status;
}
