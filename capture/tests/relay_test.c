/* SPDX-License-Identifier: MIT */
/* A capture of many batches, read along and read ahead by a thread: the same segments, in the same
 * order, with the same ending; the same histories of connections, made by the thread, each behind
 * the same; and nothing is left behind where somebody stops in between. */
#include "relay.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run.h"
#include "same.h"
#include "savefile.h"

enum { FRAMES = 60 * BATCH_FRAMES + 77, CUT = 30 };

#define STEP_NS INT64_C(1000000)

static char path[64];
static int fd;

/* Ethernet, IPv4, TCP with the frame's number as sequence number: two frames are a connection from
 * a port of its own, SYN and RST; each tenth frame is of another kind, and each hundredth cut. */
static void frame_make(uint32_t number, uint8_t bytes[54], struct frame *ret)
{
	static const uint8_t model[54] = {[12] = 8,
		[14] = 0x45,
		[17] = 40,
		[22] = 64,
		[23] = 6,
		[26] = 10,
		[30] = 10,
		[33] = 1,
		[46] = 0x50};

	memcpy(bytes, model, sizeof(model));
	for (int i = 0; i < 4; i++)
		bytes[38 + i] = (uint8_t)(number >> (24 - 8 * i));
	bytes[34] = (uint8_t)(number / 2 >> 8);
	bytes[35] = (uint8_t)(number / 2);
	bytes[47] = number % 2 ? SEGMENT_RST : SEGMENT_SYN;
	if (number % 10 == 3)
		bytes[12] = 9;
	*ret = (struct frame){.time_ns = number * STEP_NS,
		.bytes = bytes,
		.captured = number % 100 == 7 ? 40 : 54,
		.length = 54};
}

static void capture_make(void)
{
	struct savefile *savefile;
	uint8_t bytes[54];
	struct frame frame;

	fd = memfd_create("relay", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(savefile_open(path, 1, &savefile), 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		frame_make(i, bytes, &frame);
		ck_assert_int_eq(savefile_add(savefile, &frame), 0);
	}
	ck_assert_int_eq(savefile_close(savefile), 0);
}

static void capture_remove(void)
{
	close(fd);
}

static struct file *capture_open(void)
{
	char error[FILE_ERROR_SIZE];
	struct file *file;

	ck_assert_msg(!file_open(path, &file, error), "%s", error);
	return file;
}

static void batch_check(const struct batch *want, const struct batch *saw)
{
	ck_assert_uint_eq(saw->frames, want->frames);
	ck_assert_uint_eq(saw->count, want->count);
	ck_assert_uint_eq(saw->short_frames, want->short_frames);
	for (unsigned i = 0; i < want->count; i++) {
		ck_assert_uint_eq(saw->numbers[i], want->numbers[i]);
		ck_assert_uint_eq(saw->hashes[i], want->hashes[i]);
		ck_assert(segment_equals(&saw->segments[i], &want->segments[i]));
	}
}

/* Returns how many segments there were. */
static unsigned compare(void)
{
	struct file *along = capture_open(), *ahead = capture_open();
	const struct batch *saw;
	struct relay *relay;
	struct batch want;
	unsigned count = 0;
	int n;

	ck_assert_int_eq(relay_start(ahead, NULL, NULL, &relay), 0);
	do {
		n = batch_read(along, &want);
		ck_assert_int_eq(relay_next(relay, &saw), n);
		if (n > 0)
			batch_check(&want, saw);
		count += want.count;
	} while (n > 0);
	ck_assert_int_eq(relay_next(relay, &saw), 0);
	relay_stop(relay);
	ck_assert_uint_eq(file_records(ahead), file_records(along));
	ck_assert_int_eq(!file_note(ahead), !file_note(along));
	file_close(ahead);
	file_close(along);
	return count;
}

START_TEST(reads_what_is_there)
{
	struct batch batch;
	struct file *file = capture_open();

	ck_assert_int_gt(batch_read(file, &batch), 20);
	ck_assert_uint_eq(batch.numbers[0], 1);
	ck_assert_uint_eq(batch.segments[0].seq, 0);
	ck_assert_uint_eq(batch.numbers[3], 5); /* the fourth frame is none */
	ck_assert_uint_eq(batch.segments[3].seq, 4);
	ck_assert_int_eq(batch.segments[3].time_ns, 4 * STEP_NS);
	file_close(file);
}
END_TEST

START_TEST(reads_the_same_ahead)
{
	unsigned others = (FRAMES + 6) / 10, cut = (FRAMES + 92) / 100;

	ck_assert_uint_eq(compare(), FRAMES - others - cut);
}
END_TEST

START_TEST(tells_the_same_end)
{
	ck_assert_int_eq(ftruncate(fd, lseek(fd, 0, SEEK_END) - CUT), 0);
	compare();
}
END_TEST

/* Of a history, what tells it from the others, and behind what it came. */
struct told {
	uint32_t number, segments;
	int64_t begun_ns, ended_ns, seen_until_ns, before_ns;
};

static struct tale {
	struct told told[FRAMES];
	size_t count;
	int64_t before_ns; /* if histories are made along */
} tales[2];

static void note(const struct history *history, int64_t before_ns, void *data)
{
	struct tale *tale = data;

	ck_assert_uint_lt(tale->count, FRAMES);
	tale->told[tale->count++] = (struct told){history->number, history->segments,
		history->begun_ns, history->ended_ns, history->seen_until_ns, before_ns};
}

static void note_along(const struct history *history, void *data)
{
	struct tale *tale = data;

	note(history, tale->before_ns, tale);
}

static struct flow_table *flows_new(void)
{
	struct flow_table *flows;

	ck_assert_int_eq(flow_table_new(&flows), 0);
	return flows;
}

static int64_t follow(struct flow_table *flows, const struct batch *batch)
{
	ck_assert_int_eq(
		flow_add_batch(flows, batch->segments, batch->numbers, batch->hashes, batch->count),
		0);
	return batch->segments[batch->count - 1].time_ns;
}

/* Stops after so many batches, or takes the rest behind the last. */
static void follow_along(struct tale *tale, int most)
{
	struct file *file = capture_open();
	struct flow_table *flows = flows_new();
	struct batch batch;
	int batches = 0;
	int64_t now_ns;

	tale->count = 0;
	tale->before_ns = INT64_MIN;
	for (; batches < most && batch_read(file, &batch) > 0; batches++) {
		now_ns = follow(flows, &batch);
		flow_take_ended(flows, now_ns, note_along, tale);
		tale->before_ns = now_ns;
	}
	if (batches < most)
		ck_assert_int_eq(flow_take_all(flows, note_along, tale), 0);
	flow_table_free(flows);
	file_close(file);
}

static void follow_ahead(struct tale *tale, int most)
{
	struct file *file = capture_open();
	struct flow_table *flows = flows_new();
	const struct batch *batch;
	struct relay *relay;
	int batches = 0;

	tale->count = 0;
	ck_assert_int_eq(relay_start(file, note, tale, &relay), 0);
	for (; batches < most && relay_next(relay, &batch) > 0; batches++)
		relay_take_ended(relay, flows, follow(flows, batch));
	if (batches < most)
		ck_assert_int_eq(relay_take_all(relay, flows), 0);
	relay_stop(relay);
	flow_table_free(flows);
	file_close(file);
}

/* Returns how many histories there were. */
static size_t compare_histories(int batches)
{
	follow_along(&tales[0], batches);
	follow_ahead(&tales[1], batches);
	ck_assert_uint_eq(tales[0].count, tales[1].count);
	for (size_t i = 0; i < tales[0].count; i++)
		ck_assert_mem_eq(&tales[1].told[i], &tales[0].told[i], sizeof(struct told));
	return tales[0].count;
}

START_TEST(makes_the_same_histories)
{
	ck_assert_uint_gt(compare_histories(INT_MAX), FRAMES * 2 / 5);
}
END_TEST

/* What was handed over by then is told, nothing else. */
START_TEST(tells_all_where_it_stops)
{
	size_t before = 0;

	for (int batches = 45; batches < 60; batches += 3) {
		size_t count = compare_histories(batches);

		ck_assert_uint_gt(count, before);
		before = count;
	}
}
END_TEST

/* With nothing read, in the midst of it, with the reader waiting for room, and at the end. */
START_TEST(stops_at_any_time)
{
	const struct batch *batch;
	struct relay *relay;

	for (int batches = 0; batches < 70; batches += 1 + batches / 4) {
		struct file *file = capture_open();

		ck_assert_int_eq(relay_start(file, NULL, NULL, &relay), 0);
		for (int i = 0; i < batches; i++)
			ck_assert_int_ge(relay_next(relay, &batch), 0);
		relay_stop(relay);
		file_close(file);
	}
	relay_stop(NULL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("relay");

	tcase_add_checked_fixture(tcase, capture_make, capture_remove);
	tcase_add_test(tcase, reads_what_is_there);
	tcase_add_test(tcase, reads_the_same_ahead);
	tcase_add_test(tcase, tells_the_same_end);
	tcase_add_test(tcase, makes_the_same_histories);
	tcase_add_test(tcase, tells_all_where_it_stops);
	tcase_add_test(tcase, stops_at_any_time);
	return tcase_run(tcase);
}
