/* SPDX-License-Identifier: MIT */
/* Makes a world and knows when it is quiet. Knows nothing of expectations. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

#define SETTLE_DEADLINE_MS 10000

int world_clone_flags(bool as_user)
{
	return CLONE_NEWNET | CLONE_NEWPID | (as_user ? CLONE_NEWUSER : 0);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		r = -errno;
	close(fd);
	return r;
}

static int map_user(uid_t outer_uid, gid_t outer_gid)
{
	char map[64];
	int r = write_file("/proc/self/setgroups", "deny");

	if (r && r != -ENOENT)
		return r;
	snprintf(map, sizeof(map), "0 %u 1", outer_uid);
	if ((r = write_file("/proc/self/uid_map", map)))
		return r;
	snprintf(map, sizeof(map), "0 %u 1", outer_gid);
	return write_file("/proc/self/gid_map", map);
}

void world_sysctl_path(const char *name, char *ret, size_t size)
{
	static const char folder[] = "/proc/sys/";

	snprintf(ret, size, "%s%s", folder, name);
	for (char *dot = ret + sizeof(folder) - 1; *dot; dot++)
		if (*dot == '.')
			*dot = '/';
}

int world_write_sysctl(const char *name, const char *value)
{
	char path[128];

	world_sysctl_path(name, path, sizeof(path));
	return write_file(path, value);
}

static int open_marker(struct world *world)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	world->marker = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (world->marker < 0 || bind(world->marker, (struct sockaddr *)&address, length) ||
		getsockname(world->marker, (struct sockaddr *)&address, &length) ||
		connect(world->marker, (struct sockaddr *)&address, length))
		return -errno;
	world->marker_port = ntohs(address.sin_port);
	return 0;
}

static int open_shared(struct world *world)
{
	world->shared_fd = memfd_create("lastack", MFD_CLOEXEC);
	if (world->shared_fd < 0 || ftruncate(world->shared_fd, sizeof(struct shared)))
		return -errno;
	world->shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		world->shared_fd, 0);
	return world->shared == MAP_FAILED ? -errno : 0;
}

static int fail(char *error, const char *what, int r)
{
	snprintf(error, WORLD_ERROR_SIZE, "%s: %s", what, strerror(-r));
	return r;
}

/* reno: bbr paces with timers and a child namespace may not choose cubic. No saved metrics: a run
 * must not depend on the one before. */
static int set_surroundings(struct world *world, char *error)
{
	int r = world_write_sysctl("net.ipv4.tcp_congestion_control", "reno");

	if (r)
		return fail(error, "cannot set tcp_congestion_control to reno", r);
	if ((r = world_write_sysctl("net.ipv4.tcp_no_metrics_save", "1")))
		return fail(error, "cannot set tcp_no_metrics_save", r);
	if ((r = netlink_quickack_routes(world->netlink, true)))
		return fail(error, "cannot set quickack on the local routes", r);
	return 0;
}

static int open_device(struct world *world, char *error)
{
	int r = netlink_open(&world->netlink);

	if (r)
		return fail(error, "cannot open netlink", r);
	if ((r = netlink_link_up(world->netlink, world->device))) {
		snprintf(error, WORLD_ERROR_SIZE,
			"needs the device '%s' in a new network namespace: %s "
			"(is this a kernel without loopback?)",
			world->device, strerror(-r));
		return r;
	}
	if ((r = set_surroundings(world, error)))
		return r;
	return source_open_live(world->device, 0, &world->source, error);
}

int world_open(struct world *world, const char *device, bool as_user, uid_t outer_uid,
	gid_t outer_gid, char *error)
{
	int r;

	memset(world, 0, sizeof(*world));
	memset(world->actor_ends, 0xff, sizeof(world->actor_ends));
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++)
			world->actors[side][i].channel = -1;
	world->device = device;
	world->injector = -1;
	world->next_port = WORLD_FIRST_PORT;
	if (as_user && (r = map_user(outer_uid, outer_gid)))
		return fail(error, "cannot map a user into the user namespace", r);
	if ((r = open_device(world, error)))
		return r;
	if ((r = open_marker(world)))
		return fail(error, "cannot open the marker socket", r);
	if ((r = open_shared(world)))
		return fail(error, "cannot share memory", r);
	if ((r = counters_open(&world->counters)))
		return fail(error, "cannot read /proc/net/netstat", r);
	if ((r = flow_table_new(&world->flows)))
		return fail(error, "cannot follow connections", r);
	if ((r = netlink_received(world->netlink, world->device, &world->lo_at_start)))
		return fail(error, "cannot read the device's counters", r);
	return 0;
}

int world_adapt(struct world *world, const struct script *script, char *error)
{
	char what[128];
	int r;

	if (script->default_timing && (r = netlink_quickack_routes(world->netlink, false)))
		return fail(error, "cannot take quickack off the local routes", r);
	for (uint32_t i = 0; i < script->n_sysctls; i++) {
		r = world_write_sysctl(script->sysctls[i].name, script->sysctls[i].value);
		if (r) {
			snprintf(what, sizeof(what), "needs sysctl %s = %s",
				script->sysctls[i].name, script->sysctls[i].value);
			return fail(error, what, r);
		}
	}
	return 0;
}

static void take_frame(const struct frame *frame, void *data)
{
	struct world *world = data;

	world->frames++;
	if (frame->kind == FRAME_UDP && frame->segment.destination.port == world->marker_port &&
		frame->segment.source.port == world->marker_port) {
		world->markers++;
		return;
	}
	world->segments += frame->kind == FRAME_TCP;
	if (world->on_frame)
		world->on_frame(frame, world);
}

static int send_marker(struct world *world)
{
	char byte = 0;

	while (recv(world->marker, &byte, 1, MSG_DONTWAIT) >= 0)
		; /* the echoes of earlier ones */
	return send(world->marker, &byte, 1, 0) == 1 ? 0 : -errno;
}

/* Sends a marker and reads the capture until it comes by. */
static int pass_marker(struct world *world)
{
	uint64_t awaited = world->markers + 1;
	int r = send_marker(world);

	if (r)
		return r;
	while ((r = source_read(world->source, take_frame, world)) >= 0 &&
		world->markers < awaited) {
		struct pollfd frames = {.fd = source_fd(world->source), .events = POLLIN};

		if (!r && !poll(&frames, 1, SETTLE_DEADLINE_MS))
			return -ETIMEDOUT;
	}
	return r < 0 ? r : 0;
}

/* Frames queue first in, first out behind the sender's CPU, to which the whole world is pinned:
 * when a marker has come by, all that was sent before it has been processed. What that caused to be
 * sent is behind the marker; so it takes a marker with nothing in front of it. */
int world_settle(struct world *world)
{
	uint64_t before;
	int r;

	do {
		before = world->segments;
		r = pass_marker(world);
	} while (!r && world->segments != before);
	return r;
}

#define COMPLETE_TRIES 50

/* A timer may send a segment between the marker and the look at the device's counter, so one look
 * that differs says nothing; a frame that was lost stays lost however often one looks. */
bool world_capture_is_complete(struct world *world, char *error)
{
	int64_t drops = source_drops(world->source);
	uint64_t received = 0;
	int r = 0;

	if (drops) {
		snprintf(error, WORLD_ERROR_SIZE, "the capture dropped %lld frames",
			(long long)drops);
		return false;
	}
	for (unsigned i = 0; !r && i < COMPLETE_TRIES; i++) {
		r = netlink_received(world->netlink, world->device, &received);
		if (!r && received - world->lo_at_start == world->frames)
			return true;
		r = r ? r : world_settle(world);
	}
	if (r)
		snprintf(error, WORLD_ERROR_SIZE,
			"whether the capture is complete cannot be known: %s", strerror(-r));
	else
		snprintf(error, WORLD_ERROR_SIZE, "the capture holds %llu frames, %s received %llu",
			(unsigned long long)world->frames, world->device,
			(unsigned long long)(received - world->lo_at_start));
	return false;
}
