/* SPDX-License-Identifier: MIT */
/* Reads /proc/net/netstat and /proc/net/snmp: pairs of lines, names above values. */
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 16384

/* In which pair of lines a counter stands. */
enum group { GROUP_TCP_EXT, GROUP_MPTCP_EXT, GROUP_TCP };

static const char *const group_prefixes[] = {
	[GROUP_TCP_EXT] = "TcpExt:",
	[GROUP_MPTCP_EXT] = "MPTcpExt:",
	[GROUP_TCP] = "Tcp:",
};

static enum group group_of(enum counter counter)
{
	if (counter == COUNTER_OUT_RSTS)
		return GROUP_TCP;
	return counter >= COUNTER_MP_FASTCLOSE_TX && counter <= COUNTER_MP_RST_RX ? GROUP_MPTCP_EXT
										  : GROUP_TCP_EXT;
}

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

/* gVisor's netstat has the names and no values: it counts none of them. */
static void find_columns(struct counters_reader *reader, char *text, enum group group)
{
	const char *names = find_line(text, group_prefixes[group], 0);
	bool has_values = find_line(text, group_prefixes[group], 1);
	int16_t column = 0;

	for (const char *at = has_values ? names : NULL; at && *at && *at != '\n'; column++) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " \n");
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			if (group_of((enum counter)i) == group &&
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
	find_columns(ret, room, GROUP_TCP_EXT);
	find_columns(ret, room, GROUP_MPTCP_EXT);
	if (read_file(ret->snmp, room))
		return -EIO;
	find_columns(ret, room, GROUP_TCP);
	return 0;
}

void counters_close(struct counters_reader *reader)
{
	close(reader->netstat);
	close(reader->snmp);
}

static void take_values(
	const struct counters_reader *reader, char *text, enum group group, int64_t *ret)
{
	int16_t column = 0;

	for (char *at = find_line(text, group_prefixes[group], 1); at && *at && *at != '\n';
		column++) {
		char *end;
		long long value = strtoll(at, &end, 10);

		if (end == at)
			return;
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			if (group_of((enum counter)i) == group && reader->columns[i] == column)
				ret[i] = value;
		at = end;
	}
}

/* The value in the place of this name; false if the names line has no such name. */
static bool value_of(const char *names, const char *values, const char *name, int64_t *ret)
{
	while (names && values && *names && *names != '\n') {
		size_t length;
		char *end;

		names += strspn(names, " ");
		length = strcspn(names, " \n");
		*ret = strtoll(values, &end, 10);
		if (strlen(name) == length && !strncmp(names, name, length))
			return end != values;
		names += length;
		values = end;
	}
	return false;
}

int counters_read_named(struct counters_reader *reader, const char *name, int64_t *ret)
{
	static const char *const prefixes[] = {"TcpExt:", "Tcp:"};
	char room[ROOM];

	for (unsigned i = 0; i < 2; i++) {
		int r = read_file(i ? reader->snmp : reader->netstat, room);

		if (r)
			return r;
		if (value_of(find_line(room, prefixes[i], 0), find_line(room, prefixes[i], 1), name,
			    ret))
			return 0;
	}
	return -ENOENT;
}

int counters_read(struct counters_reader *reader, int64_t ret[COUNTER_COUNT])
{
	char room[ROOM];
	int r = read_file(reader->netstat, room);

	memset(ret, 0, COUNTER_COUNT * sizeof(*ret));
	if (r)
		return r;
	take_values(reader, room, GROUP_TCP_EXT, ret);
	take_values(reader, room, GROUP_MPTCP_EXT, ret);
	r = read_file(reader->snmp, room);
	if (r)
		return r;
	take_values(reader, room, GROUP_TCP, ret);
	return 0;
}
