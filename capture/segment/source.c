/* SPDX-License-Identifier: MIT */
/* Frames from a live device, by libpcap or, where a kernel has no ring for it, by packet.h. Knows
 * libpcap; must not know cases, or what a segment means. The
 * settings were measured: with libpcap's defaults (snaplen 262144, both copies of what passes `lo`)
 * a 2 MiB ring holds 16 frames, and 92 % of a longer run is lost. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "packet.h"

#define NS_PER_SECOND 1000000000

enum {
	SNAPLEN =
		PACKET_SNAPLEN, /* every header of a TCP segment, 12 frames to a page of the ring */
	RING_BYTES = 512 * 1024,
};

struct source {
	pcap_t *pcap; /* or: */
	struct packet *packet;
	int linktype;
	int64_t fraction_ns; /* what one unit of a stamp's fraction is worth */
};

/* What pcap_activate() answered -> the errno, what is wrong with the device, and the mend. */
static const struct refusal {
	int status, error;
	const char *wrong, *mend;
} refusals[] = {
	{PCAP_ERROR_PERM_DENIED, -EPERM, "no right (CAP_NET_RAW) to capture on",
		"run as root or allow unprivileged user namespaces"},
	{PCAP_ERROR_NO_SUCH_DEVICE, -ENODEV,
		"no such device in this network namespace:", "`ip link` lists those there are"},
	{PCAP_ERROR_IFACE_NOT_UP, -EIO, "cannot capture while down:", "`ip link set` it up first"},
};

__attribute__((format(printf, 3, 4))) static int complain(
	char *error, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, SOURCE_ERROR_SIZE, format, args);
	va_end(args);
	return number;
}

/* `pcap` is asked only about what the table does not have. */
static int refusal_explain(pcap_t *pcap, const char *device, int status, char *error)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].status == status)
			return complain(error, refusals[i].error, "%s %s: %s", refusals[i].wrong,
				device, refusals[i].mend);
	return complain(error, -EIO, "cannot capture on %s: %s: %s", device,
		pcap_statustostr(status), pcap_geterr(pcap));
}

/* Setters fail only on an active handle or a bad number, but for the precision: where
 * nanoseconds are refused the stamps stay microseconds. */
static int pcap_configure(pcap_t *pcap, int ring_bytes)
{
	if (pcap_set_snaplen(pcap, SNAPLEN) || pcap_set_promisc(pcap, 0) ||
		pcap_set_immediate_mode(pcap, 1) ||
		pcap_set_buffer_size(pcap, ring_bytes > 0 ? ring_bytes : RING_BYTES))
		return -EIO;
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	return 0;
}

static int pcap_begin(pcap_t *pcap, const char *device, int ring_bytes, char *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	int status = pcap_configure(pcap, ring_bytes);

	if (status < 0)
		return complain(
			error, status, "cannot capture on %s: libpcap refused a setting", device);
	status = pcap_activate(pcap);
	if (status < 0)
		return refusal_explain(pcap, device, status, error);
	if (pcap_get_selectable_fd(pcap) < 0)
		return complain(
			error, -EIO, "cannot capture on %s: it offers nothing to poll", device);
	packet_ignore_outgoing(pcap_get_selectable_fd(pcap), device);
	if (fcntl(pcap_get_selectable_fd(pcap), F_SETFD, FD_CLOEXEC) < 0)
		return complain(error, -EIO, "cannot capture on %s: %s", device, strerror(errno));
	if (pcap_setnonblock(pcap, 1, reason) < 0)
		return complain(error, -EIO, "cannot capture on %s: %s", device, reason);
	return 0;
}

static int ring_open(struct source *source, const char *device, int ring_bytes, char *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	int status;

	source->pcap = pcap_create(device, reason);
	if (!source->pcap)
		return complain(error, -EIO, "cannot capture on %s: %s", device, reason);
	status = pcap_begin(source->pcap, device, ring_bytes, error);
	if (status < 0)
		return status;
	source->linktype = pcap_datalink(source->pcap);
	source->fraction_ns =
		pcap_get_tstamp_precision(source->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	return 0;
}

static int queue_open(struct source *source, const char *device, int bytes, char *error)
{
	int r = packet_open(device, bytes, &source->packet);

	if (r == -EPERM)
		return refusal_explain(NULL, device, PCAP_ERROR_PERM_DENIED, error);
	if (r == -ENODEV)
		return refusal_explain(NULL, device, PCAP_ERROR_NO_SUCH_DEVICE, error);
	if (r == -ENETDOWN)
		return refusal_explain(NULL, device, PCAP_ERROR_IFACE_NOT_UP, error);
	if (r)
		return complain(error, -EIO, "cannot capture on %s: %s", device, strerror(-r));
	source->linktype = DLT_EN10MB;
	return 0;
}

static int source_open(
	const char *device, int bytes, bool has_ring, struct source **ret, char *error)
{
	struct source *source = calloc(1, sizeof(*source));
	int status;

	if (!source)
		return complain(error, -EIO, "cannot capture on %s: out of memory", device);
	status = has_ring ? ring_open(source, device, bytes, error)
			  : queue_open(source, device, bytes, error);
	if (status < 0)
		source_close(source);
	else
		*ret = source;
	return status;
}

/* libpcap (>= 1.10) can only read a ring. What it says without one is for people, so the kernel is
 * asked. */
int source_open_live(const char *device, int ring_bytes, struct source **ret, char *error)
{
	int status = source_open(device, ring_bytes, true, ret, error);

	if (status == -EIO && packet_lacks_ring())
		return source_open(device, ring_bytes, false, ret, error);
	return status;
}

int source_open_queue(const char *device, int bytes, struct source **ret, char *error)
{
	return source_open(device, bytes, false, ret, error);
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->pcap)
		pcap_close(source->pcap);
	packet_close(source->packet);
	free(source);
}

void source_abandon(struct source *source)
{
	close(source_fd(source));
}

int source_fd(const struct source *source)
{
	return source->pcap ? pcap_get_selectable_fd(source->pcap) : packet_fd(source->packet);
}

int source_linktype(const struct source *source)
{
	return source->linktype;
}

struct delivery {
	const struct source *source;
	frame_callback *callback;
	void *data;
	int count;
};

static void frame_deliver(struct delivery *delivery, int64_t time_ns, const uint8_t *bytes,
	size_t captured, size_t length)
{
	struct frame frame = {
		.time_ns = time_ns,
		.bytes = bytes,
		.captured = captured,
		.length = length,
	};

	frame.kind =
		frame_decode(delivery->source->linktype, bytes, captured, length, &frame.segment);
	frame.segment.time_ns = time_ns;
	delivery->count++;
	delivery->callback(&frame, delivery->data);
}

static void ring_deliver(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct delivery *delivery = (struct delivery *)(void *)user;

	frame_deliver(delivery,
		header->ts.tv_sec * (int64_t)NS_PER_SECOND +
			header->ts.tv_usec * delivery->source->fraction_ns,
		bytes, header->caplen, header->len);
}

static void queue_deliver(const struct packet_frame *taken, void *data)
{
	frame_deliver(data, taken->time_ns, taken->bytes, taken->captured, taken->length);
}

/* On a non-blocking handle a dispatch without a limit ends when the ring is empty. */
int source_read(struct source *source, frame_callback *callback, void *data)
{
	struct delivery delivery = {.source = source, .callback = callback, .data = data};
	int status = source->pcap
		? pcap_dispatch(source->pcap, -1, ring_deliver, (u_char *)&delivery)
		: packet_read(source->packet, queue_deliver, &delivery);

	return status < 0 ? -EIO : delivery.count;
}

int64_t source_drops(struct source *source)
{
	struct pcap_stat stat;

	if (!source->pcap)
		return packet_drops(source->packet);
	return pcap_stats(source->pcap, &stat) < 0 ? -EIO : (int64_t)stat.ps_drop;
}
