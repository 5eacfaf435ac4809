/* SPDX-License-Identifier: MIT */
/* Knows when a world is quiet, and whether its capture is complete. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "sandbox.h"
#include "userstack.h"
#include "world.h"
#include "world_parts.h"

#define SETTLE_DEADLINE_MS 10000

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

#define ARRIVE_DEADLINE_MS 5000
#define ARRIVE_POLL_MS 2

static int count_passed(struct world *world, uint64_t *ret)
{
	uint64_t passed = world->passed_at_end;
	int r = world->link.is_deleted ? 0 : world_count_passed(world, &passed);

	*ret = passed - world->passed_at_start;
	return r;
}

/* A timer may send a segment between the marker and the look at the device's counter; and it may go
 * off on another CPU than the world's, if that is idle (kernel/time/timer_migration.c,
 * timer_expire_remote()): then no marker is behind its segment, which waits for that CPU's softirq,
 * perhaps for its ksoftirqd's turn. So what has been counted and not captured may be on its way;
 * what was lost stays lost. */
static int await_arrival(struct world *world, uint64_t *passed)
{
	int64_t deadline = clock_ns(CLOCK_MONOTONIC) + ARRIVE_DEADLINE_MS * INT64_C(1000000);
	struct pollfd frames = {.fd = world_fd(world), .events = POLLIN};
	int r;

	while (!(r = count_passed(world, passed)) && *passed != world->frames &&
		clock_ns(CLOCK_MONOTONIC) < deadline) {
		poll(&frames, 1, ARRIVE_POLL_MS);
		r = world_settle(world);
		if (r)
			break;
	}
	return r;
}

bool world_capture_is_complete(struct world *world, char *error)
{
	int64_t drops = source_drops(world->source);
	uint64_t passed;
	int r;

	if (drops) {
		snprintf(error, WORLD_ERROR_SIZE, "the capture dropped %lld frames",
			(long long)drops);
		return false;
	}
	r = await_arrival(world, &passed);
	if (r)
		snprintf(error, WORLD_ERROR_SIZE,
			"whether the capture is complete cannot be known: %s", strerror(-r));
	else if (passed != world->frames)
		snprintf(error, WORLD_ERROR_SIZE, "the capture holds %llu frames, %llu passed %s",
			(unsigned long long)world->frames, (unsigned long long)passed,
			world->has_link ? LINK_DEVICE : world->device);
	return !r && passed == world->frames;
}

bool world_close_link(struct world *world, char *error)
{
	uint64_t passed;

	if (!world_capture_is_complete(world, error))
		return false;
	if (world_count_passed(world, &passed)) {
		snprintf(error, WORLD_ERROR_SIZE, "cannot read the device's counters");
		return false;
	}
	world->passed_at_end = passed;
	return true;
}
