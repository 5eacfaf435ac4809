/* SPDX-License-Identifier: MIT */
/* Reads /proc/net/unix (unix(7)): a line of names, then a line per socket. */
#include "unixstate.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/net.h>
#include <netinet/tcp.h>
#include <stdio.h>

#define LISTENS 0x10000 /* __SO_ACCEPTCON of include/linux/net.h, in the column of flags */

static int state_of(unsigned flags, unsigned state)
{
	if (flags & LISTENS)
		return TCP_LISTEN;
	return state == SS_CONNECTED ? TCP_ESTABLISHED : TCP_CLOSE;
}

int unix_state(uint64_t inode, int *ret_state)
{
	FILE *stream = fopen("/proc/thread-self/net/unix", "re");
	char line[512];
	int r;

	if (!stream)
		return -errno;
	*ret_state = 0;
	while (fgets(line, sizeof(line), stream)) {
		unsigned flags, state;
		uint64_t found;

		if (sscanf(line, "%*s %*x %*x %x %*x %x %" SCNu64, &flags, &state, &found) == 3 &&
			found == inode)
			*ret_state = state_of(flags, state);
	}
	r = ferror(stream) ? -EIO : 0;
	fclose(stream);
	return r;
}
