/* SPDX-License-Identifier: MIT */
#include "specimen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NS = 1000000000 };

void put_u8(struct specimen *specimen, uint8_t value)
{
	if (specimen->size == SPECIMEN_BYTES)
		abort();
	specimen->bytes[specimen->size++] = value;
}

void put_u16(struct specimen *specimen, uint16_t value)
{
	put_u8(specimen, (uint8_t)(specimen->is_big ? value >> 8 : value));
	put_u8(specimen, (uint8_t)(specimen->is_big ? value : value >> 8));
}

void put_u32(struct specimen *specimen, uint32_t value)
{
	put_u16(specimen, (uint16_t)(specimen->is_big ? value >> 16 : value));
	put_u16(specimen, (uint16_t)(specimen->is_big ? value : value >> 16));
}

void put_fill(struct specimen *specimen, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_u8(specimen, (uint8_t)(specimen->size * 7 + 1));
}

static void end_note(struct specimen *specimen)
{
	if (specimen->end_count == SPECIMEN_ENDS)
		abort();
	specimen->ends[specimen->end_count++] = specimen->size;
}

/* The frame whose bytes come next. */
static void expect(struct specimen *specimen, int64_t time_ns, uint32_t captured, uint32_t length,
	int32_t linktype, uint32_t interface)
{
	if (specimen->frame_count == SPECIMEN_FRAMES)
		abort();
	specimen->frames[specimen->frame_count++] = (struct specimen_frame){
		.time_ns = time_ns,
		.captured = captured,
		.length = length,
		.linktype = linktype,
		.interface = interface,
		.at = specimen->size,
	};
}

static void record_end(struct specimen *specimen)
{
	specimen->frames[specimen->frame_count - 1].end = specimen->size;
	end_note(specimen);
}

void put_pcap_header(struct specimen *specimen, uint32_t magic, uint32_t linktype)
{
	put_u32(specimen, magic);
	put_u16(specimen, 2);
	put_u16(specimen, 4);
	put_u32(specimen, 0);
	put_u32(specimen, 0);
	put_u32(specimen, 65535);
	put_u32(specimen, linktype);
	end_note(specimen);
}

void put_pcap_record(struct specimen *specimen, uint32_t seconds, uint32_t fraction,
	uint32_t captured, uint32_t length)
{
	put_u32(specimen, seconds);
	put_u32(specimen, fraction);
	put_u32(specimen, captured);
	put_u32(specimen, length);
}

void block_begin(struct specimen *specimen, uint32_t type)
{
	specimen->block = specimen->size;
	put_u32(specimen, type);
	put_u32(specimen, 0);
}

void block_end(struct specimen *specimen)
{
	size_t end;

	while (specimen->size % 4)
		put_u8(specimen, 0);
	end = specimen->size + 4;
	specimen->size = specimen->block + 4;
	put_u32(specimen, (uint32_t)(end - specimen->block));
	specimen->size = end - 4;
	put_u32(specimen, (uint32_t)(end - specimen->block));
	end_note(specimen);
}

void put_section(struct specimen *specimen)
{
	block_begin(specimen, 0x0a0d0d0a);
	put_u32(specimen, 0x1a2b3c4d);
	put_u16(specimen, 1);
	put_u16(specimen, 0);
	put_u32(specimen, 0xffffffff); /* length not said */
	put_u32(specimen, 0xffffffff);
	put_u16(specimen, 4); /* shb_userappl */
	put_u16(specimen, 5);
	put_fill(specimen, 5 + 3);
	put_u32(specimen, 0);
	block_end(specimen);
}

static void interface_begin(struct specimen *specimen, uint16_t linktype, uint32_t snaplen)
{
	block_begin(specimen, 1);
	put_u16(specimen, linktype);
	put_u16(specimen, 0);
	put_u32(specimen, snaplen);
}

static void put_resolution(struct specimen *specimen, uint8_t resolution)
{
	put_u16(specimen, 9);
	put_u16(specimen, 1);
	put_u8(specimen, resolution);
	put_fill(specimen, 3); /* padding may be anything */
}

void put_interface(struct specimen *specimen, uint16_t linktype, uint32_t snaplen)
{
	interface_begin(specimen, linktype, snaplen);
	block_end(specimen);
}

static void put_packet_header(
	struct specimen *specimen, uint64_t units, uint32_t captured, uint32_t length)
{
	put_u32(specimen, (uint32_t)(units >> 32));
	put_u32(specimen, (uint32_t)units);
	put_u32(specimen, captured);
	put_u32(specimen, length);
}

static void packet_end(struct specimen *specimen)
{
	block_end(specimen);
	specimen->frames[specimen->frame_count - 1].end = specimen->size;
}

static void put_enhanced(
	struct specimen *specimen, uint32_t interface, uint64_t units, struct specimen_frame want)
{
	block_begin(specimen, 6);
	put_u32(specimen, interface);
	put_packet_header(specimen, units, want.captured, want.length);
	expect(specimen, want.time_ns, want.captured, want.length, want.linktype, want.interface);
	put_fill(specimen, want.captured);
	packet_end(specimen);
}

/* draft-ietf-opsawg-pcap: stamps are unsigned, so they go on behind 2038; lengths of 0 are legal.
 */
static void pcap_make(struct specimen *specimen, uint32_t magic, int64_t unit_ns, size_t patch)
{
	static const struct specimen_frame wants[] = {
		{1700000000, 60, 60}, {0, 0, 0}, {1700000001, 1, 1500}, {2147483647, 54, 54}};
	static const uint32_t fractions[] = {123456, 0, 999999, 7};

	put_pcap_header(specimen, magic, 1);
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		put_pcap_record(specimen, (uint32_t)wants[i].time_ns, fractions[i],
			wants[i].captured, wants[i].length);
		put_fill(specimen, patch);
		expect(specimen, wants[i].time_ns * NS + fractions[i] * unit_ns, wants[i].captured,
			wants[i].length, 1, 0);
		put_fill(specimen, wants[i].captured);
		record_end(specimen);
	}
}

static void pcap_us(struct specimen *specimen)
{
	pcap_make(specimen, 0xa1b2c3d4, 1000, 0);
}

static void pcap_ns(struct specimen *specimen)
{
	pcap_make(specimen, 0xa1b23c4d, 1, 0);
}

/* What cat makes of the files of a ring, one of them empty. libpcap takes a header for a record. */
static void pcap_strung(struct specimen *specimen)
{
	pcap_make(specimen, 0xa1b2c3d4, 1000, 0);
	put_pcap_header(specimen, 0xa1b2c3d4, 1);
	pcap_make(specimen, 0xa1b2c3d4, 1000, 0);
}

/* Kuznetzov's: two more words in each record, for interface, protocol and kind of packet. */
static void pcap_modified(struct specimen *specimen)
{
	pcap_make(specimen, 0xa1b2cd34, 1000, 8);
}

/* Above the link type: that frames end in a check sequence of 4 bytes. Version 2.3 has the same
 * layout as 2.4. */
static void pcap_check_sequence(struct specimen *specimen)
{
	put_pcap_header(specimen, 0xa1b2c3d4, 0x44000001);
	specimen->bytes[specimen->is_big ? 7 : 6] = 3;
	put_pcap_record(specimen, 1700000000, 1, 64, 64);
	expect(specimen, 1700000000000001000, 64, 64, 1, 0);
	put_fill(specimen, 64);
	record_end(specimen);
}

/* Before version 2.3 the two lengths of a record were the other way round. */
static void pcap_early(struct specimen *specimen)
{
	put_pcap_header(specimen, 0xa1b2c3d4, 1);
	specimen->bytes[specimen->is_big ? 7 : 6] = 2;
	put_pcap_record(specimen, 1700000000, 1, 1500, 64);
	expect(specimen, 1700000000000001000, 64, 1500, 1, 0);
	put_fill(specimen, 64);
	record_end(specimen);
}

/* What other blocks there are, and options behind the bytes of a packet. */
static void pcapng_usual(struct specimen *specimen)
{
	put_section(specimen);
	put_interface(specimen, 1, 262144);
	put_enhanced(specimen, 0, 1700000000123456,
		(struct specimen_frame){1700000000123456000, 61, 61, 1, 0});
	block_begin(specimen, 4); /* names */
	put_fill(specimen, 16);
	block_end(specimen);
	put_interface(specimen, 1, 262144);
	block_begin(specimen, 6);
	put_u32(specimen, 1);
	put_packet_header(specimen, 1700000000123457, 3, 1500);
	expect(specimen, 1700000000123457000, 3, 1500, 1, 1);
	put_fill(specimen, 3 + 1);
	put_u16(specimen, 2); /* epb_flags */
	put_u16(specimen, 4);
	put_u32(specimen, 1);
	put_u32(specimen, 0);
	packet_end(specimen);
	block_begin(specimen, 0x80000abc); /* somebody's own */
	put_fill(specimen, 700);
	block_end(specimen);
	put_enhanced(specimen, 0, 1700000000123458,
		(struct specimen_frame){1700000000123458000, 0, 40, 1, 0});
	block_begin(specimen, 5); /* statistics */
	put_fill(specimen, 12);
	block_end(specimen);
}

/* Interfaces are counted from 0 in each section, and here through the file. */
static void pcapng_sections(struct specimen *specimen)
{
	bool first = specimen->is_big;

	put_section(specimen);
	put_interface(specimen, 1, 0);
	put_interface(specimen, 101, 0);
	put_enhanced(specimen, 1, 5, (struct specimen_frame){5000, 20, 20, 101, 1});
	put_enhanced(specimen, 0, 6, (struct specimen_frame){6000, 14, 14, 1, 0});
	specimen->is_big = !first;
	put_section(specimen);
	put_interface(specimen, 113, 0);
	put_enhanced(specimen, 0, 7, (struct specimen_frame){7000, 16, 16, 113, 2});
	specimen->is_big = first;
	put_section(specimen); /* one without packets */
	put_section(specimen);
	put_interface(specimen, 276, 0);
	put_enhanced(specimen, 0, 8, (struct specimen_frame){8000, 21, 21, 276, 3});
}

/* if_tsresol and if_tsoffset. What is finer than a nanosecond is dropped, not rounded up. */
static void pcapng_resolutions(struct specimen *specimen)
{
	static const struct {
		uint8_t resolution;
		uint64_t units;
		int64_t time_ns;
	} rows[] = {
		{9, 1700000000123456789, 1700000000123456789},
		{3, 1700000000123, 1700000000123000000},
		{0, 1700000000, 1700000000000000000},
		{12, 1700000000123999, 1700000000123},
		{0x80 | 20, (1700000000ull << 20) + (1 << 19), 1700000000500000000},
		{0x80 | 10, (1700000000ull << 10) + 1, 1700000000000976562}, /* 1/1024 s */
		{0x80 | 32, (1700000000ull << 32) + 0xffffffff, 1700000000999999999},
	};
	const uint32_t count = sizeof(rows) / sizeof(*rows);

	put_section(specimen);
	for (uint32_t i = 0; i < count; i++) {
		interface_begin(specimen, 1, 0);
		put_resolution(specimen, rows[i].resolution);
		put_u32(specimen, 0);
		block_end(specimen);
	}
	for (uint32_t i = 0; i < count; i++)
		put_enhanced(specimen, i, rows[i].units,
			(struct specimen_frame){rows[i].time_ns, 14, 14, 1, i});
}

/* Seconds to be added, a signed integer of 64 bits. */
static void put_offset(struct specimen *specimen, int64_t seconds)
{
	uint32_t high = (uint32_t)((uint64_t)seconds >> 32), low = (uint32_t)seconds;

	put_u16(specimen, 14);
	put_u16(specimen, 8);
	put_u32(specimen, specimen->is_big ? high : low);
	put_u32(specimen, specimen->is_big ? low : high);
}

void put_interface_of(struct specimen *specimen, uint8_t resolution, int64_t offset)
{
	interface_begin(specimen, 1, 0);
	put_resolution(specimen, resolution);
	put_offset(specimen, offset);
	block_end(specimen);
}

void put_stamp(struct specimen *specimen, uint32_t interface, uint64_t units)
{
	put_enhanced(specimen, interface, units, (struct specimen_frame){0, 0, 0, 1, interface});
}

static void pcapng_offsets(struct specimen *specimen)
{
	put_section(specimen);
	interface_begin(specimen, 1, 0);
	put_offset(specimen, 1700000000);
	block_end(specimen);
	put_interface_of(specimen, 9, -2);
	interface_begin(specimen, 1, 0);
	put_u32(specimen, 0); /* the end of options, whatever comes behind it */
	put_resolution(specimen, 9);
	block_end(specimen);
	put_enhanced(
		specimen, 0, 1500000, (struct specimen_frame){1700000001500000000, 14, 14, 1, 0});
	put_enhanced(specimen, 1, 3000000001, (struct specimen_frame){1000000001, 15, 15, 1, 1});
	put_enhanced(specimen, 2, 1500000, (struct specimen_frame){1500000000, 16, 16, 1, 2});
}

static void pcapng_simple(struct specimen *specimen)
{
	static const uint32_t captured[] = {32, 17, 0, 32}, length[] = {1500, 17, 0, 32};

	put_section(specimen);
	put_interface(specimen, 1, 32);
	for (size_t i = 0; i < sizeof(captured) / sizeof(*captured); i++) {
		block_begin(specimen, 3);
		put_u32(specimen, length[i]);
		expect(specimen, 0, captured[i], length[i], 1, 0);
		put_fill(specimen, captured[i]);
		packet_end(specimen);
	}
}

/* The obsolete packet block: the interface's number is half as wide, the rest are drops. */
static void pcapng_old(struct specimen *specimen)
{
	put_section(specimen);
	put_interface(specimen, 1, 0);
	put_interface(specimen, 1, 0);
	for (uint16_t i = 0; i < 2; i++) {
		block_begin(specimen, 2);
		put_u16(specimen, (uint16_t)(1 - i));
		put_u16(specimen, 0xffff);
		put_packet_header(specimen, 1700000000000001u + i, 59u + i, 80);
		expect(specimen, 1700000000000001000 + i * 1000, 59u + i, 80, 1, 1u - i);
		put_fill(specimen, 59u + i);
		packet_end(specimen);
	}
}

static const struct {
	const char *name, *format;
	bool is_big, libpcap_agrees;
	void (*make)(struct specimen *specimen);
} rows[] = {
	{"pcap, us, little endian", "pcap", false, true, pcap_us},
	{"pcap, us, big endian", "pcap", true, true, pcap_us},
	{"pcap, ns, little endian", "pcap", false, true, pcap_ns},
	{"pcap, ns, big endian", "pcap", true, true, pcap_ns},
	{"pcap, check sequence, little endian", "pcap", false, true, pcap_check_sequence},
	{"pcap, check sequence, big endian", "pcap", true, true, pcap_check_sequence},
	{"pcap, strung together, little endian", "pcap", false, false, pcap_strung},
	{"pcap, strung together, big endian", "pcap", true, false, pcap_strung},
	{"pcap, version 2.2", "libpcap", false, true, pcap_early},
	{"pcap, modified, little endian", "libpcap", false, true, pcap_modified},
	{"pcap, modified, big endian", "libpcap", true, true, pcap_modified},
	{"pcapng, little endian", "pcapng", false, true, pcapng_usual},
	{"pcapng, big endian", "pcapng", true, true, pcapng_usual},
	{"pcapng, sections, little endian first", "pcapng", false, false, pcapng_sections},
	{"pcapng, sections, big endian first", "pcapng", true, false, pcapng_sections},
	{"pcapng, resolutions, little endian", "pcapng", false, true, pcapng_resolutions},
	{"pcapng, resolutions, big endian", "pcapng", true, true, pcapng_resolutions},
	{"pcapng, offsets, little endian", "pcapng", false, true, pcapng_offsets},
	{"pcapng, offsets, big endian", "pcapng", true, true, pcapng_offsets},
	{"pcapng, simple packets", "pcapng", false, true, pcapng_simple},
	{"pcapng, old packets", "pcapng", true, true, pcapng_old},
};

const size_t specimen_count = sizeof(rows) / sizeof(*rows);

void specimen_make(size_t which, struct specimen *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->name = rows[which].name;
	ret->format = rows[which].format;
	ret->libpcap_agrees = rows[which].libpcap_agrees;
	ret->is_big = rows[which].is_big;
	rows[which].make(ret);
}

int bytes_fd(const void *bytes, size_t size)
{
	int fd = memfd_create("specimen", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}
