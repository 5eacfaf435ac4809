/* SPDX-License-Identifier: MIT */
/* From bytes at hand to the records among them, one walker per format. Not for other rooms: file.h
 * is. */
#ifndef LASTACK_CAPTURE_WALK_H
#define LASTACK_CAPTURE_WALK_H

#include <byteswap.h>
#include <stdbool.h>
#include <string.h>

#include "file.h"
#include "input.h"

#define WALK_NS_PER_SECOND 1000000000

/* Where a walker is. What it cannot do yet it leaves at hand. */
struct walk {
	struct input *input;
	bool is_swapped; /* the other byte order than this machine's */
	uint64_t skip; /* bytes of a block that nobody wants, still to come */
	bool is_inside; /* the end would come too early now, even with nothing at hand */
	char damage[128]; /* what contradicts itself at input->begin; "": nothing */

	/* pcap */
	uint32_t fraction_ns; /* what one unit of a stamp's fraction is worth */
	int32_t linktype;

	/* pcapng */
	struct walk_interface *interfaces; /* of this section */
	size_t interface_count, interface_room;
	uint32_t interfaces_before; /* in earlier sections */
	uint32_t trailer; /* what the skipped block must end with */
};

struct walk_format {
	const char *name;
	/* Whether the first bytes are of this format. Sets up *walk if so. */
	bool (*begin)(struct walk *walk);
	/* Takes up to `room` whole records. Returns 0 if it needs more bytes, or found damage. */
	size_t (*take)(struct walk *walk, struct frame_header *batch, size_t room);
};

extern const struct walk_format walk_pcap, walk_pcapng;

void walk_release(struct walk *walk);

static inline uint32_t walk_u32(const uint8_t *at, bool is_swapped)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return is_swapped ? bswap_32(value) : value;
}

static inline uint16_t walk_u16(const uint8_t *at, bool is_swapped)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return is_swapped ? bswap_16(value) : value;
}

#endif
