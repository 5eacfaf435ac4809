/* SPDX-License-Identifier: MIT */
/* Reads /proc/net/dev and /proc/net/tcp (proc(5)): lines of names, then a line per row. */
#include "procnet.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/proc/thread-self/net/"
#define ADDRESS_SIZE 48 /* "0100007F:0800", of IPv6 32 digits */

int procnet_frames(const char *device, struct netlink_frames *ret)
{
	FILE *stream = fopen(FOLDER "dev", "re");
	char line[512], name[64];
	int r = -ENODEV;

	if (!stream)
		return -errno;
	while (fgets(line, sizeof(line), stream)) {
		struct netlink_frames found;

		if (sscanf(line, " %63[^:]: %*u %" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
			    name, &found.received, &found.sent) == 3 &&
			!strcmp(name, device)) {
			*ret = found;
			r = 0;
		}
	}
	fclose(stream);
	return r;
}

/* As the file has it: words of four bytes in this machine's order, and the port. */
static void print_address(const union address *address, bool is_6, char ret[ADDRESS_SIZE])
{
	uint32_t words[4] = {0};
	unsigned n = is_6 ? 4 : 1;

	if (is_6)
		memcpy(words, &address->in6.sin6_addr, sizeof(words));
	else
		memcpy(words, &address->in.sin_addr, sizeof(*words));
	for (unsigned i = 0; i < n; i++)
		snprintf(ret + 8 * i, 9, "%08" PRIX32, words[i]);
	snprintf(ret + (size_t)8 * n, 6, ":%04X", address_port(address));
}

struct row {
	char local[ADDRESS_SIZE], peer[ADDRESS_SIZE];
	unsigned state;
	uint64_t inode;
};

static bool read_row(const char *line, struct row *ret)
{
	return sscanf(line, " %*u: %47s %47s %x %*s %*s %*s %*u %*u %" SCNu64, ret->local,
		       ret->peer, &ret->state, &ret->inode) == 4;
}

static bool is_wanted(const struct row *row, const struct row *wanted)
{
	if (wanted->inode)
		return row->inode == wanted->inode;
	return !strcmp(row->local, wanted->local) && !strcmp(row->peer, wanted->peer);
}

int procnet_state(
	const union address *local, const union address *peer, uint64_t inode, int *ret_state)
{
	bool is_6 = local->any.sa_family == AF_INET6;
	FILE *stream = fopen(is_6 ? FOLDER "tcp6" : FOLDER "tcp", "re");
	struct row row, wanted = {.inode = inode};
	char line[512];
	int r = -ENODATA;

	if (!stream)
		return -errno;
	print_address(local, is_6, wanted.local);
	print_address(peer, is_6, wanted.peer);
	while (r && fgets(line, sizeof(line), stream))
		if (read_row(line, &row) && is_wanted(&row, &wanted)) {
			*ret_state = row.state == TCP_CLOSE ? 0 : (int)row.state;
			r = 0;
		}
	fclose(stream);
	return r;
}
