/* SPDX-License-Identifier: MIT */
/* lastack list: the cases there are, or the verbs a case can use. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "language.h"

struct list_options {
	char **selectors;
	size_t n;
};

static char everything[] = "*";

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct list_options *options = state->input;

	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	options->selectors = state->argv + state->next;
	options->n = (size_t)(state->argc - state->next);
	return 0;
}

static const struct argp parser = {NULL, take_option, "[TOPIC | CASE | GLOB]...\nverbs",
	"Lists the cases by topic, each with the sentence it claims; or the verbs.", NULL, NULL,
	NULL};

static void print_case(const struct test_case *test_case)
{
	const char *name = strchr(test_case->name, '/');

	printf("  %-34s %s%s\n", name ? name + 1 : test_case->name, test_case->about,
		test_case->departs[0] ? " [departs]" : "");
}

static void print_catalog(const struct catalog *catalog)
{
	const char *topic = "";

	for (size_t i = 0; i < catalog->n; i++) {
		const char *name = catalog->cases[i].name;
		size_t length = strcspn(name, "/");

		if (strncmp(topic, name, length + 1)) {
			printf("%s%.*s\n", i ? "\n" : "", (int)length, name);
			topic = name;
		}
		print_case(&catalog->cases[i]);
	}
}

int command_list(int argc, char **argv)
{
	char *all[] = {everything};
	struct list_options options = {.selectors = all, .n = 1};
	struct catalog catalog;
	struct complaint complaint;
	int status = EXIT_AS_EXPECTED;

	command_parse(&parser, argc, argv, &options);
	if (options.n == 1 && !strcmp(options.selectors[0], "verbs")) {
		language_print_verbs(stdout);
		return EXIT_AS_EXPECTED;
	}
	if (catalog_load(options.selectors, options.n, &catalog, &complaint)) {
		complaint_print(&complaint, stderr);
		status = EXIT_TROUBLE;
	} else {
		print_catalog(&catalog);
	}
	catalog_free(&catalog);
	return status;
}
