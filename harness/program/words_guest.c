/* SPDX-License-Identifier: MIT */
/* The words of `lastack-guest`, which is one static file: what a guest or a sandbox does. */
#include "commands.h"

int (*const command_load_lwip)(const char *folder, char *error);

const struct command commands[] = {
	{"observe", command_observe, "conduct and record cases without judging them"},
	{0},
};
