/* SPDX-License-Identifier: MIT */
/* Makes a world and knows when it is quiet. Knows nothing of expectations. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "procnet.h"
#include "sandbox.h"
#include "userstack.h"

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

/* A kernel may have the value already and not let it be changed. */
static int ensure_sysctl(const char *name, const char *value)
{
	char path[128], text[64];
	int r = world_write_sysctl(name, value), fd;
	ssize_t length;

	if (!r)
		return 0;
	world_sysctl_path(name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	return strcmp(text, value) ? r : 0;
}

/* reno: bbr paces with timers and a child namespace may not choose cubic. No saved metrics: a run
 * must not depend on the one before. */
static int set_surroundings(char *error)
{
	int r = ensure_sysctl("net.ipv4.tcp_congestion_control", "reno");

	if (r)
		return fail(error, "cannot set tcp_congestion_control to reno", r);
	if ((r = ensure_sysctl("net.ipv4.tcp_no_metrics_save", "1")))
		return fail(error, "cannot set tcp_no_metrics_save", r);
	return 0;
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

static int take_device_up(struct world *world, char *error)
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
static int find_order(struct world *world, char *error)
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
		return fail(error, "cannot open the TCP marker", r);
	return 0;
}

static int open_device(struct world *world, char *error)
{
	int r = netlink_open(&world->netlink);

	if (r)
		return fail(error, "cannot open netlink", r);
	if ((r = take_device_up(world, error)))
		return r;
	if ((r = set_surroundings(error)))
		return r;
	r = netlink_quickack_routes(world->netlink, true);
	world->lacks.quickack_routes = r == -EOPNOTSUPP;
	if (r && !world->lacks.quickack_routes)
		return fail(error, "cannot set quickack on the local routes", r);
	if ((r = find_order(world, error)))
		return r;
	r = source_open_live(world->device, 0, &world->source, error);
	world->marker_source = world->source;
	return r;
}

static int device_frames(struct world *world, struct netlink_frames *ret)
{
	if (world->lacks.device_statistics)
		return procnet_frames(world->device, ret);
	return netlink_frames(world->netlink, if_nametoindex(world->device), ret);
}

/* Frames that have passed the device that is captured from. Of `lo` the copies that go out are not
 * captured. */
static int count_passed(struct world *world, uint64_t *ret)
{
	struct netlink_frames frames = {0};
	int r = world->has_link ? link_frames(&world->link, SIDE_CLIENT, &frames)
				: device_frames(world, &frames);

	*ret = frames.received + (world->has_link ? frames.sent : 0);
	return r;
}

/* gVisor counts TCP's resets, but those of all its network namespaces together. */
static void find_counters(struct world *world)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (world->counters.columns[i] < 0 || world->lacks.frame_order)
			world->lacks.counters |= 1u << i;
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
		return fail(error, "cannot map a user into the user namespace", r);
	if ((r = open_device(world, error)))
		return r;
	if ((r = open_marker(world)))
		return fail(error, "cannot open the marker socket", r);
	if ((r = open_shared(world)))
		return fail(error, "cannot share memory", r);
	if ((r = counters_open(&world->counters)))
		return fail(error, "cannot read /proc/net/netstat", r);
	find_counters(world);
	if ((r = flow_table_new(&world->flows)))
		return fail(error, "cannot follow connections", r);
	if ((r = count_passed(world, &world->passed_at_start)))
		return fail(error, "cannot read the device's counters", r);
	return 0;
}

static int enter(int namespace)
{
	return setns(namespace, CLONE_NEWNET) ? -errno : 0;
}

/* What has to be opened in the server's namespace, while this process is in it. */
static int open_server(struct world *world, char *error)
{
	int r = netlink_open(&world->server_netlink);

	if (r)
		return fail(error, "cannot open netlink", r);
	netlink_open_filter(world->server_netlink); /* whoever needs it will miss it */
	if ((r = netlink_link_up(world->server_netlink, "lo")))
		return fail(error, "cannot bring up lo of the server's network namespace", r);
	if ((r = set_surroundings(error)))
		return r;
	if ((r = counters_open(&world->server_counters)))
		return fail(error, "cannot read /proc/net/netstat", r);
	return 0;
}

static int make_server_namespace(struct world *world, char *error)
{
	const char *path = "/proc/thread-self/ns/net";
	int r;

	world->own_namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (world->own_namespace < 0)
		return fail(error, "cannot open the world's network namespace", -errno);
	if (unshare(CLONE_NEWNET))
		return fail(error, "needs a second network namespace", -errno);
	world->server_namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (world->server_namespace < 0)
		return fail(error, "cannot open the server's network namespace", -errno);
	if ((r = open_server(world, error)))
		return r;
	if ((r = enter(world->own_namespace)))
		return fail(error, "cannot go back to the world's network namespace", r);
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
		return fail(error, "needs veth (a kernel with CONFIG_VETH)", r);
	if (r)
		return fail(error, "cannot make the link", r);
	if ((r = source_open_live(LINK_DEVICE, 0, &world->source, error)))
		return r;
	world->has_link = true;
	world->frames = 0;
	if ((r = count_passed(world, &world->passed_at_start)))
		return fail(error, "cannot read the device's counters", r);
	return 0;
}

int world_socket(const struct world *world, enum side side, int domain, int type)
{
	bool is_away = world->has_link && side == SIDE_SERVER;
	int r = is_away ? enter(world->server_namespace) : 0, back = 0, fd;

	if (r)
		return r;
	fd = socket(domain, type, 0);
	r = fd < 0 ? -errno : fd;
	if (is_away && (back = enter(world->own_namespace)) && fd >= 0)
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

/* By addresses: what has no descriptor any more has no inode. What is not listed is closed. */
static int listed_state(const struct world *world, enum side side, const union address *local,
	const union address *peer, int *ret_state)
{
	bool is_away = world->has_link && side == SIDE_SERVER;
	int r = is_away ? enter(world->server_namespace) : 0, back;

	if (r)
		return r;
	*ret_state = 0;
	r = procnet_state(local, peer, 0, ret_state);
	back = is_away ? enter(world->own_namespace) : 0;
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

static int write_sysctls(const struct script *script, char *error)
{
	char what[128];
	int r;

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

int world_adapt(struct world *world, const struct script *script, char *error)
{
	int r, back;

	if (script->default_timing && !world->lacks.quickack_routes &&
		((r = netlink_quickack_routes(world->netlink, false)) ||
			(world->has_link && (r = link_set_quickack(&world->link, false)))))
		return fail(error, "cannot take quickack off the routes", r);
	if ((r = write_sysctls(script, error)) || !world->has_link)
		return r;
	if ((r = enter(world->server_namespace)))
		return fail(error, "cannot enter the server's network namespace", r);
	r = write_sysctls(script, error);
	if ((back = enter(world->own_namespace)))
		return fail(error, "cannot go back to the world's network namespace", back);
	return r;
}

static bool is_marker(const struct world *world, const struct frame *frame)
{
	return frame->kind == FRAME_UDP && frame->segment.destination.port == world->marker_port &&
		frame->segment.source.port == world->marker_port;
}

static bool is_tcp_marker(const struct world *world, const struct frame *frame)
{
	return frame->kind == FRAME_TCP && world->tcp_marker.port &&
		frame->segment.destination.port == world->tcp_marker.port &&
		frame->segment.source.port == world->tcp_marker.port;
}

static void take_frame(const struct frame *frame, void *data)
{
	struct world *world = data;

	world->frames++;
	if (is_marker(world, frame)) {
		world->markers++;
		return;
	}
	if (is_tcp_marker(world, frame))
		return;
	world->segments += frame->kind == FRAME_TCP;
	if (world->on_frame)
		world->on_frame(frame, world);
}

/* On `lo` beside a link. What else passes there is between a host and itself. */
static void take_marker(const struct frame *frame, void *data)
{
	struct world *world = data;

	world->markers += is_marker(world, frame);
}

static int send_marker(struct world *world)
{
	char byte = 0;

	while (recv(world->marker, &byte, 1, MSG_DONTWAIT) >= 0)
		; /* the echoes of earlier ones */
	return send(world->marker, &byte, 1, 0) == 1 ? 0 : -errno;
}

/* Sends a marker and reads the capture until it comes by; on a link, also all that is there then.
 */
int world_pass_marker(struct world *world)
{
	uint64_t awaited = world->markers + 1;
	int r = send_marker(world);

	if (r)
		return r;
	while ((r = source_read(world->marker_source, world->has_link ? take_marker : take_frame,
			world)) >= 0 &&
		world->markers < awaited) {
		struct pollfd frames = {.fd = source_fd(world->marker_source), .events = POLLIN};

		if (!r && !poll(&frames, 1, SETTLE_DEADLINE_MS))
			return -ETIMEDOUT;
	}
	if (r >= 0 && world->has_link && !world->link.is_deleted)
		r = source_read(world->source, take_frame, world);
	return r < 0 ? r : 0;
}

#define LO_INDEX 1 /* in every network namespace */

/* What has been sent so far, markers included: on `lo` as far as it has been captured; on a link as
 * far as the devices of both namespaces, which count a frame when they put it into the queue. */
static int count_sent(struct world *world, uint64_t *ret)
{
	int r = 0;

	*ret = world->segments + world->markers;
	for (enum side side = SIDE_CLIENT; world->has_link && !r && side <= SIDE_SERVER; side++) {
		struct netlink_frames lo = {0}, link = {0};

		r = netlink_frames(world_netlink(world, side), LO_INDEX, &lo);
		if (!r && !world->link.is_deleted)
			r = link_frames(&world->link, side, &link);
		*ret = (side == SIDE_CLIENT ? 0 : *ret) + lo.sent + link.sent;
	}
	return r;
}

/* Frames queue first in, first out behind the sender's CPU, to which the whole world is pinned:
 * when a marker has come by, all that was sent before it has been processed. What that caused to be
 * sent is behind the marker; so it takes a marker with nothing in front of it: the only thing that
 * was sent since somebody looked.
 *
 * It is the same on a link, because a veth device hands its frames to the very queue that `lo` uses
 * (netif_rx(), enqueue_to_backlog() of this CPU), whatever the namespace: a marker on `lo` comes by
 * behind every frame sent before it, by either side. But captured segments do not tell there
 * whether something was caused: the capture is at the client's end, and has what the server sends
 * not before it is processed, so it may lack what is behind the marker. Hence the devices are asked
 * how much they have sent: if before a marker is sent and after it has come by they differ by that
 * marker alone, all that was sent before it has been processed, has caused nothing, and is
 * captured.
 *
 * In gVisor a frame passes `lo`, and is captured, within the call that sends it; but then it waits
 * in the queue of its end of the connection, and this in that of the one goroutine that does TCP's
 * work, first in, first out. A byte on a connection takes the same way: when it has come by, all
 * that was sent before it has been processed. */
int world_settle(struct world *world)
{
	uint64_t before, after = 0;
	int r;

	if (user_stack)
		return user_stack_settle(world);
	do {
		r = count_sent(world, &before);
		if (world->lacks.frame_order)
			sandbox_let_run();
		if (!r && world->lacks.frame_order)
			r = tcp_marker_pass(&world->tcp_marker, SETTLE_DEADLINE_MS);
		if (!r && !(r = world_pass_marker(world)))
			r = count_sent(world, &after);
	} while (!r && after != before + 1);
	return r;
}

int world_fd(const struct world *world)
{
	return source_fd(world->link.is_deleted ? world->marker_source : world->source);
}

#define COMPLETE_TRIES 50

/* A timer may send a segment between the marker and the look at the device's counter, so one look
 * that differs says nothing; a frame that was lost stays lost however often one looks. */
bool world_capture_is_complete(struct world *world, char *error)
{
	int64_t drops = source_drops(world->source);
	uint64_t passed = world->passed_at_end;
	int r = 0;

	if (drops) {
		snprintf(error, WORLD_ERROR_SIZE, "the capture dropped %lld frames",
			(long long)drops);
		return false;
	}
	for (unsigned i = 0; !r && i < COMPLETE_TRIES; i++) {
		if (!world->link.is_deleted)
			r = count_passed(world, &passed);
		if (!r && passed - world->passed_at_start == world->frames)
			return true;
		r = r ? r : world_settle(world);
	}
	if (r)
		snprintf(error, WORLD_ERROR_SIZE,
			"whether the capture is complete cannot be known: %s", strerror(-r));
	else
		snprintf(error, WORLD_ERROR_SIZE, "the capture holds %llu frames, %llu passed %s",
			(unsigned long long)world->frames,
			(unsigned long long)(passed - world->passed_at_start),
			world->has_link ? LINK_DEVICE : world->device);
	return false;
}

bool world_close_link(struct world *world, char *error)
{
	uint64_t passed;

	if (!world_capture_is_complete(world, error))
		return false;
	if (count_passed(world, &passed)) {
		snprintf(error, WORLD_ERROR_SIZE, "cannot read the device's counters");
		return false;
	}
	world->passed_at_end = passed;
	return true;
}
