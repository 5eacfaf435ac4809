/* SPDX-License-Identifier: MIT */
/* Keeps the segments of a run by sender and kind, and sends one of them through lo again as it was.
 * Knows frames; knows nothing of steps. */
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

/* A socket that sends frames on lo, and surroundings that take them in: what comes without a route
 * of its own from a loopback address is a martian otherwise (ip-sysctl, route_localnet). */
static int open_injector(struct world *world)
{
	int on = 1, mark = DELIVER_MARK, r;

	if (source_linktype(world->source) != LINKTYPE_ETHERNET)
		return -EOPNOTSUPP;
	if ((r = world_write_sysctl("net.ipv4.conf.lo.route_localnet", "1")) ||
		(r = world_write_sysctl("net.ipv4.conf.lo.accept_local", "1")))
		return r;
	world->injector = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (world->injector < 0 ||
		setsockopt(world->injector, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
		setsockopt(world->injector, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		return -errno;
	return 0;
}

/* On lo a segment's checksum is left to a device that does not exist: the receiver has to be told
 * not to look, as it is told of every other segment. */
static int inject(const struct world *world, const struct kept_frame *frame)
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
		.sll_ifindex = (int)if_nametoindex(world->device),
	};
	struct iovec parts[2] = {
		{.iov_base = &header, .iov_len = sizeof(header)},
		{.iov_base = (void *)(uintptr_t)frame->bytes, .iov_len = frame->length},
	};
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = parts, .msg_iovlen = 2};

	return sendmsg(world->injector, &message, 0) < 0 ? -errno : 0;
}

int deliver(struct world *world, enum side sender, enum segment_kind kind)
{
	const struct kept_frame *frame = &world->kept[sender][kind];
	int r = 0;

	if (!frame->length)
		return -ENOENT;
	if (world->injector < 0 && (r = open_injector(world)))
		return r;
	world->delivered = frame;
	return inject(world, frame);
}
