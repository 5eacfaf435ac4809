/* SPDX-License-Identifier: MIT */
/* pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, and three kinds of packet block. Knows
 * the layout of blocks; must not know files. Runs of enhanced packet blocks, which is what there is
 * in every file, have a loop of their own; everything else goes block by block. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "walk.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum {
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* of old */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,

	HEAD = 8, /* type and total length */
	TAIL = 4, /* total length again */
	BLOCK_LEAST = HEAD + TAIL,
	PACKET_HEADER = 28, /* the enhanced kind's, and the old one's */
	SIMPLE_HEADER = 12,
	INTERFACE_HEADER = 16,

	MAJOR = 1,
	INTERFACES_MAX = 65536,

	OPTION_END = 0,
	OPTION_RESOLUTION = 9,
	OPTION_OFFSET = 14,
	RESOLUTION_IS_BINARY = 0x80,
};

/* A stamp's unit: 1/per_second. */
struct walk_interface {
	int32_t linktype;
	uint32_t snaplen; /* 0: no limit */
	uint32_t unit_ns; /* 0: no whole number of nanoseconds */
	uint64_t per_second;
	int64_t offset; /* s */
};

/* A whole block at hand. */
struct block {
	const uint8_t *at;
	uint32_t total;
};

__attribute__((format(printf, 2, 3))) static bool damage(struct walk *walk, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(walk->damage, sizeof(walk->damage), format, args);
	va_end(args);
	return false;
}

/* A stamp that a number of nanoseconds cannot say becomes the nearest that it can. */
static int64_t time_clip(__int128 time_ns)
{
	return time_ns > INT64_MAX ? INT64_MAX : time_ns < INT64_MIN ? INT64_MIN : (int64_t)time_ns;
}

static int64_t time_work_out(const struct walk_interface *interface, uint64_t units)
{
	__int128 seconds = (__int128)(units / interface->per_second) + interface->offset;
	__int128 fraction = units % interface->per_second;

	return time_clip(seconds * WALK_NS_PER_SECOND +
		fraction * WALK_NS_PER_SECOND / interface->per_second);
}

static inline int64_t time_of(const struct walk_interface *interface, uint64_t units)
{
	int64_t time_ns;

	if (interface->unit_ns && !interface->offset &&
		!__builtin_mul_overflow(units, interface->unit_ns, &time_ns))
		return time_ns;
	return time_work_out(interface, units);
}

static inline __attribute__((always_inline)) struct frame_header frame_of(
	const struct walk *walk, const uint8_t *at, uint32_t interface, bool is_swapped)
{
	const struct walk_interface *from = &walk->interfaces[interface];
	uint32_t captured = walk_u32(at + 20, is_swapped);
	uint32_t length = walk_u32(at + 24, is_swapped);
	uint64_t units =
		(uint64_t)walk_u32(at + 12, is_swapped) << 32 | walk_u32(at + 16, is_swapped);

	return (struct frame_header){
		.time_ns = time_of(from, units),
		.bytes = at + PACKET_HEADER,
		.captured = captured,
		.length = length < captured ? captured : length,
		.linktype = from->linktype,
		.interface = walk->interfaces_before + interface,
	};
}

/* Up to the first block that is of another kind, or not at hand, or wrong in any way. Compiled once
 * per byte order, so that none is asked for in the loop. */
static inline __attribute__((always_inline)) size_t packets_take(
	struct walk *walk, struct frame_header *batch, size_t room, bool is_swapped)
{
	const uint8_t *at = input_at(walk->input);
	const uint8_t *end = walk->input->bytes + walk->input->end;
	size_t count = 0;

	for (; count < room && end - at >= PACKET_HEADER + TAIL; count++) {
		uint32_t total = walk_u32(at + 4, is_swapped);
		uint32_t interface = walk_u32(at + 8, is_swapped);
		uint32_t captured = walk_u32(at + 20, is_swapped);

		if (walk_u32(at, is_swapped) != BLOCK_ENHANCED || total > end - at || total % 4 ||
			total < PACKET_HEADER + TAIL || total > INPUT_NEED_MAX ||
			captured > total - PACKET_HEADER - TAIL || captured > FILE_CAPTURED_MAX ||
			interface >= walk->interface_count ||
			walk_u32(at + total - TAIL, is_swapped) != total)
			break;
		batch[count] = frame_of(walk, at, interface, is_swapped);
		at += total;
	}
	walk->input->begin = (size_t)(at - walk->input->bytes);
	return count;
}

/* False for damage. */
typedef bool block_reader(struct walk *walk, const struct block *block, struct frame_header *ret);

static bool section_read(struct walk *walk, const struct block *block, struct frame_header *ret)
{
	uint16_t major = walk_u16(block->at + 12, walk->is_swapped);

	if (major != MAJOR)
		return damage(walk, "a section of version %u (known: %d)", major, MAJOR);
	walk->interfaces_before += (uint32_t)walk->interface_count;
	walk->interface_count = 0;
	return true;
}

/* Beyond 10^-19 and 2^-63 the units of a second fit into no integer. */
static bool resolution_read(struct walk *walk, uint8_t value, struct walk_interface *interface)
{
	uint8_t exponent = value & 0x7f;

	if (exponent > (value & RESOLUTION_IS_BINARY ? 63 : 19))
		return damage(walk, "an interface's time resolution is 0x%02x", value);
	interface->per_second = 1;
	if (value & RESOLUTION_IS_BINARY)
		interface->per_second <<= exponent;
	else
		while (exponent--)
			interface->per_second *= 10;
	interface->unit_ns = WALK_NS_PER_SECOND % interface->per_second
		? 0
		: (uint32_t)(WALK_NS_PER_SECOND / interface->per_second);
	return true;
}

static bool option_read(struct walk *walk, uint16_t code, const uint8_t *value, uint16_t size,
	struct walk_interface *interface)
{
	uint64_t halves[2];

	if (code == OPTION_RESOLUTION && size == 1)
		return resolution_read(walk, *value, interface);
	if (code == OPTION_OFFSET && size == 8) {
		halves[0] = walk_u32(value, walk->is_swapped);
		halves[1] = walk_u32(value + 4, walk->is_swapped);
		/* One integer of 64 bits, in the section's byte order. */
		interface->offset =
			(int64_t)((bool)(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != walk->is_swapped
					? halves[0] << 32 | halves[1]
					: halves[1] << 32 | halves[0]);
	}
	return true;
}

static bool options_read(
	struct walk *walk, const struct block *block, struct walk_interface *interface)
{
	const uint8_t *at = block->at + INTERFACE_HEADER;
	const uint8_t *end = block->at + block->total - TAIL;

	while (end - at >= 4) {
		uint16_t code = walk_u16(at, walk->is_swapped);
		uint16_t size = walk_u16(at + 2, walk->is_swapped);
		uint32_t padded = (size + 3u) & ~3u;

		if (code == OPTION_END)
			return true;
		at += 4;
		if (padded > end - at)
			return damage(walk, "an interface's option is longer than its block");
		if (!option_read(walk, code, at, size, interface))
			return false;
		at += padded;
	}
	return true;
}

static bool interface_add(struct walk *walk, const struct walk_interface *interface)
{
	if (walk->interface_count == walk->interface_room) {
		size_t room = walk->interface_room ? 2 * walk->interface_room : 4;
		void *more;

		if (room > INTERFACES_MAX)
			return damage(walk, "more than %d interfaces", INTERFACES_MAX);
		more = reallocarray(walk->interfaces, room, sizeof(*interface));
		if (!more)
			return damage(walk, "no memory for another interface");
		walk->interfaces = more;
		walk->interface_room = room;
	}
	walk->interfaces[walk->interface_count++] = *interface;
	return true;
}

static bool interface_read(struct walk *walk, const struct block *block, struct frame_header *ret)
{
	struct walk_interface interface = {
		.linktype = walk_u16(block->at + 8, walk->is_swapped),
		.snaplen = walk_u32(block->at + 12, walk->is_swapped),
		.unit_ns = 1000,
		.per_second = 1000000,
	};

	return options_read(walk, block, &interface) && interface_add(walk, &interface);
}

static bool packet_read(
	struct walk *walk, const struct block *block, uint32_t interface, struct frame_header *ret)
{
	uint32_t captured = walk_u32(block->at + 20, walk->is_swapped);

	if (interface >= walk->interface_count)
		return damage(walk, "a packet of interface %u (there are %zu)", interface,
			walk->interface_count);
	if (captured > block->total - PACKET_HEADER - TAIL || captured > FILE_CAPTURED_MAX)
		return damage(
			walk, "a packet claims %u bytes in a block of %u", captured, block->total);
	*ret = frame_of(walk, block->at, interface, walk->is_swapped);
	return true;
}

static bool enhanced_read(struct walk *walk, const struct block *block, struct frame_header *ret)
{
	return packet_read(walk, block, walk_u32(block->at + 8, walk->is_swapped), ret);
}

static bool old_packet_read(struct walk *walk, const struct block *block, struct frame_header *ret)
{
	return packet_read(walk, block, walk_u16(block->at + 8, walk->is_swapped), ret);
}

/* How much was captured it does not say: what the interface's snaplen left of it. */
static bool simple_read(struct walk *walk, const struct block *block, struct frame_header *ret)
{
	uint32_t length = walk_u32(block->at + 8, walk->is_swapped);
	uint32_t captured = length;

	if (!walk->interface_count)
		return damage(walk, "a simple packet before any interface");
	if (walk->interfaces[0].snaplen && captured > walk->interfaces[0].snaplen)
		captured = walk->interfaces[0].snaplen;
	if (captured > block->total - SIMPLE_HEADER - TAIL || captured > FILE_CAPTURED_MAX)
		return damage(walk, "a simple packet claims %u bytes in a block of %u", captured,
			block->total);
	*ret = (struct frame_header){
		.bytes = block->at + SIMPLE_HEADER,
		.captured = captured,
		.length = length,
		.linktype = walk->interfaces[0].linktype,
		.interface = walk->interfaces_before,
	};
	return true;
}

/* Every other block is skipped. */
static const struct block_kind {
	uint32_t type, least;
	bool has_frame;
	block_reader *read;
} kinds[] = {
	{BLOCK_SECTION, 28, false, section_read},
	{BLOCK_INTERFACE, INTERFACE_HEADER + TAIL, false, interface_read},
	{BLOCK_PACKET, PACKET_HEADER + TAIL, true, old_packet_read},
	{BLOCK_SIMPLE, SIMPLE_HEADER + TAIL, true, simple_read},
	{BLOCK_ENHANCED, PACKET_HEADER + TAIL, true, enhanced_read},
};

static const struct block_kind *kind_find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* What a section says of its byte order holds for its header too. */
static bool order_find(struct walk *walk, const uint8_t *at)
{
	if (walk_u32(at, false) != BLOCK_SECTION)
		return true;
	walk->is_swapped = walk_u32(at + HEAD, false) != BYTE_ORDER_MAGIC;
	return walk_u32(at + HEAD, walk->is_swapped) == BYTE_ORDER_MAGIC ||
		damage(walk, "a section of unknown byte order");
}

/* However long: it takes no memory. */
static bool skip_begin(struct walk *walk, uint32_t total)
{
	walk->input->begin += HEAD;
	walk->skip = total - BLOCK_LEAST;
	walk->trailer = total;
	walk->is_inside = true;
	return true;
}

/* False if it needs more. */
static bool skip_on(struct walk *walk)
{
	size_t size = input_left(walk->input);

	if (size > walk->skip)
		size = (size_t)walk->skip;
	walk->input->begin += size;
	walk->skip -= size;
	if (walk->skip || input_left(walk->input) < TAIL)
		return false;
	if (walk_u32(input_at(walk->input), walk->is_swapped) != walk->trailer)
		return damage(walk, "a block's two lengths differ");
	walk->input->begin += TAIL;
	walk->is_inside = false;
	return true;
}

/* A block of any kind. False if it needs more, or found damage. */
static bool block_take(struct walk *walk, struct frame_header *batch, size_t *count)
{
	size_t size = input_left(walk->input);
	struct block block = {.at = input_at(walk->input)};
	const struct block_kind *kind;

	if (size < BLOCK_LEAST || !order_find(walk, block.at))
		return false;
	block.total = walk_u32(block.at + 4, walk->is_swapped);
	kind = kind_find(walk_u32(block.at, walk->is_swapped));
	if (block.total % 4 || block.total < (kind ? kind->least : BLOCK_LEAST) ||
		(kind && block.total > INPUT_NEED_MAX))
		return damage(walk, "a block claims %u bytes", block.total);
	if (!kind)
		return skip_begin(walk, block.total);
	if (block.total > size)
		return false;
	if (walk_u32(block.at + block.total - TAIL, walk->is_swapped) != block.total)
		return damage(walk, "a block's two lengths differ");
	if (!kind->read(walk, &block, &batch[*count]))
		return false;
	*count += kind->has_frame;
	walk->input->begin += block.total;
	return true;
}

static bool pcapng_begin(struct walk *walk)
{
	if (input_left(walk->input) < BLOCK_LEAST)
		return false;
	return walk_u32(input_at(walk->input), false) == BLOCK_SECTION &&
		order_find(walk, input_at(walk->input));
}

static size_t pcapng_take(struct walk *walk, struct frame_header *batch, size_t room)
{
	size_t count = 0;

	for (bool is_on = true; is_on && count < room;) {
		if (walk->is_inside) {
			is_on = skip_on(walk);
			continue;
		}
		count += walk->is_swapped ? packets_take(walk, batch + count, room - count, true)
					  : packets_take(walk, batch + count, room - count, false);
		is_on = count == room || block_take(walk, batch, &count);
	}
	return count;
}

const struct walk_format walk_pcapng = {"pcapng", pcapng_begin, pcapng_take};

void walk_release(struct walk *walk)
{
	free(walk->interfaces);
}
