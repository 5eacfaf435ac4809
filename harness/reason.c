/* SPDX-License-Identifier: MIT */
/* Reads the tracepoint tcp:tcp_send_reset. What stands where in its samples, and the names of the
 * reasons, are read from the format that the kernel gives in tracefs; that file system is mounted
 * for nobody but us. */
#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ERROR_SIZE 256
#define FORMAT_SIZE 16384
#define FORMAT_PATH "events/tcp/tcp_send_reset/format"
#define MAX_NAMES 96
#define NAME_SIZE 40
#define MAX_CPUS 1024
#define RING_PAGES 64 /* a power of 2; 2000 resets of the whole machine between two reads */
#define PORT_AT 2 /* in struct sockaddr_in and sockaddr_in6 alike */

/* One CPU's samples. */
struct ring {
	int fd;
	struct perf_event_mmap_page *page; /* the control page; RING_PAGES of samples follow */
};

struct reasons {
	unsigned id; /* of the tracepoint */
	unsigned reason_at, source_at, destination_at; /* offsets in a sample's raw data */
	unsigned raw_size; /* so many bytes are needed to hold these */
	char names[MAX_NAMES][NAME_SIZE]; /* by number; "" : unknown */
	size_t page_size;
	unsigned n_rings;
	struct ring *rings;
	size_t n_notes, capacity;
	struct reason_note *notes; /* of one reading */
	bool has_lost;
};

/* A tracefs of our own that is attached to no path. */
static int mount_tracefs(void)
{
	int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), folder = -1, error;

	if (context < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		folder = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	error = errno;
	close(context);
	return folder < 0 ? -error : folder;
}

static int read_format(int folder, char *room)
{
	int fd = openat(folder, FORMAT_PATH, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -errno;
	while (length < FORMAT_SIZE - 1 &&
		(got = read(fd, room + length, FORMAT_SIZE - 1 - length)) > 0)
		length += (size_t)got;
	room[length] = 0;
	close(fd);
	return got < 0 ? -errno : 0;
}

/* The offset of the field whose declaration ends in `name`; its end is noted in raw_size. */
static bool find_field(
	struct reasons *reasons, const char *format, const char *name, unsigned *ret_offset)
{
	const char *at = strstr(format, name);
	unsigned size;

	if (!at || sscanf(at + strcspn(at, ";"), "; offset:%u; size:%u;", ret_offset, &size) != 2)
		return false;
	if (*ret_offset + size > reasons->raw_size)
		reasons->raw_size = *ret_offset + size;
	return true;
}

/* "{ 11, "TCP_ABORT_ON_CLOSE" }, ..." behind REC->reason. */
static bool find_names(struct reasons *reasons, const char *format)
{
	const char *at = strstr(format, "(REC->reason");
	char name[NAME_SIZE];
	unsigned number, found = 0;

	while (at && (at = strchr(at, '{'))) {
		if (sscanf(at, "{ %u, \"%39[A-Z0-9_a-z]\" }", &number, name) == 2 &&
			number < MAX_NAMES) {
			memcpy(reasons->names[number], name, NAME_SIZE);
			found++;
		}
		at++;
	}
	return found > 0;
}

static int parse_format(struct reasons *reasons, const char *format, char *error)
{
	const char *id = strstr(format, "ID: ");

	if (id && sscanf(id, "ID: %u", &reasons->id) == 1 &&
		find_field(reasons, format, " reason;", &reasons->reason_at) &&
		find_field(reasons, format, " saddr[", &reasons->source_at) &&
		find_field(reasons, format, " daddr[", &reasons->destination_at) &&
		find_names(reasons, format))
		return 0;
	snprintf(error, ERROR_SIZE,
		"needs a kernel that gives reasons for its resets (tracepoint tcp:tcp_send_reset, "
		"linux >= 6.10)");
	return -EOPNOTSUPP;
}

static int learn_format(struct reasons *reasons, char *error)
{
	char *format = malloc(FORMAT_SIZE);
	int folder = mount_tracefs(), r = folder < 0 ? folder : 0;

	if (!format)
		r = -ENOMEM;
	if (!r)
		r = read_format(folder, format);
	if (r)
		snprintf(error, ERROR_SIZE,
			"needs tracefs and its tracepoint tcp:tcp_send_reset: %s%s", strerror(-r),
			r == -EPERM || r == -EACCES ? "; run as root" : "");
	else
		r = parse_format(reasons, format, error);
	free(format);
	if (folder >= 0)
		close(folder);
	return r;
}

/* -ENODEV: there is no such CPU, or it is off. */
static int open_ring(struct reasons *reasons, int cpu)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attributes),
		.config = reasons->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	struct ring *ring = &reasons->rings[reasons->n_rings];
	int r;

	ring->fd =
		(int)syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (ring->fd < 0)
		return -errno;
	ring->page = mmap(NULL, (1 + RING_PAGES) * reasons->page_size, PROT_READ | PROT_WRITE,
		MAP_SHARED, ring->fd, 0);
	if (ring->page == MAP_FAILED) {
		r = -errno;
		close(ring->fd);
		return r;
	}
	reasons->n_rings++;
	return 0;
}

static int open_rings(struct reasons *reasons, char *error)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int r = 0;

	reasons->page_size = (size_t)sysconf(_SC_PAGESIZE);
	if (cpus < 1 || cpus > MAX_CPUS)
		cpus = MAX_CPUS;
	reasons->rings = calloc((size_t)cpus, sizeof(*reasons->rings));
	if (!reasons->rings)
		r = -ENOMEM;
	for (int cpu = 0; cpu < cpus && (!r || r == -ENODEV); cpu++)
		r = open_ring(reasons, cpu);
	if (reasons->n_rings && (!r || r == -ENODEV))
		return 0;
	snprintf(error, ERROR_SIZE, "needs perf_event_open of tcp:tcp_send_reset: %s%s",
		strerror(-r),
		r == -EPERM || r == -EACCES
			? "; run as root, or allow it (sysctl kernel.perf_event_paranoid=-1)"
			: "");
	return r ? r : -ENODEV;
}

int reasons_open(struct reasons **ret, char *error)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	int r = reasons ? 0 : -ENOMEM;

	if (r)
		snprintf(error, ERROR_SIZE, "no memory to read the reasons of resets");
	else if (!(r = learn_format(reasons, error)))
		r = open_rings(reasons, error);
	if (r)
		reasons_close(reasons);
	else
		*ret = reasons;
	return r;
}

void reasons_close(struct reasons *reasons)
{
	if (!reasons)
		return;
	for (unsigned i = 0; i < reasons->n_rings; i++) {
		munmap(reasons->rings[i].page, (1 + RING_PAGES) * reasons->page_size);
		close(reasons->rings[i].fd);
	}
	free(reasons->rings);
	free(reasons->notes);
	free(reasons);
}

static int add_note(struct reasons *reasons, const struct reason_note *note)
{
	size_t wanted = reasons->capacity ? reasons->capacity * 2 : 64;
	struct reason_note *notes;

	if (reasons->n_notes == reasons->capacity) {
		notes = reallocarray(reasons->notes, wanted, sizeof(*notes));
		if (!notes)
			return -ENOMEM;
		reasons->notes = notes;
		reasons->capacity = wanted;
	}
	reasons->notes[reasons->n_notes++] = *note;
	return 0;
}

static uint16_t port_at(const char *raw, unsigned address)
{
	const unsigned char *port = (const unsigned char *)raw + address + PORT_AT;

	return (uint16_t)(port[0] << 8 | port[1]);
}

/* A sample behind its header: its time, the length of the raw data, the raw data. */
static int take_sample(struct reasons *reasons, const char *sample, size_t size)
{
	struct reason_note note = {.name = "?"};
	uint64_t time;
	uint32_t length, reason;
	const char *raw = sample + sizeof(time) + sizeof(length);

	if (size < sizeof(time) + sizeof(length))
		return 0;
	memcpy(&time, sample, sizeof(time));
	memcpy(&length, sample + sizeof(time), sizeof(length));
	if (length > size - sizeof(time) - sizeof(length) || length < reasons->raw_size)
		return 0;
	memcpy(&reason, raw + reasons->reason_at, sizeof(reason));
	note.time_ns = (int64_t)time;
	note.source_port = port_at(raw, reasons->source_at);
	note.destination_port = port_at(raw, reasons->destination_at);
	if (reason < MAX_NAMES && reasons->names[reason][0])
		note.name = reasons->names[reason];
	return add_note(reasons, &note);
}

/* Out of the ring, whose end may lie within. */
static void copy_out(const struct reasons *reasons, const struct ring *ring, uint64_t from,
	char *to, size_t size)
{
	const char *samples = (const char *)ring->page + reasons->page_size;
	size_t room = RING_PAGES * reasons->page_size, at = (size_t)(from % room);
	size_t first = size < room - at ? size : room - at;

	memcpy(to, samples + at, first);
	memcpy(to + first, samples, size - first);
}

static int read_ring(struct reasons *reasons, struct ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	struct perf_event_header header;
	char body[512];
	int r = 0;

	while (!r && tail < head) {
		copy_out(reasons, ring, tail, (char *)&header, sizeof(header));
		if (header.size < sizeof(header))
			break;
		if (header.type == PERF_RECORD_LOST)
			reasons->has_lost = true;
		if (header.type == PERF_RECORD_SAMPLE &&
			header.size <= sizeof(header) + sizeof(body)) {
			copy_out(reasons, ring, tail + sizeof(header), body,
				header.size - sizeof(header));
			r = take_sample(reasons, body, header.size - sizeof(header));
		}
		tail += header.size;
	}
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	return r;
}

static int compare_times(const void *a, const void *b)
{
	int64_t first = ((const struct reason_note *)a)->time_ns;
	int64_t second = ((const struct reason_note *)b)->time_ns;

	return (first > second) - (first < second);
}

int reasons_read(struct reasons *reasons, reason_callback *take, void *data)
{
	int r = 0;

	reasons->n_notes = 0;
	for (unsigned i = 0; !r && i < reasons->n_rings; i++)
		r = read_ring(reasons, &reasons->rings[i]);
	if (r)
		return r;
	if (reasons->n_notes)
		qsort(reasons->notes, reasons->n_notes, sizeof(*reasons->notes), compare_times);
	for (size_t i = 0; i < reasons->n_notes; i++)
		take(&reasons->notes[i], data);
	return reasons->has_lost ? -ENOBUFS : 0;
}
