/* SPDX-License-Identifier: MIT */
/* lastack repro: from what somebody has seen to its causes, each made to happen here, with its
 * ladder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "diagnosis.h"
#include "ladder.h"
#include "one_run.h"
#include "repro_emit.h"
#include "repro_text.h"

#define DEFAULT_CAUSES 3
#define LONGEST_SYMPTOM 65536

struct repro_options {
	const char *variant, *pcap_path;
	bool ascii, text_only;
	unsigned long n_causes;
	struct repro_emit emit;
	char **words;
	int n_words;
};

static const struct argp_option option_table[] = {
	{"number", 'n', "N", 0, "so many causes, not the three likeliest", 0},
	{"no-run", 'q', NULL, 0, "only the text, nothing is run", 0},
	{"keep", 'k', "FILE.pcap", 0, "leave a capture of the (first) run", 0},
	{"variant", 'V', "NAME", 0, "ipv4, ... (default: the case's first)", 0},
	{"ascii", 'a', NULL, 0, "draw in ASCII", 0},
	{"emit", 'e', "LANGUAGE", 0, "write CASE as c, python, packetdrill, case", 0},
	{"output", 'o', "FILE", 0, "where to; a folder: all that are named", 0},
	{"list", 'l', NULL, 0, "what --emit can write, and why not others", 0},
	{0},
};

/* What would not be looked at is refused. */
static void check_together(const struct repro_options *options, struct argp_state *state)
{
	if (!options->emit.language && (options->emit.output || options->emit.only_lists))
		argp_error(
			state, "--%s goes with --emit", options->emit.output ? "output" : "list");
	if (options->emit.language && (options->pcap_path || options->text_only))
		argp_error(state, "--%s does not go with --emit, which runs nothing",
			options->pcap_path ? "keep" : "no-run");
	if (options->pcap_path && options->text_only)
		argp_error(state, "--keep does not go with --no-run: nothing is run");
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct repro_options *options = state->input;
	enum variant variant;

	switch (key) {
	case 'n': options->n_causes = command_take_number(argument, 1, 1000, "-n", state); return 0;
	case 'V':
		if (!variant_parse(argument, &variant))
			argp_error(state, "-V %s: want ipv4, ipv6, mapped or swapped", argument);
		options->variant = argument;
		return 0;
	case 'k': options->pcap_path = argument; return 0;
	case 'q': options->text_only = true; return 0;
	case 'a': options->ascii = true; return 0;
	case 'e': options->emit.language = argument; return 0;
	case 'o': options->emit.output = argument; return 0;
	case 'l': options->emit.only_lists = true; return 0;
	case ARGP_KEY_END: check_together(options, state); return 0;
	case ARGP_KEY_ARGS:
		options->words = state->argv + state->next;
		options->n_words = state->argc - state->next;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "SYMPTOM...\nCASE",
	"From what was seen to its causes, the likeliest first: what happened, how to tell, what to "
	"do; each is run here and its ladder shown.\v"
	"SYMPTOM is what people paste, in words or quoted: \"104: Connection reset by peer\", write "
	"EPIPE, 10054, a line of a log, CLOSE_WAIT, TCPAbortOnClose, a reset reason; '-' reads it "
	"from standard input. It may also be a cause; without words all are listed. CASE is "
	"topic/name or a file. Exit status: 0 shown, 1 this kernel did something else, 2 not "
	"understood or broken.",
	NULL, NULL, NULL};

/* Runs the case and draws what it showed. Returns an exit status. */
static int run_case(const struct test_case *test_case, const struct repro_options *options)
{
	struct job job = {.test_case = test_case};

	if (one_run_pick("repro", test_case, options->variant, &job.variant))
		return EXIT_TROUBLE;
	if (options->pcap_path)
		snprintf(job.pcap_path, sizeof(job.pcap_path), "%s", options->pcap_path);
	return one_run_status(one_run_draw(&job, options->ascii));
}

static int show_candidate(unsigned number, const struct candidate *candidate,
	const struct symptom *symptom, const struct repro_options *options)
{
	static struct test_case test_case;
	struct complaint complaint;
	int status = EXIT_AS_EXPECTED;

	if (diagnosis_pick_case(candidate->cause, symptom, &test_case, &complaint)) {
		complaint_print(&complaint, stderr);
		return EXIT_TROUBLE;
	}
	repro_print_cause(number, candidate->cause, options->text_only ? NULL : test_case.name);
	if (!options->text_only)
		status = run_case(&test_case, options);
	case_free(&test_case);
	return status;
}

static int show_candidates(const struct candidate *candidates, size_t n,
	const struct symptom *symptom, struct repro_options *options)
{
	size_t shown = n < options->n_causes ? n : options->n_causes;
	int worst = EXIT_AS_EXPECTED;

	repro_print_symptom(symptom);
	for (size_t i = 0; i < shown; i++) {
		int status = show_candidate(
			n > 1 ? (unsigned)i + 1 : 0, &candidates[i], symptom, options);

		if (status > worst)
			worst = status;
		options->pcap_path = NULL;
	}
	repro_print_others(candidates, shown, n);
	return worst;
}

static int repro_symptom(
	const char *text, const struct cause_list *causes, struct repro_options *options)
{
	struct candidate *candidates = calloc(causes->n, sizeof(*candidates));
	struct symptom symptom;
	size_t n = 0;
	int status = EXIT_TROUBLE;

	symptom_read(text, causes, &symptom);
	if (candidates)
		n = diagnose(&symptom, causes, candidates);
	if (n)
		status = show_candidates(candidates, n, &symptom, options);
	else
		repro_refuse(text);
	free(candidates);
	return status;
}

/* A case by itself: what it looks like, and the causes that it shows. */
static int repro_case(const struct test_case *test_case, const struct cause_list *causes,
	const struct repro_options *options)
{
	for (size_t i = 0; i < causes->n; i++)
		if (cause_has(&causes->blocks[i], FIELD_CASE, test_case->name))
			repro_print_cause(0, &causes->blocks[i], NULL);
	if (test_case->symptom[0])
		printf("symptom  %s\n", test_case->symptom);
	if (test_case->fix[0])
		printf("fix      %s\n", test_case->fix);
	if (test_case->symptom[0] || test_case->fix[0])
		putchar('\n');
	return options->text_only ? EXIT_AS_EXPECTED : run_case(test_case, options);
}

/* "topic/name" of a topic that is there, or a file's path. A word alone is a symptom. */
static bool is_case(const struct repro_options *options)
{
	const char *word = options->words[0], *slash = strchr(word, '/');
	size_t length = strlen(word);
	char path[512];

	if (options->n_words != 1 || strchr(word, ' '))
		return false;
	if (length > 5 && !strcmp(word + length - 5, ".case"))
		return true;
	if (!slash || slash == word || *word == '.')
		return false;
	snprintf(path, sizeof(path), "%s/%.*s", catalog_directory(), (int)(slash - word), word);
	return !access(path, X_OK);
}

static int load_and_repro_case(const struct cause_list *causes, const struct repro_options *options)
{
	struct catalog catalog;
	struct complaint complaint;
	int status = EXIT_TROUBLE;

	if (catalog_load(options->words, 1, &catalog, &complaint))
		complaint_print(&complaint, stderr);
	else
		status = repro_case(&catalog.cases[0], causes, options);
	catalog_free(&catalog);
	return status;
}

/* What came from somewhere is printed again: nothing that moves a terminal's cursor, and no NUL
 * that would hide the rest. */
static void blank_controls(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
}

/* Standard input, as far as one can paste; NULL without memory. */
static char *read_words(void)
{
	char *text = calloc(1, LONGEST_SYMPTOM);

	if (text)
		blank_controls(text, fread(text, 1, LONGEST_SYMPTOM - 1, stdin));
	return text;
}

/* With blanks between them; NULL without memory. */
static char *join_words(const struct repro_options *options)
{
	size_t size = 1, at = 0;
	char *text;

	for (int i = 0; i < options->n_words; i++)
		size += strlen(options->words[i]) + 1;
	text = calloc(1, size);
	for (int i = 0; text && i < options->n_words; i++)
		at += (size_t)snprintf(
			text + at, size - at, "%s%s", i ? " " : "", options->words[i]);
	if (text)
		blank_controls(text, at);
	return text;
}

static int repro(const struct cause_list *causes, struct repro_options *options)
{
	char *text;
	int status;

	if (!options->n_words) {
		repro_print_list(causes);
		return EXIT_AS_EXPECTED;
	}
	if (is_case(options))
		return load_and_repro_case(causes, options);
	text = options->n_words == 1 && !strcmp(options->words[0], "-") ? read_words()
									: join_words(options);
	if (!text)
		return EXIT_TROUBLE;
	status = repro_symptom(text, causes, options);
	free(text);
	return status;
}

int command_repro(int argc, char **argv)
{
	struct repro_options options = {.n_causes = DEFAULT_CAUSES, .ascii = ladder_needs_ascii()};
	struct cause_list causes;
	struct complaint complaint;
	int status;

	command_parse(&parser, argc, argv, &options);
	options.emit.variant = options.variant;
	if (options.emit.language)
		return repro_emit(&options.emit, options.words, options.n_words);
	if (causes_load(causes_path(), &causes, &complaint)) {
		complaint_print(&complaint, stderr);
		return EXIT_TROUBLE;
	}
	status = repro(&causes, &options);
	causes_free(&causes);
	return status;
}
