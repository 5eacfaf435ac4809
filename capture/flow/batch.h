/* SPDX-License-Identifier: MIT */
/* Some frames of a capture file at once, decoded: the TCP segments among them, and how many there
 * were of the others. */
#ifndef LASTACK_CAPTURE_BATCH_H
#define LASTACK_CAPTURE_BATCH_H

#include "segment.h"

enum { BATCH_FRAMES = 256 };

struct batch {
	unsigned frames; /* of all kinds */
	unsigned count; /* of segments */
	unsigned resets; /* among them */
	unsigned short_frames, malformed; /* cut before their header's end; against themselves */
	unsigned unknown; /* of a link type that is not understood, the first of which: */
	int32_t unknown_linktype;
	uint32_t numbers[BATCH_FRAMES]; /* of the segments' frames in the capture, from 1 */
	uint32_t hashes[BATCH_FRAMES]; /* flow_hash() */
	struct segment segments[BATCH_FRAMES];
};

#endif
