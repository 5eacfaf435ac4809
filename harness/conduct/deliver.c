/* SPDX-License-Identifier: MIT */
/* Keeps the segments of a run by sender and kind, and sends one of them again as it was, where its
 * sender sends: through lo, or through the sender's end of the link. Knows frames; knows nothing of
 * steps. */
#include "deliver.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "delivered.h"
#include "kernelfile.h"

#define LINKTYPE_ETHERNET 1
#define ETHERTYPE_AT 12
#define CHECKSUM_AT 16 /* in a TCP header */

static void keep(
	struct world *world, enum side sender, enum segment_kind kind, const struct frame *frame)
{
	struct kept_frame *kept = &world->kept[sender][kind];

	kept->length = frame->captured == frame->length && frame->length <= sizeof(kept->bytes)
		? (uint16_t)frame->length
		: 0;
	memcpy(kept->bytes, frame->bytes, kept->length);
}

void deliver_keep(struct world *world, enum side sender, const struct frame *frame,
	const struct flow_note *note)
{
	bool has_ack = frame->segment.flags & SEGMENT_ACK;

	if (note->is_new_syn)
		keep(world, sender, has_ack ? SEGMENT_KIND_SYN_ACK : SEGMENT_KIND_SYN, frame);
	if (note->new_bytes)
		keep(world, sender, SEGMENT_KIND_DATA, frame);
	if (note->is_new_fin)
		keep(world, sender, SEGMENT_KIND_FIN, frame);
	if (note->is_reset)
		keep(world, sender, SEGMENT_KIND_RST, frame);
	if (!flow_note_is_telling(note) && !note->is_retransmission && !note->is_probe)
		keep(world, sender, SEGMENT_KIND_ACK, frame);
}

bool deliver_is_echo(struct world *world, const struct frame *frame)
{
	const struct kept_frame *awaited = world->delivered;

	if (!awaited || frame->length != awaited->length || frame->captured != frame->length ||
		memcmp(frame->bytes, awaited->bytes, awaited->length))
		return false;
	world->delivered = NULL;
	return true;
}

/* lo takes in what is sent so, if told to: what comes without a route of its own from a loopback
 * address is a martian otherwise (ip-sysctl, route_localnet). */
static int let_in(void)
{
	int r = sysctl_write("net.ipv4.conf.lo.route_localnet", "1");

	return r ? r : sysctl_write("net.ipv4.conf.lo.accept_local", "1");
}

/* A socket that sends frames in the sender's network namespace. */
static int open_injector(struct world *world, enum side sender)
{
	int on = 1, r, fd;

	if (source_linktype(world->source) != LINKTYPE_ETHERNET)
		return -EOPNOTSUPP;
	if (!world->has_link && (r = let_in()))
		return r;
	fd = world_socket(world, sender, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC);
	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on))) {
		r = -errno;
		close(fd);
		return r;
	}
	world->injectors[sender] = fd;
	return 0;
}

/* A segment's checksum is left to a device that does not exist: the receiver has to be told not to
 * look, as it is told of every other segment. */
static int inject(const struct world *world, enum side sender, const struct kept_frame *frame)
{
	uint16_t type =
		(uint16_t)(frame->bytes[ETHERTYPE_AT] << 8 | frame->bytes[ETHERTYPE_AT + 1]);
	unsigned ip_header = type == ETH_P_IP ? (frame->bytes[ETH_HLEN] & 15) * 4 : 40;
	struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)(ETH_HLEN + ip_header),
		.csum_offset = CHECKSUM_AT,
	};
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(type),
		.sll_ifindex =
			world->has_link ? link_index(sender) : (int)if_nametoindex(world->device),
	};
	struct iovec parts[2] = {
		{.iov_base = &header, .iov_len = sizeof(header)},
		{.iov_base = (void *)(uintptr_t)frame->bytes, .iov_len = frame->length},
	};
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = parts, .msg_iovlen = 2};

	return sendmsg(world->injectors[sender], &message, 0) < 0 ? -errno : 0;
}

int deliver(struct world *world, enum side sender, enum segment_kind kind)
{
	const uint8_t source[] = {DELIVERED_SOURCE >> 24, DELIVERED_SOURCE >> 16 & 0xff,
		DELIVERED_SOURCE >> 8 & 0xff, DELIVERED_SOURCE & 0xff};
	struct kept_frame *frame = &world->kept[sender][kind];
	int r = 0;

	if (!frame->length)
		return -ENOENT;
	if (world->injectors[sender] < 0 && (r = open_injector(world, sender)))
		return r;
	memcpy(frame->bytes + DELIVERED_SOURCE_AT, source, sizeof(source));
	world->delivered = frame;
	return inject(world, sender, frame);
}
