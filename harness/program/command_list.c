/* SPDX-License-Identifier: MIT */
/* lastack list: the cases there are, where they depart from a document, or the verbs a case can
 * use. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "labelled.h"
#include "language.h"

struct list_options {
	char **selectors;
	size_t n;
	bool departs;
};

static char everything[] = "*";

static const struct argp_option option_table[] = {
	{"departs", 'd', NULL, 0,
		"only the cases in which Linux does something else than a document says: what the "
		"document wants, what Linux does, and the sources",
		0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct list_options *options = state->input;

	switch (key) {
	case 'd': options->departs = true; return 0;
	case ARGP_KEY_ARGS:
		options->selectors = state->argv + state->next;
		options->n = (size_t)(state->argc - state->next);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {option_table, take_option, "[TOPIC | CASE | GLOB]...\nverbs",
	"Lists the cases by topic, each with the sentence it claims; or the verbs.", NULL, NULL,
	NULL};

#define COLUMN 37

static void print_case(const struct test_case *test_case, size_t width)
{
	const char *name = strchr(test_case->name, '/');
	char head[sizeof(test_case->name) + 3];
	char text[sizeof(test_case->about) + sizeof(" [departs]")];

	snprintf(head, sizeof(head), "  %s ", name ? name + 1 : test_case->name);
	snprintf(text, sizeof(text), "%s%s", test_case->about,
		test_case->departs[0] ? " [departs]" : "");
	labelled_row(head, COLUMN, text, width);
}

static void print_catalog(const struct catalog *catalog)
{
	const char *topic = "";
	size_t width = labelled_width();

	for (size_t i = 0; i < catalog->n; i++) {
		const char *name = catalog->cases[i].name;
		size_t length = strcspn(name, "/");

		if (strncmp(topic, name, length + 1)) {
			printf("%s%.*s\n", i ? "\n" : "", (int)length, name);
			topic = name;
		}
		print_case(&catalog->cases[i], width);
	}
}

static void print_departures(const struct catalog *catalog)
{
	size_t width = labelled_width(), n = 0;

	for (size_t i = 0; i < catalog->n; i++) {
		const struct test_case *test_case = &catalog->cases[i];

		if (!test_case->departs[0])
			continue;
		n++;
		printf("%s\n", test_case->name);
		labelled_print("says", test_case->departs, width);
		labelled_print("Linux", test_case->about, width);
		labelled_print("see", test_case->cite, width);
		putchar('\n');
	}
	printf("%zu of %zu cases depart from what a document says.\n", n, catalog->n);
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
	} else if (options.departs) {
		print_departures(&catalog);
	} else {
		print_catalog(&catalog);
	}
	catalog_free(&catalog);
	return status;
}
