/* SPDX-License-Identifier: MIT */
/* Makes a namespace for the tests of the live source. Knows nothing of capturing. */
#include "network.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int lo_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	error = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
	close(fd);
	return error;
}

int network_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;
	return lo_up();
}

int64_t network_lo_frames(void)
{
	FILE *file = fopen("/proc/thread-self/net/dev", "re");
	int64_t frames = -1;
	char line[512];

	if (!file)
		return -errno;
	while (frames < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, " lo: %*d %" SCNd64, &frames) != 1)
			frames = -1;
	fclose(file);
	return frames;
}
