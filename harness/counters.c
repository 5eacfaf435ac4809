/* SPDX-License-Identifier: MIT */
/* Reads /proc/net/netstat and /proc/net/snmp: pairs of lines, names above values. */
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 16384

/* The start of the values line (or the names line) that `prefix` begins; NULL if there is none. */
static char *find_line(char *text, const char *prefix, unsigned which)
{
	size_t length = strlen(prefix);

	for (char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, prefix, length) && !which--)
			return line + length;
	}
	return NULL;
}

static int read_file(int fd, char *room)
{
	ssize_t length = pread(fd, room, ROOM - 1, 0);

	if (length < 0)
		return -errno;
	room[length] = 0;
	return 0;
}

static void find_columns(struct counters_reader *reader, const char *names, bool of_snmp)
{
	int16_t column = 0;

	for (const char *at = names; at && *at && *at != '\n'; column++) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " \n");
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			if ((i == COUNTER_OUT_RSTS) == of_snmp &&
				strlen(counter_name((enum counter)i)) == length &&
				!strncmp(counter_name((enum counter)i), at, length))
				reader->columns[i] = column;
		at += length;
	}
}

int counters_open(struct counters_reader *ret)
{
	char room[ROOM];

	ret->netstat = open("/proc/thread-self/net/netstat", O_RDONLY | O_CLOEXEC);
	ret->snmp = open("/proc/thread-self/net/snmp", O_RDONLY | O_CLOEXEC);
	memset(ret->columns, 0xff, sizeof(ret->columns));
	if (ret->netstat < 0 || ret->snmp < 0)
		return -errno;
	if (read_file(ret->netstat, room))
		return -EIO;
	find_columns(ret, find_line(room, "TcpExt:", 0), false);
	if (read_file(ret->snmp, room))
		return -EIO;
	find_columns(ret, find_line(room, "Tcp:", 0), true);
	return 0;
}

void counters_close(struct counters_reader *reader)
{
	close(reader->netstat);
	close(reader->snmp);
}

static void take_values(
	const struct counters_reader *reader, char *values, bool of_snmp, int64_t *ret)
{
	int16_t column = 0;

	for (char *at = values; at && *at && *at != '\n'; column++) {
		char *end;
		long long value = strtoll(at, &end, 10);

		if (end == at)
			return;
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			if ((i == COUNTER_OUT_RSTS) == of_snmp && reader->columns[i] == column)
				ret[i] = value;
		at = end;
	}
}

int counters_read(struct counters_reader *reader, int64_t ret[COUNTER_COUNT])
{
	char room[ROOM];
	int r = read_file(reader->netstat, room);

	memset(ret, 0, COUNTER_COUNT * sizeof(*ret));
	if (r)
		return r;
	take_values(reader, find_line(room, "TcpExt:", 1), false, ret);
	r = read_file(reader->snmp, room);
	if (r)
		return r;
	take_values(reader, find_line(room, "Tcp:", 1), true, ret);
	return 0;
}
