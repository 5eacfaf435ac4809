/* SPDX-License-Identifier: MIT */
/* lastack export: record files in the words of other people's tools. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "gather.h"
#include "kcidb.h"
#include "ktap.h"

enum format { FORMAT_KTAP, FORMAT_KCIDB, FORMAT_COUNT };

static const char *const format_names[FORMAT_COUNT] = {"ktap", "kcidb"};

struct export_options {
	enum format format;
	struct kcidb_options kcidb;
	const char *kcidb_only; /* an option that was given and means nothing for KTAP */
	char **paths;
	size_t n;
};

#define DEFAULT_ORIGIN "lastack"

static const struct argp_option option_table[] = {
	{"format", 'f', "NAME", 0, "ktap (the default) or kcidb", 0},
	{"origin", 'O', "NAME", 0,
		"kcidb: the CI system that sends the report (default: " DEFAULT_ORIGIN ")", 0},
	{"build", 'b', "ID", 0,
		"kcidb: the tests are of this build, which KCIDB knows already; the report then "
		"brings no checkout and no build of its own",
		0},
	{"run", 'r', "TEXT", 0,
		"kcidb: tells these tests from others that saw the same, as a job's number does",
		0},
	{0},
};

static enum format take_format(const char *name, struct argp_state *state)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++)
		if (!strcmp(name, format_names[i]))
			return (enum format)i;
	argp_error(state, "--format %s: want ktap or kcidb", name);
	return FORMAT_KTAP;
}

static void check_together(const struct export_options *options, struct argp_state *state)
{
	if (options->format == FORMAT_KTAP && options->kcidb_only)
		argp_error(
			state, "%s goes with --format kcidb, not with ktap", options->kcidb_only);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct export_options *options = state->input;

	switch (key) {
	case 'f': options->format = take_format(argument, state); return 0;
	case 'O':
		if (!kcidb_origin_is_valid(argument))
			argp_error(state, "--origin %s: want letters a-z, digits and _", argument);
		options->kcidb.origin = argument;
		options->kcidb_only = "--origin";
		return 0;
	case 'b':
		if (!kcidb_id_is_valid(argument))
			argp_error(state, "--build %s: want ORIGIN:ID, as KCIDB has it", argument);
		options->kcidb.build_id = argument;
		options->kcidb_only = "--build";
		return 0;
	case 'r':
		if (!kcidb_run_is_valid(argument))
			argp_error(state, "--run %s: want letters, digits, - . and _", argument);
		options->kcidb.run = argument;
		options->kcidb_only = "--run";
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = state->argv + state->next;
		options->n = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "want a record file: `lastack run` writes one");
		return 0;
	case ARGP_KEY_END: check_together(options, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "FILE.record...",
	"Prints what record files hold (-: standard input) in the words of other tools. Records "
	"that were only observed are judged first. A stream "
	"that was cut off (its last line has to be '# complete N') is refused.\v"
	"ktap: the kernel's Test Anything Protocol, version 1: a test per system, below it one per "
	"case, below that one per variant; a known divergence is XFAIL. kcidb: a report for "
	"KernelCI's database of results, schema 5.3. Exit status: 0, or 2 misuse or broken.",
	NULL, NULL, NULL};

static int print(const struct export_options *options, const struct record_list *list)
{
	if (options->format == FORMAT_KTAP)
		return ktap_print(list, stdout);
	return kcidb_print(list, &options->kcidb, stdout);
}

static int export(const struct export_options *options, struct record_list *list)
{
	int r;

	if (gather_whole_records(options->paths, options->n, list) || gather_judge(list))
		return EXIT_TROUBLE;
	r = print(options, list);
	if (r == -EINVAL)
		fprintf(stderr,
			"lastack export: --build %s: the records are of several systems, "
			"want those of one\n",
			options->kcidb.build_id);
	else if (r == -ENOMEM)
		fprintf(stderr, "lastack export: %s\n", strerror(ENOMEM));
	return r ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
}

int command_export(int argc, char **argv)
{
	struct export_options options = {.kcidb.origin = DEFAULT_ORIGIN};
	struct record_list list = {0};
	int status;

	command_parse(&parser, argc, argv, &options);
	status = export(&options, &list);
	record_list_free(&list);
	return status;
}
