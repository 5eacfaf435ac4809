/* SPDX-License-Identifier: MIT */
/* Any bytes at all, as frames: decoding stays inside them, its short way agrees with its long one,
 * and flow's notes do not contradict
 * themselves. Input: byte 0 chooses the link type; byte 1 is the size of each frame (0: one
 * frame of all the rest), so that one input can be a whole connection; then the frames. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "endpoint.h"
#include "flow.h"
#include "same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int linktypes[] = {0, 1, 12, 101, 108, 113, 228, 229, 276, 147};

static void expect(bool claim)
{
	if (!claim)
		abort();
}

static void note_check(const struct flow_note *note, const struct segment *segment)
{
	bool is_new = note->is_new_syn || note->is_new_fin || note->new_bytes;

	expect(note->new_bytes <= segment->payload);
	expect(note->is_reset == !!(segment->flags & SEGMENT_RST));
	expect(!note->is_new_syn || segment->flags & SEGMENT_SYN);
	expect(!note->is_new_fin || segment->flags & SEGMENT_FIN);
	expect(!is_new || (!note->is_retransmission && !note->is_probe && !note->is_reset));
	expect(flow_note_is_telling(note) == (is_new || note->is_reset));
}

static uint32_t connections; /* so many were noted */

/* Whether it is the first of its connection. */
static bool note_begins(const struct flow_note *note)
{
	bool begins = note->connection >= connections;

	connections = begins ? note->connection + 1 : connections;
	return begins;
}

/* A second time nothing is new, except the reset; and it goes where it went, unless it then lies
 * nearer to the old connection than to the one that it began, or comes from its own receiver: a
 * copy could be the answer. */
static void segment_follow(struct flow_table *table, const struct segment *segment)
{
	struct flow_note note, again;
	bool begins;

	if (flow_add(table, segment, 0, &note) < 0)
		return;
	note_check(&note, segment);
	begins = note_begins(&note);
	if (flow_add(table, segment, 0, &again) < 0)
		return;
	note_check(&again, segment);
	note_begins(&again);
	if (again.connection != note.connection &&
		(begins || endpoint_equals(&segment->source, &segment->destination)))
		return;
	expect(again.connection == note.connection && again.from_opener == note.from_opener);
	expect(flow_note_is_telling(&again) == note.is_reset);
}

/* In a block of exactly its size, so that the address sanitizer sees a read past it. */
static void frame_try(struct flow_table *table, int linktype, const uint8_t *bytes, size_t size)
{
	uint8_t *alone = malloc(size ? size : 1);
	struct segment segment, longer, slowly;
	enum frame_kind kind;

	if (!alone)
		return;
	memcpy(alone, bytes, size);
	kind = frame_decode(linktype, alone, size, size, &segment);
	expect(kind <= FRAME_MALFORMED);
	expect(kind == FRAME_SHORT ||
		frame_decode(linktype, alone, size, size + 99999, &longer) == kind);
	expect(frame_decode_slowly(linktype, alone, size, size, &slowly) == kind);
	expect(kind > FRAME_UDP || segment_equals(&segment, &slowly));
	free(alone);
	if (kind == FRAME_TCP)
		segment_follow(table, &segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_table *table;
	int linktype;
	size_t step;

	if (size < 2 || flow_table_new(&table) < 0)
		return 0;
	connections = 0;
	linktype = linktypes[data[0] % (sizeof(linktypes) / sizeof(*linktypes))];
	step = data[1] ? data[1] : size;
	data += 2;
	size -= 2;
	do {
		size_t frame = size < step ? size : step;

		frame_try(table, linktype, data, frame);
		data += frame;
		size -= frame;
	} while (size);
	flow_table_free(table);
	return 0;
}
