/* SPDX-License-Identifier: MIT */
#include "conducting.h"

#include "commands.h"

#define STACK_KEY 0x57a
#define SHARD_KEY 0x5a0

static const struct argp_option option_table[] = {
	{"jobs", 'j', "N", 0, "workers at once (default: one per CPU)", 0},
	{"shard", SHARD_KEY, "I/N", 0,
		"only part I of N: every run is in exactly one of the N parts", 0},
	{"lwip", STACK_KEY, "FOLDER", 0,
		"on lwIP, in place of this kernel's TCP: FOLDER holds the files of Debian's "
		"liblwip0 and liblwip-dev (dpkg-deb -x); wants a C compiler",
		0},
	{0},
};

static void take_shard(const char *argument, struct argp_state *state, struct shard *ret)
{
	if (!shard_parse(argument, ret))
		argp_error(state, "--shard %s: want I/N, part I of N, as 1/4 to 4/4 (N at most %d)",
			argument, SHARD_MAX);
}

static void take_stack(const char *folder, struct argp_state *state)
{
	char error[COMMAND_ERROR_SIZE] = "this program is static, and cannot load lwIP";

	if (!command_load_lwip || command_load_lwip(folder, error))
		argp_failure(state, EXIT_TROUBLE, 0, "%s", error);
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct conducting *conducting = state->input;

	switch (key) {
	case 'j':
		conducting->pool.workers =
			(unsigned)command_take_number(argument, 1, 64, "-j", state);
		return 0;
	case SHARD_KEY: take_shard(argument, state, &conducting->shard); return 0;
	case STACK_KEY: take_stack(argument, state); return 0;
	case ARGP_KEY_ARGS:
		conducting->selectors = state->argv + state->next;
		conducting->n_selectors = (size_t)(state->argc - state->next);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp conducting_parser = {option_table, take_option, NULL, NULL, NULL, NULL, NULL};
