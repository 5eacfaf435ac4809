/* SPDX-License-Identifier: MIT */
/* lastack show: one case with its sources, and the ladder of a run made now. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "guide.h"
#include "ladder.h"
#include "language.h"
#include "one_run.h"

struct show_options {
	const char *selector;
	const char *variant;
	bool ascii, text_only;
};

static const struct argp_option option_table[] = {
	{"variant", 'V', "NAME", 0,
		"ipv4, ipv6, mapped, swapped, unix, ... (default: the case's first)", 0},
	{"ascii", 'a', NULL, 0, "draw in ASCII", 0},
	{"text", 't', NULL, 0, "only the case's text in its canonical form, nothing is run", 0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct show_options *options = state->input;

	switch (key) {
	case 'V': options->variant = argument; return 0;
	case 'a': options->ascii = true; return 0;
	case 't': options->text_only = true; return 0;
	case ARGP_KEY_ARG:
		if (options->selector)
			argp_error(state, "want one case, read also '%s'", argument);
		options->selector = argument;
		return 0;
	case ARGP_KEY_END:
		if (!options->selector)
			argp_error(state, "want a case: `lastack list` shows all");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "CASE\nlanguage\nguide",
	"Shows a case as it is written, with its sources, and the ladder of a run made now; or the page of "
	"the case language; or the field guide.",
	NULL, NULL, NULL};

static int show_case(const struct test_case *test_case, const struct show_options *options)
{
	struct job job = {.test_case = test_case};
	enum verdict verdict;

	if (options->text_only)
		return case_print(test_case, stdout) ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
	if (one_run_pick("show", test_case, options->variant, &job.variant))
		return EXIT_TROUBLE;
	printf("%s\n\n", test_case->path);
	case_print(test_case, stdout);
	putchar('\n');
	verdict = one_run_draw(&job, options->ascii);
	if (verdict == VERDICT_PASS)
		printf("  PASS\n");
	return one_run_status(verdict);
}

static int show_guide(void)
{
	struct cause_list causes = {.n = 0};
	struct record_list records = {.n = 0};
	struct complaint complaint;
	struct record_complaint record_complaint;
	int status = EXIT_TROUBLE;

	if (causes_load(causes_path(), &causes, &complaint))
		complaint_print(&complaint, stderr);
	else if (record_list_load(guide_record_path(), &records, &record_complaint))
		command_complain(guide_record_path(), &record_complaint);
	else if (guide_print(&causes, &records, stdout, &complaint))
		complaint_print(&complaint, stderr);
	else
		status = EXIT_AS_EXPECTED;
	causes_free(&causes);
	record_list_free(&records);
	return status;
}

int command_show(int argc, char **argv)
{
	struct show_options options = {.ascii = ladder_needs_ascii()};
	struct catalog catalog;
	struct complaint complaint;
	char *selector[1];
	int status = EXIT_TROUBLE;

	command_parse(&parser, argc, argv, &options);
	if (!strcmp(options.selector, "language")) {
		language_print(stdout);
		return EXIT_AS_EXPECTED;
	}
	if (!strcmp(options.selector, "guide"))
		return show_guide();
	selector[0] = (char *)(uintptr_t)options.selector;
	if (catalog_load(selector, 1, &catalog, &complaint))
		complaint_print(&complaint, stderr);
	else if (catalog.n != 1)
		fprintf(stderr, "lastack show: '%s' names %zu cases, want one: `lastack list %s`\n",
			options.selector, catalog.n, options.selector);
	else
		status = show_case(&catalog.cases[0], &options);
	catalog_free(&catalog);
	return status;
}
