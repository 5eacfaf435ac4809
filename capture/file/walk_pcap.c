/* SPDX-License-Identifier: MIT */
/* Classic pcap (draft-ietf-opsawg-pcap). Knows the layout of its records; must not know files.
 * Variants with more in a record's header, or another order in it, are left to libpcap. */
#include <stdio.h>

#include "walk.h"

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINKTYPE_MASK 0x03ffffffu /* above it: length of the frame check sequence */

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	MAJOR = 2,
	MINOR_LEAST = 3, /* before it, the two lengths were the other way round in some files */
	MINOR = 4,
};

static uint32_t fraction_of(uint32_t magic)
{
	return magic == MAGIC_MICROSECONDS ? 1000 : magic == MAGIC_NANOSECONDS ? 1 : 0;
}

static bool pcap_begin(struct walk *walk)
{
	const uint8_t *header = input_at(walk->input);
	uint16_t minor;

	if (input_left(walk->input) < 8)
		return false;
	walk->is_swapped = !fraction_of(walk_u32(header, false));
	walk->fraction_ns = fraction_of(walk_u32(header, walk->is_swapped));
	minor = walk_u16(header + 6, walk->is_swapped);
	walk->is_inside = true; /* the header */
	return walk->fraction_ns && walk_u16(header + 4, walk->is_swapped) == MAJOR &&
		minor >= MINOR_LEAST && minor <= MINOR;
}

static void header_take(struct walk *walk)
{
	if (input_left(walk->input) < FILE_HEADER)
		return;
	walk->linktype =
		(int32_t)(walk_u32(input_at(walk->input) + 20, walk->is_swapped) & LINKTYPE_MASK);
	walk->input->begin += FILE_HEADER;
	walk->is_inside = false;
}

/* Whether a record is none, but the header of the next file: those of a ring are strung together
 * (cat). As a record it would be one of no bytes, in 2055. */
static bool record_is_header(const struct walk *walk, const uint8_t *at)
{
	uint16_t minor = walk_u16(at + 6, walk->is_swapped);

	return fraction_of(walk_u32(at, walk->is_swapped)) == walk->fraction_ns &&
		walk_u16(at + 4, walk->is_swapped) == MAJOR && minor >= MINOR_LEAST &&
		minor <= MINOR && !walk_u32(at + 8, walk->is_swapped) &&
		!walk_u32(at + 12, walk->is_swapped);
}

static void length_blame(struct walk *walk, uint32_t captured)
{
	snprintf(walk->damage, sizeof(walk->damage), "a record claims %u bytes (at most %d)",
		captured, FILE_CAPTURED_MAX);
}

/* Compiled once per byte order, so that none is asked for in the loop. */
static inline __attribute__((always_inline)) size_t records_take(
	struct walk *walk, struct frame_header *batch, size_t room, bool is_swapped)
{
	const uint8_t *at = input_at(walk->input);
	const uint8_t *end = walk->input->bytes + walk->input->end;
	size_t count = 0;

	for (; count < room && end - at >= RECORD_HEADER; count++) {
		uint32_t captured = walk_u32(at + 8, is_swapped);
		uint32_t length = walk_u32(at + 12, is_swapped);

		if (captured - 1 >= FILE_CAPTURED_MAX) { /* too many, or none */
			walk->is_inside = record_is_header(walk, at);
			if (captured)
				length_blame(walk, captured);
			if (captured || walk->is_inside)
				break;
		}
		if (captured > end - at - RECORD_HEADER)
			break;
		batch[count] = (struct frame_header){
			.time_ns = walk_u32(at, is_swapped) * (int64_t)WALK_NS_PER_SECOND +
				walk_u32(at + 4, is_swapped) * (int64_t)walk->fraction_ns,
			.bytes = at + RECORD_HEADER,
			.captured = captured,
			.length = length < captured ? captured : length,
			.linktype = walk->linktype,
		};
		at += RECORD_HEADER + captured;
	}
	walk->input->begin = (size_t)(at - walk->input->bytes);
	return count;
}

static size_t pcap_take(struct walk *walk, struct frame_header *batch, size_t room)
{
	size_t count;

	do {
		if (walk->is_inside)
			header_take(walk);
		if (walk->is_inside)
			return 0;
		count = walk->is_swapped ? records_take(walk, batch, room, true)
					 : records_take(walk, batch, room, false);
	} while (!count && walk->is_inside);
	return count;
}

const struct walk_format walk_pcap = {"pcap", pcap_begin, pcap_take};
