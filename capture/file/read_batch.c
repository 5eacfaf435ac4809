/* SPDX-License-Identifier: MIT */
/* Between a file and whoever follows connections: decodes and counts. Must not know connections. */
#include "read_batch.h"

#include "decode.h"
#include "flow.h"

static void count_other(struct batch *batch, enum frame_kind kind, int32_t linktype)
{
	batch->short_frames += kind == FRAME_SHORT;
	batch->malformed += kind == FRAME_MALFORMED;
	if (kind == FRAME_OTHER && !linktype_known(linktype) && !batch->unknown++)
		batch->unknown_linktype = linktype;
}

/* A frame that is no segment leaves its place to the next one. */
static void frame_take(struct batch *batch, const struct frame_header *frame, uint32_t number)
{
	struct segment *segment = &batch->segments[batch->count];
	enum frame_kind kind = frame_decode(
		frame->linktype, frame->bytes, frame->captured, frame->length, segment);

	if (kind != FRAME_TCP) {
		count_other(batch, kind, frame->linktype);
		return;
	}
	segment->time_ns = frame->time_ns;
	batch->resets += !!(segment->flags & SEGMENT_RST);
	batch->hashes[batch->count] = flow_hash(segment);
	batch->numbers[batch->count++] = number;
}

int batch_read(struct file *file, struct batch *ret)
{
	struct frame_header frames[BATCH_FRAMES];
	uint32_t before = (uint32_t)file_records(file);
	int n = file_next_batch(file, frames, BATCH_FRAMES);

	ret->frames = n > 0 ? (unsigned)n : 0;
	ret->count = ret->resets = ret->short_frames = ret->malformed = ret->unknown = 0;
	for (unsigned i = 0; i < ret->frames; i++)
		frame_take(ret, &frames[i], before + i + 1);
	return n;
}
