/* SPDX-License-Identifier: MIT */
/* The verbs that ask about the whole network namespace: its sysctls, how many sockets it has. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "kernelfile.h"

/* A kernel without the sysctl says ENOENT, to the reader and to the writer. */
struct outcome call_sysctl(struct actor *actor, const struct action *action)
{
	const char *name = word_name(sysctl_names, action->operands[0]);
	char text[64];
	int r;

	if (action->operands[1] != OPERAND_ABSENT) {
		snprintf(text, sizeof(text), "%lld", (long long)action->operands[1]);
		r = sysctl_write(name, text);
		return r ? outcome_error(-r) : outcome_number(0);
	}
	r = sysctl_read(name, text, sizeof(text));
	if (r)
		return outcome_error(-r);
	return outcome_number(strtoll(text, NULL, 10));
}

struct outcome call_sockstat(struct actor *actor, const struct action *action)
{
	int64_t most = action->operands[1], number;
	char text[1024], name[16], *line, *value;
	int r;

	r = kernel_file_read("/proc/thread-self/net/sockstat", text, sizeof(text));
	if (r)
		return outcome_error(-r);
	snprintf(name, sizeof(name), " %s ", word_name(sockstat_names, action->operands[0]));
	line = strstr(text, "\nTCP:");
	value = line ? strstr(line, name) : NULL;
	if (!value)
		return outcome_error(ENOENT);
	number = strtoll(value + strlen(name), NULL, 10);
	return outcome_number(most != OPERAND_ABSENT && number > most ? most : number);
}
