/* SPDX-License-Identifier: MIT */
/* A TCP segment decoded from a captured frame. Every field is in host byte order. */
#ifndef LASTACK_CAPTURE_SEGMENT_H
#define LASTACK_CAPTURE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 9293 3.1 */
enum segment_flag {
	SEGMENT_FIN = 0x01,
	SEGMENT_SYN = 0x02,
	SEGMENT_RST = 0x04,
	SEGMENT_PSH = 0x08,
	SEGMENT_ACK = 0x10,
	SEGMENT_URG = 0x20,
};

struct endpoint {
	uint8_t family; /* 4 or 6 */
	uint8_t address[16]; /* network order; IPv4 uses the first four bytes, the rest are zero */
	uint16_t port;
};

/* Without holes: segments by the million go from one processor's cache to another's. */
struct segment {
	int64_t time_ns; /* since the epoch */
	struct endpoint source, destination;
	uint32_t seq, ack;
	uint32_t payload; /* bytes, from the IP length, not from what was captured */
	uint32_t tsval, tsecr;
	uint16_t window; /* as in the header, unscaled */
	uint16_t ipid; /* IPv4; 0 for IPv6 */
	uint8_t flags; /* enum segment_flag bits */
	uint8_t ttl; /* or hop limit */
	uint8_t tos; /* type of service, or traffic class */
	uint8_t options_length; /* of TCP's */
	bool has_timestamps;
	bool has_mptcp; /* option kind 30 */
	bool has_window_shift; /* option kind 3 */
	uint8_t window_shift; /* at most 14 (RFC 7323 2.3) */
};

enum frame_kind {
	FRAME_TCP,
	FRAME_UDP, /* only source, destination and payload of `segment` hold */
	FRAME_OTHER, /* something else that was understood, fragments behind the first included */
	FRAME_SHORT, /* ended before a header did: cut by snaplen or truncated */
	FRAME_MALFORMED, /* a length or version contradicts itself */
};

#endif
