/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "savefile.h"

enum { RING = 32 << 20 };

static unsigned checks;

void stage_check(bool is_right, const char *what)
{
	printf("%sok %u %s\n", is_right ? "" : "not ", ++checks, what);
}

void stage_plan(void)
{
	printf("1..%u\n", checks);
}

int stage_skip(const char *why)
{
	const char *must_run = getenv("LASTACK_MUST_RUN");

	if (must_run && *must_run == '1')
		printf("1..1\nnot ok 1 must run, but: %s\n", why);
	else
		printf("1..0 # SKIP %s\n", why);
	return 0;
}

static void keep(const struct frame *frame, void *data)
{
	struct stage *stage = data;

	if (savefile_add(stage->file, frame))
		stage->has_failed = true;
	if (stage->on_frame)
		stage->on_frame(frame, stage->data);
}

void stage_pump(void *data)
{
	struct stage *stage = data;

	if (source_read(stage->source, keep, stage) < 0)
		stage->has_failed = true;
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

int stage_open(struct stage *stage, const char *path, char *error)
{
	int r = enter_namespace(error);

	if (!r)
		r = source_open_live("lo", RING, &stage->source, error);
	if (r)
		return r;
	r = savefile_open(path, source_linktype(stage->source), &stage->file);
	if (r) {
		snprintf(error, SOURCE_ERROR_SIZE, "%s: %s", path, strerror(-r));
		source_close(stage->source);
	}
	return r;
}

bool stage_close(struct stage *stage)
{
	bool is_complete;

	stage_pump(stage);
	is_complete = !source_drops(stage->source) && !stage->has_failed;
	source_close(stage->source);
	return !savefile_close(stage->file) && is_complete;
}
