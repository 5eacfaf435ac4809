/* SPDX-License-Identifier: MIT */
/* Frames from a packet socket (packet(7)) one by one, for kernels that have no ring to map. Not for
 * other rooms: source.h is. */
#ifndef LASTACK_CAPTURE_PACKET_H
#define LASTACK_CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_SNAPLEN 256

struct packet;

/* `bytes` is valid during the callback only; an Ethernet header is in front. */
struct packet_frame {
	int64_t time_ns; /* of CLOCK_REALTIME, to the microsecond where the kernel has no better */
	const uint8_t *bytes;
	size_t captured, length;
};

typedef void packet_callback(const struct packet_frame *frame, void *data);

/* Opens the queue of a device in the caller's network namespace, non-blocking, with room for
 * `bytes` (0: a lot). Returns 0 or a negative errno: -EPERM without CAP_NET_RAW, -ENODEV if there
 * is no such device, -ENETDOWN if it is not up. packet_close() takes NULL. */
int packet_open(const char *device, int bytes, struct packet **ret);
void packet_close(struct packet *packet);
int packet_fd(const struct packet *packet);

/* Hands over every frame that waits. Returns how many, or a negative errno. */
int packet_read(struct packet *packet, packet_callback *callback, void *data);

/* Since it was opened; 0 where the kernel does not count (no PACKET_STATISTICS). */
int64_t packet_drops(struct packet *packet);

/* Each frame on a loopback device passes twice, going out and coming in. libpcap drops the first
 * copy after it has taken room in the ring; the kernel can drop it before. Any other device shows
 * what we send only as outgoing, so there it must stay. False if the copies will come (not a
 * loopback device, or Linux < 4.20). */
bool packet_ignore_outgoing(int fd, const char *device);

/* Whether packet sockets exist here without the ring that libpcap needs. */
bool packet_lacks_ring(void);

#endif
