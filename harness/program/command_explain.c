/* SPDX-License-Identifier: MIT */
/* lastack explain: how every connection of a capture ended, who ended it, and why. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "explain_session.h"
#include "ladder.h"

#define ANY_DEVICE "any"

#define LARGEST (UINT32_MAX - 1) /* of numbers */

enum { LADDER_KEY = 0x100, CASE_KEY, FILTER_KEY, LIVE_KEY, NETNS_KEY };

static const struct argp_option option_table[] = {
	{"worst", 'n', "N", 0, "show so many in full (default: 10)", 0},
	{"all", 'a', NULL, 0, "every connection, a line each, as they end", 0},
	{"json", 'j', NULL, 0, "the same as JSON; the last line is the summary", 0},
	{"filter", FILTER_KEY, "HOST:PORT", 0, "only with that end; HOST, :PORT, [IPv6]:PORT", 0},
	{"ladder", LADDER_KEY, "N", 0, "connection N in full, with its ladder", 0},
	{"case", CASE_KEY, "N", 0, "a case that does it again, for `lastack run`", 0},
	{"live", LIVE_KEY, NULL, 0, "an interface in FILE's place (any), until ^C", 0},
	{"netns", NETNS_KEY, "NAME", 0, "that of a network namespace: name, path, or pid", 0},
	{"ascii", 'A', NULL, 0, "draw in ASCII", 0},
	{0},
};

/* What is asked for at once must go together. */
static void check_options(struct explain_options *options, struct argp_state *state)
{
	if (options->is_live && !options->path)
		options->path = ANY_DEVICE;
	if (!options->path)
		argp_error(state, "want a capture file, - for standard input, or --live");
	if (options->all + options->json + (options->ladder >= 0) + (options->proposed >= 0) > 1)
		argp_error(state, "want one of --all, --json, --ladder and --case");
	if (options->is_live && (options->ladder >= 0 || options->proposed >= 0))
		argp_error(state, "--ladder and --case want a file, not --live");
	if (options->netns && !options->is_live)
		argp_error(state, "--netns goes with --live");
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct explain_options *options = state->input;

	switch (key) {
	case 'n': options->worst = command_take_number(argument, 0, LARGEST, "-n", state); return 0;
	case 'a': options->all = true; return 0;
	case 'j': options->json = true; return 0;
	case 'A': options->ascii = true; return 0;
	case FILTER_KEY:
		if (!explain_filter_parse(argument, &options->filter))
			argp_error(state,
				"--filter %s: want ADDRESS:PORT, ADDRESS, :PORT or [IPv6]:PORT",
				argument);
		return 0;
	case LADDER_KEY:
		options->ladder =
			(int64_t)command_take_number(argument, 0, LARGEST, "--ladder", state);
		return 0;
	case CASE_KEY:
		options->proposed =
			(int64_t)command_take_number(argument, 0, LARGEST, "--case", state);
		return 0;
	case LIVE_KEY: options->is_live = true; return 0;
	case NETNS_KEY: options->netns = argument; return 0;
	case ARGP_KEY_ARG:
		if (options->path)
			argp_error(state, "want one file, read also '%s'", argument);
		options->path = argument;
		return 0;
	case ARGP_KEY_END: check_options(options, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "FILE|-\n--live [INTERFACE]",
	"Tells of every connection of a capture (pcap, pcapng, either compressed) how it ended, who ended "
	"it first, the cause and what shows it: a summary, then the worst ones in full.\vIn a line 'cause?' "
	"is likely, 'cause|other' what its bytes do not decide. A file that is damaged, or ended by ^C, is "
	"explained up to there. Exit: 0 explained, 2 misuse or no capture, 130 interrupted.",
	NULL, NULL, NULL};

int command_explain(int argc, char **argv)
{
	struct explain_options options = {
		.ascii = ladder_needs_ascii(), .ladder = -1, .proposed = -1, .worst = 10};
	struct explain_session session = {0};
	int status = EXIT_TROUBLE, r;

	command_parse(&parser, argc, argv, &options);
	r = explain_session_begin(&session, &options);
	if (r)
		fprintf(stderr, "lastack explain: %s\n", strerror(-r));
	else
		status = options.is_live ? explain_live(&session) : explain_file(&session);
	explain_session_end(&session);
	return status;
}
