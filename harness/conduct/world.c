/* SPDX-License-Identifier: MIT */
/* Makes a world. Knows nothing of expectations. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernelfile.h"
#include "world_parts.h"

int world_clone_flags(bool as_user)
{
	return CLONE_NEWNET | CLONE_NEWPID | (as_user ? CLONE_NEWUSER : 0);
}

static int map_user(uid_t outer_uid, gid_t outer_gid)
{
	char map[64];
	int r = kernel_file_write("/proc/self/setgroups", "deny");

	if (r && r != -ENOENT)
		return r;
	snprintf(map, sizeof(map), "0 %u 1", outer_uid);
	if ((r = kernel_file_write("/proc/self/uid_map", map)))
		return r;
	snprintf(map, sizeof(map), "0 %u 1", outer_gid);
	return kernel_file_write("/proc/self/gid_map", map);
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

int world_fail(char *error, const char *what, int r)
{
	snprintf(error, WORLD_ERROR_SIZE, "%s: %s", what, strerror(-r));
	return r;
}

/* reno: bbr paces with timers and a child namespace may not choose cubic. No saved metrics: a run
 * must not depend on the one before. */
static int set_surroundings(char *error)
{
	int r = lacks_ensure_sysctl("net.ipv4.tcp_congestion_control", "reno");

	if (r)
		return world_fail(error, "cannot set tcp_congestion_control to reno", r);
	if ((r = lacks_ensure_sysctl("net.ipv4.tcp_no_metrics_save", "1")))
		return world_fail(error, "cannot set tcp_no_metrics_save", r);
	return 0;
}

static int open_device(struct world *world, char *error)
{
	int r = netlink_open(&world->netlink);

	if (r)
		return world_fail(error, "cannot open netlink", r);
	if ((r = lacks_take_device_up(world, error)))
		return r;
	if ((r = set_surroundings(error)))
		return r;
	r = netlink_quickack_routes(world->netlink, true);
	world->lacks.quickack_routes = r == -EOPNOTSUPP;
	if (r && !world->lacks.quickack_routes)
		return world_fail(error, "cannot set quickack on the local routes", r);
	if ((r = lacks_find_order(world, error)))
		return r;
	r = source_open_live(world->device, 0, &world->source, error);
	world->marker_source = world->source;
	return r;
}

/* Frames that have passed the device that is captured from. Of `lo` the copies that go out are not
 * captured. */
int world_count_passed(struct world *world, uint64_t *ret)
{
	struct netlink_frames frames = {0};
	int r = world->has_link ? link_frames(&world->link, SIDE_CLIENT, &frames)
				: lacks_device_frames(world, &frames);

	*ret = frames.received + (world->has_link ? frames.sent : 0);
	return r;
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
	memset(world->injectors, 0xff, sizeof(world->injectors));
	memset(world->stack_frames, 0xff, sizeof(world->stack_frames));
	world->next_port = WORLD_FIRST_PORT;
	if (as_user && (r = map_user(outer_uid, outer_gid)))
		return world_fail(error, "cannot map a user into the user namespace", r);
	if ((r = open_device(world, error)))
		return r;
	if ((r = open_marker(world)))
		return world_fail(error, "cannot open the marker socket", r);
	if ((r = open_shared(world)))
		return world_fail(error, "cannot share memory", r);
	if ((r = counters_open(&world->counters)))
		return world_fail(error, "cannot read /proc/net/netstat", r);
	lacks_find_counters(world);
	if ((r = flow_table_new(&world->flows)))
		return world_fail(error, "cannot follow connections", r);
	if ((r = world_count_passed(world, &world->passed_at_start)))
		return world_fail(error, "cannot read the device's counters", r);
	return 0;
}

int world_enter(int namespace)
{
	return setns(namespace, CLONE_NEWNET) ? -errno : 0;
}

/* What has to be opened in the server's namespace, while this process is in it. */
static int open_server(struct world *world, char *error)
{
	int r = netlink_open(&world->server_netlink);

	if (r)
		return world_fail(error, "cannot open netlink", r);
	netlink_open_filter(world->server_netlink); /* whoever needs it will miss it */
	if ((r = netlink_link_up(world->server_netlink, "lo")))
		return world_fail(error, "cannot bring up lo of the server's network namespace", r);
	if ((r = set_surroundings(error)))
		return r;
	if ((r = counters_open(&world->server_counters)))
		return world_fail(error, "cannot read /proc/net/netstat", r);
	return 0;
}

static int make_server_namespace(struct world *world, char *error)
{
	const char *path = "/proc/thread-self/ns/net";
	int r;

	world->own_namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (world->own_namespace < 0)
		return world_fail(error, "cannot open the world's network namespace", -errno);
	if (unshare(CLONE_NEWNET))
		return world_fail(error, "needs a second network namespace", -errno);
	world->server_namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (world->server_namespace < 0)
		return world_fail(error, "cannot open the server's network namespace", -errno);
	if ((r = open_server(world, error)))
		return r;
	if ((r = world_enter(world->own_namespace)))
		return world_fail(error, "cannot go back to the world's network namespace", r);
	return 0;
}

int world_join(struct world *world, char *error)
{
	int r = make_server_namespace(world, error);

	if (r)
		return r;
	netlink_open_filter(world->netlink);
	world->link.ends[SIDE_CLIENT] = world->netlink;
	world->link.ends[SIDE_SERVER] = world->server_netlink;
	r = link_make(&world->link, world->server_namespace);
	if (r == -EOPNOTSUPP)
		return world_fail(error, "needs veth (a kernel with CONFIG_VETH)", r);
	if (r)
		return world_fail(error, "cannot make the link", r);
	if ((r = source_open_live(LINK_DEVICE, 0, &world->source, error)))
		return r;
	world->has_link = true;
	world->frames = 0;
	if ((r = world_count_passed(world, &world->passed_at_start)))
		return world_fail(error, "cannot read the device's counters", r);
	return 0;
}

int world_socket(const struct world *world, enum side side, int domain, int type)
{
	bool is_away = world->has_link && side == SIDE_SERVER;
	int r = is_away ? world_enter(world->server_namespace) : 0, back = 0, fd;

	if (r)
		return r;
	fd = socket(domain, type, 0);
	r = fd < 0 ? -errno : fd;
	if (is_away && (back = world_enter(world->own_namespace)) && fd >= 0)
		close(fd);
	return back ? back : r;
}

struct netlink *world_netlink(const struct world *world, enum side side)
{
	return world->has_link && side == SIDE_SERVER ? world->server_netlink : world->netlink;
}

int world_read_counters(struct world *world, int64_t ret[COUNTER_COUNT])
{
	int64_t servers[COUNTER_COUNT];
	int r = counters_read(&world->counters, ret);

	if (r || !world->has_link)
		return r;
	r = counters_read(&world->server_counters, servers);
	for (unsigned i = 0; !r && i < COUNTER_COUNT; i++)
		ret[i] += servers[i];
	return r;
}

int world_read_counter(struct world *world, const char *name, int64_t *ret)
{
	int64_t servers = 0;
	int r = counters_read_named(&world->counters, name, ret);

	if (!r && world->has_link)
		r = counters_read_named(&world->server_counters, name, &servers);
	*ret += servers;
	return r;
}

static int write_sysctls(const struct script *script, char *error)
{
	char what[128];
	int r;

	for (uint32_t i = 0; i < script->n_sysctls; i++) {
		r = sysctl_write(script->sysctls[i].name, script->sysctls[i].value);
		if (r) {
			snprintf(what, sizeof(what), "needs sysctl %s = %s",
				script->sysctls[i].name, script->sysctls[i].value);
			return world_fail(error, what, r);
		}
	}
	return 0;
}

int world_adapt(struct world *world, const struct script *script, char *error)
{
	int r, back;

	if (script->default_timing && !world->lacks.quickack_routes &&
		((r = netlink_quickack_routes(world->netlink, false)) ||
			(world->has_link && (r = link_set_quickack(&world->link, false)))))
		return world_fail(error, "cannot take quickack off the routes", r);
	if ((r = write_sysctls(script, error)) || !world->has_link)
		return r;
	if ((r = world_enter(world->server_namespace)))
		return world_fail(error, "cannot enter the server's network namespace", r);
	r = write_sysctls(script, error);
	if ((back = world_enter(world->own_namespace)))
		return world_fail(error, "cannot go back to the world's network namespace", back);
	return r;
}
