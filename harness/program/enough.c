/* SPDX-License-Identifier: MIT */
/* See enough.h. */
#include "enough.h"

#include <signal.h>

static volatile sig_atomic_t is_enough;

static void note_enough(int number)
{
	is_enough = 1;
}

void enough_heed(void)
{
	const struct sigaction action = {.sa_handler = note_enough, .sa_flags = SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool enough_said(void)
{
	return is_enough;
}
