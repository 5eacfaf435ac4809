/* SPDX-License-Identifier: MIT */
/* A packet socket read with recvmmsg(2). Knows sockets; must not know libpcap, or what a frame
 * means. */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING /* Linux 4.20 */
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
	BATCH = 32,
	QUEUE_BYTES = 64 << 20, /* whole frames wait in it, and both copies of them */
	CONTROL_BYTES = 64,
};

struct packet {
	int fd;
	bool is_loopback;
	int64_t drops;
	struct mmsghdr messages[BATCH];
	struct iovec rooms[BATCH];
	struct sockaddr_ll senders[BATCH];
	uint8_t bytes[BATCH][PACKET_SNAPLEN];
	_Alignas(struct cmsghdr) uint8_t controls[BATCH][CONTROL_BYTES];
};

static bool device_flags(int fd, const char *device, int *ret)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return false;
	*ret = request.ifr_flags;
	return true;
}

bool packet_ignore_outgoing(int fd, const char *device)
{
	int flags = 0, on = 1;

	return device_flags(fd, device, &flags) && flags & IFF_LOOPBACK &&
		!setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
}

bool packet_lacks_ring(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), version = TPACKET_V3;
	bool lacks = fd >= 0 &&
		setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) &&
		errno == ENOPROTOOPT;

	if (fd >= 0)
		close(fd);
	return lacks;
}

/* gVisor accepts SO_TIMESTAMPNS and does nothing about it, and cannot be asked for it. */
static int ask_for_stamps(int fd)
{
	int on = 1, is_on = 0;
	socklen_t length = sizeof(is_on);

	if (!setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) &&
		!getsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &is_on, &length) && is_on)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) ? -errno : 0;
}

static int watch_device(struct packet *packet, const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int flags = 0;

	if (!address.sll_ifindex || !device_flags(packet->fd, device, &flags))
		return -ENODEV;
	if (!(flags & IFF_UP))
		return -ENETDOWN;
	packet->is_loopback = flags & IFF_LOOPBACK;
	packet_ignore_outgoing(packet->fd, device);
	return bind(packet->fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static void lay_rooms(struct packet *packet)
{
	for (unsigned i = 0; i < BATCH; i++) {
		packet->rooms[i] = (struct iovec){packet->bytes[i], PACKET_SNAPLEN};
		packet->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &packet->senders[i],
			.msg_iov = &packet->rooms[i],
			.msg_iovlen = 1,
			.msg_control = packet->controls[i],
		};
	}
}

/* Protocol 0 until it is bound: nothing of other devices gets into the queue. */
int packet_open(const char *device, int bytes, struct packet **ret)
{
	struct packet *packet = calloc(1, sizeof(*packet));
	int room = bytes > 0 ? bytes : QUEUE_BYTES, r;

	if (!packet)
		return -ENOMEM;
	packet->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = packet->fd < 0 ? -errno : ask_for_stamps(packet->fd);
	if (!r && setsockopt(packet->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(packet->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!r)
		r = watch_device(packet, device);
	if (r) {
		packet_close(packet);
		return r;
	}
	lay_rooms(packet);
	*ret = packet;
	return 0;
}

void packet_close(struct packet *packet)
{
	if (!packet)
		return;
	if (packet->fd >= 0)
		close(packet->fd);
	free(packet);
}

int packet_fd(const struct packet *packet)
{
	return packet->fd;
}

static int64_t stamp(struct msghdr *header)
{
	struct timespec time = {0};
	struct timeval coarse;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
		if (at->cmsg_level != SOL_SOCKET)
			continue;
		if (at->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&time, CMSG_DATA(at), sizeof(time));
		} else if (at->cmsg_type == SCM_TIMESTAMP) {
			memcpy(&coarse, CMSG_DATA(at), sizeof(coarse));
			time = (struct timespec){coarse.tv_sec, coarse.tv_usec * 1000};
		}
	}
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int take_batch(struct packet *packet)
{
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		packet->messages[i].msg_hdr.msg_controllen = CONTROL_BYTES;
		packet->messages[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_ll);
	}
	n = recvmmsg(packet->fd, packet->messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

int packet_read(struct packet *packet, packet_callback *callback, void *data)
{
	int taken = 0, n;

	do {
		n = take_batch(packet);
		for (int i = 0; i < n; i++) {
			size_t length = packet->messages[i].msg_len;
			struct packet_frame frame = {
				.bytes = packet->bytes[i],
				.captured = length < PACKET_SNAPLEN ? length : PACKET_SNAPLEN,
				.length = length,
			};

			if (packet->is_loopback &&
				packet->senders[i].sll_pkttype == PACKET_OUTGOING)
				continue;
			frame.time_ns = stamp(&packet->messages[i].msg_hdr);
			callback(&frame, data);
			taken++;
		}
	} while (n == BATCH);
	return n < 0 ? n : taken;
}

/* Asking sets the kernel's count back to 0. */
int64_t packet_drops(struct packet *packet)
{
	struct tpacket_stats statistics = {0};
	socklen_t length = sizeof(statistics);

	if (!getsockopt(packet->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length))
		packet->drops += statistics.tp_drops;
	else if (errno != ENOPROTOOPT)
		return -errno;
	return packet->drops;
}
