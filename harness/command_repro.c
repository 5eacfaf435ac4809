/* SPDX-License-Identifier: MIT */
/* lastack repro: makes what somebody has seen happen here, and shows its ladder. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "known.h"
#include "ladder.h"
#include "worker.h"

struct repro_options {
	const char *variant, *pcap_path;
	bool ascii, text_only;
	char **words;
	int n_words;
};

static const struct argp_option option_table[] = {
	{"variant", 'V', "NAME", 0, "ipv4, ipv6, mapped, swapped, ... (default: the case's first)",
		0},
	{"keep", 'k', "FILE.pcap", 0, "leave a capture of the run", 0},
	{"no-run", 'q', NULL, 0, "only the text, nothing is run", 0},
	{"ascii", 'a', NULL, 0, "draw in ASCII", 0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct repro_options *options = state->input;

	switch (key) {
	case 'V': options->variant = argument; return 0;
	case 'k': options->pcap_path = argument; return 0;
	case 'q': options->text_only = true; return 0;
	case 'a': options->ascii = true; return 0;
	case ARGP_KEY_ARGS:
		options->words = state->argv + state->next;
		options->n_words = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "want a case: `lastack list` shows all"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "CASE",
	"Makes a case happen on this kernel and shows its ladder.", NULL, NULL, NULL};

static int pick_variant(const struct test_case *test_case, const char *name, enum variant *ret)
{
	if (name && (!variant_parse(name, ret) || !test_case->variants[*ret])) {
		fprintf(stderr, "lastack repro: %s does not run as '%s'\n", test_case->name, name);
		return -1;
	}
	for (unsigned i = 0; !name && i < VARIANT_COUNT; i++)
		if (test_case->variants[i]) {
			*ret = (enum variant)i;
			return 0;
		}
	return 0;
}

/* Runs the case and draws what it showed. Returns an exit status. */
static int run_case(const struct test_case *test_case, const struct repro_options *options)
{
	struct job job = {.test_case = test_case};
	static struct record record;
	struct known_list known = {0};
	struct record_complaint complaint;
	struct judgement judgement;

	if (pick_variant(test_case, options->variant, &job.variant))
		return EXIT_TROUBLE;
	if (options->pcap_path)
		snprintf(job.pcap_path, sizeof(job.pcap_path), "%s", options->pcap_path);
	fflush(stdout);
	worker_run_once(&job, &record);
	known_load(catalog_known_path(), &known, &complaint);
	judge(test_case, &record, known_find(&known, record.name, record.variant, record.system),
		&judgement);
	known_free(&known);
	ladder_print(&record, test_case, &judgement, options->ascii, stdout);
	if (judgement.verdict == VERDICT_BROKEN)
		return EXIT_TROUBLE;
	return judgement.verdict == VERDICT_FAIL ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}

static int repro_case(const struct test_case *test_case, const struct repro_options *options)
{
	if (test_case->symptom[0])
		printf("symptom  %s\n", test_case->symptom);
	if (test_case->fix[0])
		printf("fix      %s\n", test_case->fix);
	if (test_case->symptom[0] || test_case->fix[0])
		putchar('\n');
	return options->text_only ? EXIT_AS_EXPECTED : run_case(test_case, options);
}

int command_repro(int argc, char **argv)
{
	struct repro_options options = {.ascii = ladder_needs_ascii()};
	struct catalog catalog;
	struct complaint complaint;
	int status = EXIT_TROUBLE;

	command_parse(&parser, argc, argv, &options);
	if (catalog_load(options.words, 1, &catalog, &complaint))
		complaint_print(&complaint, stderr);
	else if (catalog.n != 1)
		fprintf(stderr,
			"lastack repro: '%s' names %zu cases, want one: `lastack list %s`\n",
			options.words[0], catalog.n, options.words[0]);
	else
		status = repro_case(&catalog.cases[0], &options);
	catalog_free(&catalog);
	return status;
}
