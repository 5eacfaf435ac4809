/* SPDX-License-Identifier: MIT */
/* Any segments at all, on few 4-tuples -> no connection is lost or invented: every frame is counted
 * to exactly one, once; and the long way, which who asks for notes goes, gives the same histories
 * as the short one. Input: eight bytes a segment. */
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "history_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEP = 8, SEGMENTS_MAX = 4096, BATCH = 16 };

struct sum {
	uint64_t frames, bytes, histories, digest;
	uint32_t most;
};

static void expect(bool claim)
{
	if (!claim)
		abort();
}

static void take(const struct history *history, void *data)
{
	struct sum *sum = data;

	expect(history->segments > 0 && history->first_frame <= history->last_frame);
	expect(history->resets_count <= history->segments);
	expect(history->previous == UINT32_MAX || history->previous < history->number);
	expect(history->idle_ns >= 0 && history->round_trip_ns >= 0);
	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++)
		expect(history->resets[i].segment.frame >= history->first_frame &&
			history->resets[i].segment.frame <= history->last_frame);
	for (unsigned i = 0; i < 2; i++) {
		const struct history_direction *direction = &history->directions[i];

		expect(!direction->has_fin == !direction->fin.frame);
		expect(direction->is_begun == (direction->last.frame > 0));
		expect(direction->ttl_least <= direction->ttl_most);
		sum->bytes += direction->bytes;
	}
	sum->frames += history->segments + history->duplicates;
	sum->digest = history_digest(sum->digest, history);
	sum->histories++;
	sum->most = history->number > sum->most ? history->number : sum->most;
}

/* Ends close to each other, numbers near few bases: so that much of it fits together. */
static void segment_make(const uint8_t *data, int64_t *now_ns, struct segment *ret)
{
	static const uint32_t bases[] = {1000, 5000, 0xfffffff0, 0x80000000};
	bool is_back = data[0] & 1, is_self = (data[0] & 0x3e) == 0x3e;
	uint8_t family = data[0] & 2 ? 6 : 4;
	struct endpoint ends[2] = {{.family = family, .address = {1}, .port = data[0] >> 6},
		{.family = family, .address = {2}, .port = 7}};

	*now_ns += (int64_t)(int8_t)data[7] * (data[7] & 1 ? 100000000 : 10000);
	*ret = (struct segment){
		.time_ns = *now_ns,
		.source = ends[is_back && !is_self],
		.destination = ends[!is_back && !is_self],
		.flags = data[1] & 0x3f,
		.seq = bases[data[2] & 3] + (data[2] >> 2),
		.ack = bases[data[3] & 3] + (data[3] >> 2),
		.payload = data[4] < 200 ? data[4] & 15u : (uint32_t)data[4] << (data[4] & 15),
		.window = data[5] & 0xf0,
		.ttl = data[5] & 0x0f,
		.ipid = data[6] & 0x7f,
		.has_timestamps = data[6] & 0x80,
		.has_window_shift = data[1] & 0x40,
		.window_shift = data[5] & 0x0f,
		.options_length = data[1] & 0x80 ? 12 : 0,
	};
}

static uint64_t one_by_one(
	struct flow_table *table, const struct segment *segments, uint32_t count, struct sum *sum)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct flow_note note;

		expect(!flow_add(table, &segments[i], i + 1, &note));
		expect(note.new_bytes <= segments[i].payload);
		/* a foreign SYN's bytes are news only once it turns out to have begun a connection
		 */
		bytes += segments[i].flags & SEGMENT_SYN ? segments[i].payload : note.new_bytes;
		if (i % BATCH == BATCH - 1)
			flow_take_ended(table, segments[i].time_ns, take, sum);
	}
	expect(!flow_take_all(table, take, sum));
	return bytes;
}

static void in_batches(
	struct flow_table *table, const struct segment *segments, uint32_t count, struct sum *sum)
{
	for (uint32_t i = 0; i < count; i += BATCH) {
		uint32_t frames[BATCH], hashes[BATCH], n = count - i < BATCH ? count - i : BATCH;

		for (uint32_t j = 0; j < n; j++) {
			frames[j] = i + j + 1;
			hashes[j] = flow_hash(&segments[i + j]);
		}
		expect(!flow_add_batch(table, segments + i, frames, hashes, n));
		if (n == BATCH)
			flow_take_ended(table, segments[i + n - 1].time_ns, take, sum);
	}
	expect(!flow_take_all(table, take, sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct segment segments[SEGMENTS_MAX];
	struct flow_table *table = NULL, *noted = NULL;
	struct sum one = {0}, other = {0};
	int64_t now_ns = INT64_C(1000000000000);
	uint32_t count = 0;

	for (; size >= STEP && count < SEGMENTS_MAX; data += STEP, size -= STEP)
		segment_make(data, &now_ns, &segments[count++]);
	if (flow_table_new(&table) < 0 || flow_table_new(&noted) < 0) {
		flow_table_free(table);
		return 0;
	}
	expect(one_by_one(noted, segments, count, &one) >= one.bytes);
	expect(one.frames == count && (!count || one.most + 1 == one.histories));
	in_batches(table, segments, count, &other);
	flow_table_free(table);
	flow_table_free(noted);
	expect(one.histories == other.histories && one.digest == other.digest);
	return 0;
}
