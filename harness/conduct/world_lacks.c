/* SPDX-License-Identifier: MIT */
/* Finds out what a kernel lacks of what a world uses, and does it in the way that is left. */
#include "world_lacks.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "kernelfile.h"
#include "procnet.h"
#include "world.h"
#include "world_parts.h"

/* A kernel may have the value already and not let it be changed. */
int lacks_ensure_sysctl(const char *name, const char *value)
{
	int r = sysctl_write(name, value);
	char text[64];

	return r && (sysctl_read(name, text, sizeof(text)) || strcmp(text, value)) ? r : 0;
}

static bool is_up(const char *device)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	up = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP;
	if (fd >= 0)
		close(fd);
	return up;
}

int lacks_take_device_up(struct world *world, char *error)
{
	int r = netlink_link_up(world->netlink, world->device);

	if (r && is_up(world->device)) /* in a kernel that has no other state of it */
		r = 0;
	if (r)
		snprintf(error, WORLD_ERROR_SIZE,
			"needs the device '%s' in a new network namespace: %s "
			"(is this a kernel without loopback?)",
			world->device, strerror(-r));
	return r;
}

/* A kernel that has neither is not Linux, whose order of frames world_settle() relies on. gVisor
 * has a goroutine for each CPU that does TCP's work: with one it is done in the order in which
 * segments were sent. */
int lacks_find_order(struct world *world, char *error)
{
	struct netlink_frames frames;
	int r;

	world->lacks.sock_diag = !netlink_has_diag(world->netlink);
	world->lacks.tcp_diag = !world->lacks.sock_diag && !netlink_has_tcp_diag(world->netlink);
	world->lacks.device_statistics =
		netlink_frames(world->netlink, if_nametoindex(world->device), &frames) ==
		-EOPNOTSUPP;
	world->lacks.frame_order = world->lacks.sock_diag && world->lacks.device_statistics;
	if (!world->lacks.frame_order)
		return 0;
	if (get_nprocs() > 1) {
		snprintf(error, WORLD_ERROR_SIZE,
			"needs a sandbox with one CPU, this one has %d: in what order segments are "
			"processed cannot be known (start it with taskset -c 0)",
			get_nprocs());
		return -EOPNOTSUPP;
	}
	if ((r = tcp_marker_open(&world->tcp_marker)))
		return world_fail(error, "cannot open the TCP marker", r);
	return 0;
}

/* gVisor counts TCP's resets, but those of all its network namespaces together. */
void lacks_find_counters(struct world *world)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (world->counters.columns[i] < 0 || world->lacks.frame_order)
			world->lacks.counters |= 1u << i;
}

int lacks_device_frames(const struct world *world, struct netlink_frames *ret)
{
	if (world->lacks.device_statistics)
		return procnet_frames(world->device, ret);
	return netlink_frames(world->netlink, if_nametoindex(world->device), ret);
}

/* By addresses: what has no descriptor any more has no inode. What is not listed is closed. */
static int listed_state(const struct world *world, enum side side, const union address *local,
	const union address *peer, int *ret_state)
{
	bool is_away = world->has_link && side == SIDE_SERVER;
	int r = is_away ? world_enter(world->server_namespace) : 0, back;

	if (r)
		return r;
	*ret_state = 0;
	r = procnet_state(local, peer, 0, ret_state);
	back = is_away ? world_enter(world->own_namespace) : 0;
	return back ? back : r == -ENODATA ? 0 : r;
}

int world_state(const struct world *world, enum side side, const union address *local,
	const union address *peer, uint64_t inode, int *ret_state)
{
	if (world->lacks.sock_diag)
		return procnet_state(local, peer, inode, ret_state);
	if (world->lacks.tcp_diag)
		return listed_state(world, side, local, peer, ret_state);
	return netlink_state(world_netlink(world, side), local, peer, ret_state);
}
