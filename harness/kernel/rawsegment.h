/* SPDX-License-Identifier: MIT */
/* A TCP segment, or an ICMP error about one, as the bytes of an IP datagram. Pure: no socket, no
 * state; whatever is asked for is built, sense or no sense. RFC 791, 8200, 9293 3.1, 792, 4443. */
#ifndef LASTACK_HARNESS_RAWSEGMENT_H
#define LASTACK_HARNESS_RAWSEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment.h"

#define RAWSEGMENT_MAX_OPTIONS 40

struct rawsegment {
	struct endpoint source, destination; /* of one family */
	uint32_t seq, ack;
	uint16_t window;
	uint16_t urgent; /* the urgent pointer, an offset from seq */
	uint8_t flags; /* enum segment_flag bits */
	bool is_corrupt; /* the TCP checksum is wrong */
	uint8_t options_length; /* a multiple of 4, at most RAWSEGMENT_MAX_OPTIONS */
	uint8_t options[RAWSEGMENT_MAX_OPTIONS];
	const uint8_t *payload;
	size_t payload_length;
};

/* Writes the datagram to buf. Its length, or 0 if it does not fit into size or into an IP datagram.
 */
size_t rawsegment_build(const struct rawsegment *segment, uint8_t *buf, size_t size);

/* An ICMP (ICMPv6 for family 6) error that quotes the first bytes of a segment that `source` sent
 * to `destination`; it travels the other way. `rest` is the second word of its header: the MTU, or
 * the pointer. */
struct rawerror {
	struct endpoint source, destination; /* of the quoted segment */
	uint32_t seq; /* of the quoted segment */
	uint8_t type, code;
	uint32_t rest;
};

size_t rawerror_build(const struct rawerror *error, uint8_t *buf, size_t size);

#endif
