/* SPDX-License-Identifier: MIT */
/* See live.h. Reasons are joined to resets by addresses, ports and time. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reason.h"

enum {
	NOTES = 8192, /* the latest are kept: findings come a little later than resets */
	RING_BYTES = 8 << 20,
};
#define APART_NS 1000000000 /* between a reset's two stamps, at most */

struct note {
	int64_t time_ns;
	struct endpoint source, destination;
	struct live_reason reason;
};

struct live {
	struct source *source;
	struct reasons *reasons;
	char lacks[256];
	struct note notes[NOTES];
	uint64_t n_notes; /* so far; the place is modulo NOTES */
	struct explainer *explainer; /* during a reading */
	int error;
};

static int complain(char *error, int number, const char *what, const char *name)
{
	snprintf(error, SOURCE_ERROR_SIZE, "%s %.150s: %s%s", what, name, strerror(-number),
		number == -EPERM || number == -EACCES ? ": run as root" : "");
	return number;
}

static int enter_namespace(const char *name, char *error)
{
	char path[4096];
	int fd, r = 0;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else if (strspn(name, "0123456789") == strlen(name))
		snprintf(path, sizeof(path), "/proc/%s/ns/net", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(error, -errno, "cannot open the network namespace", path);
	if (setns(fd, CLONE_NEWNET))
		r = complain(error, -errno, "cannot enter the network namespace", path);
	close(fd);
	return r;
}

int live_open(const char *device, const char *netns, struct live **ret, char *error)
{
	struct live *live = calloc(1, sizeof(*live));
	int r;

	if (!live)
		return complain(error, -ENOMEM, "cannot capture on", device);
	r = netns ? enter_namespace(netns, error) : 0;
	if (!r)
		r = source_open_live(device, RING_BYTES, &live->source, error);
	if (r) {
		free(live);
		return r;
	}
	if (reasons_open(&live->reasons, live->lacks))
		live->reasons = NULL;
	*ret = live;
	return 0;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	source_close(live->source);
	reasons_close(live->reasons);
	free(live);
}

const char *live_lacks_reasons(const struct live *live)
{
	return live->reasons ? NULL : live->lacks;
}

static void take_reason(const struct reason_note *told, void *data)
{
	struct live *live = data;
	struct note *note = &live->notes[live->n_notes++ % NOTES];

	*note = (struct note){.time_ns = told->time_ns,
		.source = told->from,
		.destination = told->to,
		.reason.pid = told->pid};
	snprintf(note->reason.name, sizeof(note->reason.name), "%s", told->name);
	snprintf(note->reason.command, sizeof(note->reason.command), "%s", told->command);
}

static void take_frame(const struct frame *frame, void *data)
{
	struct live *live = data;
	int r = explainer_add_decoded(live->explainer, frame->kind, &frame->segment);

	if (r)
		live->error = r;
}

int live_wait(struct live *live, int timeout_ms, struct explainer *explainer)
{
	struct pollfd ready = {.fd = source_fd(live->source), .events = POLLIN};
	int r = 0;

	if (poll(&ready, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	live->explainer = explainer;
	if (source_read(live->source, take_frame, live) < 0)
		return -EIO;
	if (live->reasons)
		r = reasons_read(live->reasons, take_reason, live);
	return live->error ? live->error : r;
}

static bool is_same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && a->port == b->port &&
		!memcmp(a->address, b->address, sizeof(a->address));
}

static const struct history_reset *reset_of(
	const struct history *history, const struct finding *finding)
{
	unsigned kept = history->resets_count < HISTORY_MAX_RESETS ? history->resets_count
								   : HISTORY_MAX_RESETS;

	for (unsigned i = 0; i < kept; i++)
		if (history->resets[i].segment.frame == finding->frame)
			return &history->resets[i];
	return kept ? &history->resets[0] : NULL;
}

struct live_reason live_reason_of(
	const struct live *live, const struct history *history, const struct finding *finding)
{
	const struct history_reset *reset = reset_of(history, finding);
	uint64_t oldest = live->n_notes > NOTES ? live->n_notes - NOTES : 0;

	for (uint64_t i = live->n_notes; reset && i-- > oldest;) {
		const struct note *note = &live->notes[i % NOTES];
		struct live_reason reason = note->reason;
		const struct history_segment *segment = &reset->segment;

		if (!is_same_end(&note->source, &history->ends[reset->from]) ||
			!is_same_end(&note->destination, &history->ends[!reset->from]) ||
			llabs(note->time_ns - segment->time_ns) > APART_NS)
			continue;
		if (!(segment->flags & SEGMENT_ACK) || !segment->window)
			reason.pid = 0;
		return reason;
	}
	return (struct live_reason){0};
}

int64_t live_drops(struct live *live)
{
	return source_drops(live->source);
}
