/* SPDX-License-Identifier: MIT */
/* The verbs that ask about the whole network namespace: its sysctls, how many sockets it has. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "world.h"

/* The file's text; false with errno set. */
static bool read_text(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, ret, size - 1);
	error = errno;
	close(fd);
	errno = error;
	ret[length > 0 ? length : 0] = 0;
	return length >= 0;
}

/* A kernel without the sysctl says ENOENT, to the reader and to the writer. */
struct outcome call_sysctl(struct actor *actor, const struct action *action)
{
	const char *name = word_name(sysctl_names, action->operands[0]);
	char path[128] = "", text[64];
	int r;

	if (action->operands[1] != OPERAND_ABSENT) {
		snprintf(text, sizeof(text), "%lld", (long long)action->operands[1]);
		r = world_write_sysctl(name, text);
		return r ? outcome_error(-r) : outcome_number(0);
	}
	world_sysctl_path(name, path, sizeof(path));
	if (!read_text(path, text, sizeof(text)))
		return outcome_error(errno);
	return outcome_number(strtoll(text, NULL, 10));
}

struct outcome call_sockstat(struct actor *actor, const struct action *action)
{
	int64_t most = action->operands[1], number;
	char text[1024], name[16], *line, *value;

	if (!read_text("/proc/thread-self/net/sockstat", text, sizeof(text)))
		return outcome_error(errno);
	snprintf(name, sizeof(name), " %s ", word_name(sockstat_names, action->operands[0]));
	line = strstr(text, "\nTCP:");
	value = line ? strstr(line, name) : NULL;
	if (!value)
		return outcome_error(ENOENT);
	number = strtoll(value + strlen(name), NULL, 10);
	return outcome_number(most != OPERAND_ABSENT && number > most ? most : number);
}
