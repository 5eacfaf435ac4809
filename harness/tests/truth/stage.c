/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "netlink.h"
#include "procnet.h"
#include "savefile.h"

enum {
	RING = 32 << 20,
	PATIENCE_MS = 300000, /* more than the longest pause between two of TCP's timers */
	LOOKS = 50,
};

static unsigned checks;

void stage_check(bool is_right, const char *what)
{
	printf("%sok %u %s\n", is_right ? "" : "not ", ++checks, what);
}

void stage_plan(void)
{
	printf("1..%u\n", checks);
}

int64_t stage_now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t stage_deadline(void)
{
	return stage_now_ms() + PATIENCE_MS;
}

bool stage_is_over(int64_t deadline)
{
	return stage_now_ms() > deadline;
}

int stage_fail(char *error, const char *what)
{
	int r = -errno;

	snprintf(error, SOURCE_ERROR_SIZE, "%s: %s", what, strerror(-r));
	return r;
}

static bool is_marker(const struct stage *stage, const struct frame *frame)
{
	return frame->kind == FRAME_UDP && frame->segment.source.port == stage->marker_port &&
		frame->segment.destination.port == stage->marker_port;
}

static void keep(const struct frame *frame, void *data)
{
	struct stage *stage = data;

	stage->frames++;
	if (is_marker(stage, frame)) {
		stage->markers++;
		return;
	}
	if (savefile_add(stage->file, frame))
		stage->has_failed = true;
	if (stage->on_frame)
		stage->on_frame(frame, stage->data);
}

static int read_source(struct stage *stage)
{
	int n = source_read(stage->source, keep, stage);

	if (n < 0)
		stage->has_failed = true;
	return n;
}

void stage_pump(struct stage *stage)
{
	read_source(stage);
	if (stage->on_pump)
		stage->on_pump(stage->data);
}

static int pass_marker(struct stage *stage)
{
	uint64_t awaited = stage->markers + 1;
	char byte = 0;
	int n;

	while (recv(stage->marker, &byte, 1, 0) >= 0)
		; /* those that came by */
	if (send(stage->marker, &byte, 1, 0) != 1)
		return -errno;
	while ((n = read_source(stage)) >= 0 && stage->markers < awaited) {
		struct pollfd frames = {.fd = source_fd(stage->source), .events = POLLIN};

		if (!n && !poll(&frames, 1, PATIENCE_MS))
			return -ETIMEDOUT;
	}
	return n < 0 ? n : 0;
}

int stage_settle(struct stage *stage)
{
	uint64_t before;
	int r;

	do {
		before = stage->frames;
		r = pass_marker(stage);
	} while (!r && stage->frames != before + 1);
	return r;
}

static void write_setting(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return; /* an older kernel has no such setting */
	fputs(text, file);
	fclose(file);
}

static int enter_namespace(char *error)
{
	struct netlink *netlink;
	int r;

	if (unshare(CLONE_NEWNET)) {
		r = -errno;
		snprintf(error, SOURCE_ERROR_SIZE, "needs a network namespace: %s", strerror(-r));
		return r;
	}
	r = netlink_open(&netlink);
	if (r)
		return r;
	r = netlink_link_up(netlink, "lo");
	netlink_close(netlink);
	write_setting("/proc/sys/net/ipv4/ip_local_port_range", "50000 60000");
	write_setting("/proc/sys/net/ipv4/tcp_tw_reuse_delay", "1");
	return r;
}

static int stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

static int open_marker(struct stage *stage)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	stage->marker = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) ||
		getsockname(fd, (struct sockaddr *)&address, &length) ||
		connect(fd, (struct sockaddr *)&address, length))
		return -errno;
	stage->marker_port = ntohs(address.sin_port);
	return 0;
}

static int count_passed(uint64_t *ret)
{
	struct netlink_frames passed = {0};
	int r = procnet_frames("lo", &passed);

	*ret = passed.received;
	return r;
}

int stage_open(struct stage *stage, const char *path, char *error)
{
	int r = enter_namespace(error);

	if (!r)
		r = stay_on_one_cpu();
	if (!r)
		r = source_open_live("lo", RING, &stage->source, error);
	if (r)
		return r;
	r = open_marker(stage);
	if (!r)
		r = count_passed(&stage->passed_at_start);
	if (!r)
		r = savefile_open(path, source_linktype(stage->source), &stage->file);
	if (r) {
		snprintf(error, SOURCE_ERROR_SIZE, "%s: %s", path, strerror(-r));
		source_close(stage->source);
	}
	return r;
}

/* A timer may send a segment between the marker and the look at the device's counter, so one look
 * that differs says nothing; a frame that was lost stays lost however often one looks. */
static bool is_complete(struct stage *stage)
{
	uint64_t passed;

	for (unsigned i = 0; i < LOOKS; i++) {
		if (stage_settle(stage) || count_passed(&passed))
			return false;
		if (passed - stage->passed_at_start == stage->frames)
			return !source_drops(stage->source) && !stage->has_failed;
	}
	fprintf(stderr, "captured %llu of %llu frames\n", (unsigned long long)stage->frames,
		(unsigned long long)(passed - stage->passed_at_start));
	return false;
}

bool stage_close(struct stage *stage)
{
	bool has_all = is_complete(stage);

	close(stage->marker);
	source_close(stage->source);
	return !savefile_close(stage->file) && has_all;
}
