/* SPDX-License-Identifier: MIT */
/* Small captures in every format, written byte by byte from the formats' descriptions, and what is
 * in them. */
#ifndef LASTACK_CAPTURE_TESTS_SPECIMEN_H
#define LASTACK_CAPTURE_TESTS_SPECIMEN_H

#include <stdbool.h>
#include <stddef.h>

#include "file.h"

enum { SPECIMEN_BYTES = 4096, SPECIMEN_FRAMES = 16, SPECIMEN_ENDS = 32 };

struct specimen_frame {
	int64_t time_ns;
	uint32_t captured, length;
	int32_t linktype;
	uint32_t interface;
	size_t at, end; /* of its bytes, of its record */
};

struct specimen {
	const char *name, *format;
	bool libpcap_agrees; /* false: it cannot read this one */
	uint8_t bytes[SPECIMEN_BYTES];
	size_t size;
	struct specimen_frame frames[SPECIMEN_FRAMES];
	size_t frame_count;
	size_t ends[SPECIMEN_ENDS]; /* where a file could end, were it shorter */
	size_t end_count;

	/* while it is written */
	bool is_big; /* byte order */
	size_t block;
};

extern const size_t specimen_count;
void specimen_make(size_t which, struct specimen *ret);

/* A descriptor of a file with these bytes, at its beginning; the caller closes it. */
int bytes_fd(const void *bytes, size_t size);

/* For captures that a test makes up on its own. */
void put_u8(struct specimen *specimen, uint8_t value);
void put_u16(struct specimen *specimen, uint16_t value);
void put_u32(struct specimen *specimen, uint32_t value);
void put_fill(struct specimen *specimen, size_t size); /* bytes that differ from each other */
void put_pcap_header(struct specimen *specimen, uint32_t magic, uint32_t linktype);
void put_pcap_record(struct specimen *specimen, uint32_t seconds, uint32_t fraction,
	uint32_t captured, uint32_t length);
void block_begin(struct specimen *specimen, uint32_t type);
void block_end(struct specimen *specimen); /* pads, and sets both lengths */
void put_section(struct specimen *specimen);
void put_interface(struct specimen *specimen, uint16_t linktype, uint32_t snaplen);
void put_interface_of(struct specimen *specimen, uint8_t resolution, int64_t offset);
void put_stamp(struct specimen *specimen, uint32_t interface, uint64_t units); /* no bytes */

#endif
