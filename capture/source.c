/* SPDX-License-Identifier: MIT */
/* Frames from a live device. Knows libpcap and is the only file that does; must not know cases,
 * or what a segment means. The settings were measured: with libpcap's defaults (snaplen 262144,
 * both copies of what passes `lo`) a 2 MiB ring holds 16 frames, and 92 % of a longer run is
 * lost. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "decode.h"

#ifndef PACKET_IGNORE_OUTGOING /* Linux 4.20 */
#define PACKET_IGNORE_OUTGOING 23
#endif

#define NS_PER_SECOND 1000000000

enum {
	SNAPLEN = 256, /* every header of a TCP segment, 12 frames to a page of the ring */
	RING_BYTES = 512 * 1024,
};

struct source {
	pcap_t *pcap;
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

/* Each frame on a loopback device passes twice, going out and coming in. libpcap drops the first
 * copy after it has taken room in the ring; the kernel can drop it before. Any other device
 * shows what we send only as outgoing, so there it must stay. An older kernel refuses, which
 * costs room alone. */
static void outgoing_ignore(int fd, const char *device)
{
	struct ifreq request = {0};
	int on = 1;

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_LOOPBACK)
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
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
	outgoing_ignore(pcap_get_selectable_fd(pcap), device);
	if (fcntl(pcap_get_selectable_fd(pcap), F_SETFD, FD_CLOEXEC) < 0)
		return complain(error, -EIO, "cannot capture on %s: %s", device, strerror(errno));
	if (pcap_setnonblock(pcap, 1, reason) < 0)
		return complain(error, -EIO, "cannot capture on %s: %s", device, reason);
	return 0;
}

int source_open_live(const char *device, int ring_bytes, struct source **ret, char *error)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct source *source = calloc(1, sizeof(*source));
	int status;

	if (!source)
		return complain(error, -EIO, "cannot capture on %s: out of memory", device);
	source->pcap = pcap_create(device, reason);
	if (!source->pcap)
		status = complain(error, -EIO, "cannot capture on %s: %s", device, reason);
	else
		status = pcap_begin(source->pcap, device, ring_bytes, error);
	if (status < 0) {
		source_close(source);
		return status;
	}
	source->linktype = pcap_datalink(source->pcap);
	source->fraction_ns =
		pcap_get_tstamp_precision(source->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	*ret = source;
	return 0;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->pcap)
		pcap_close(source->pcap);
	free(source);
}

void source_abandon(struct source *source)
{
	close(pcap_fileno(source->pcap));
}

int source_fd(const struct source *source)
{
	return pcap_get_selectable_fd(source->pcap);
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

static void frame_deliver(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct delivery *delivery = (struct delivery *)(void *)user;
	const struct source *source = delivery->source;
	struct frame frame = {
		.time_ns = header->ts.tv_sec * (int64_t)NS_PER_SECOND +
			header->ts.tv_usec * source->fraction_ns,
		.bytes = bytes,
		.captured = header->caplen,
		.length = header->len,
	};

	frame.kind =
		frame_decode(source->linktype, bytes, frame.captured, frame.length, &frame.segment);
	frame.segment.time_ns = frame.time_ns;
	delivery->count++;
	delivery->callback(&frame, delivery->data);
}

/* On a non-blocking handle a dispatch without a limit ends when the ring is empty. */
int source_read(struct source *source, frame_callback *callback, void *data)
{
	struct delivery delivery = {.source = source, .callback = callback, .data = data};
	int status = pcap_dispatch(source->pcap, -1, frame_deliver, (u_char *)&delivery);

	return status < 0 ? -EIO : delivery.count;
}

int64_t source_drops(struct source *source)
{
	struct pcap_stat stat;

	return pcap_stats(source->pcap, &stat) < 0 ? -EIO : (int64_t)stat.ps_drop;
}
