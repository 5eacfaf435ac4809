/* SPDX-License-Identifier: MIT */
/* Thousands of connections at random, of which all is known, on few 4-tuples and interleaved ->
 * each of them is found, once, with its bytes, FINs and resets, whatever the capture did to the
 * frames: in another order within a millisecond, each of them twice, from above a device that cuts.
 * And no reset of theirs is called odd. The long way and the short one lead to the same. */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include "history_digest.h"
#include "run.h"

enum {
	SEEDS = 4,
	ODD_ONE_IN = 40, /* segments */
	TUPLES = 64,
	CONNECTIONS = 40, /* one behind the other on each 4-tuple */
	FRAMES_MAX = 400000,
	TRUTHS_MAX = TUPLES * CONNECTIONS,
	SHUFFLE_NS = 1000000,
	QUIET_BETWEEN_NS = 3000000,
};

enum mode { MODE_PLAIN, MODE_SHUFFLED, MODE_DOUBLED, MODES };

static const char *const mode_names[] = {"plain", "shuffled", "doubled"};

struct truth {
	uint32_t first_frame, frames, copies;
	uint64_t bytes[2]; /* by client, server */
	uint32_t retransmissions[2];
	bool has_fin[2];
	uint32_t resets;
	bool is_found, is_left_open, follows_another;
};

struct made {
	struct segment segment;
	int64_t order_ns;
	uint32_t truth;
	bool is_copy;
};

static struct made frames[FRAMES_MAX];
static struct truth truths[TRUTHS_MAX];
static unsigned frames_count, truths_count;
static uint64_t seed;
static enum mode mode;

/* One end of the connection that is being made. */
struct side {
	uint32_t seq;
	uint16_t ipid;
};

struct maker {
	struct endpoint ends[2];
	struct side sides[2];
	struct truth *truth;
	int64_t now_ns;
};

static uint32_t random_below(uint32_t most)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % most;
}

static void frame_add(const struct maker *maker, const struct segment *segment)
{
	bool is_doubled = mode == MODE_DOUBLED;

	for (int copy = 0; copy <= is_doubled; copy++) {
		struct made *made = &frames[frames_count];

		ck_assert_uint_lt(frames_count, FRAMES_MAX);
		made->segment = *segment;
		made->segment.time_ns += copy * (10000 + (int64_t)random_below(90000));
		made->order_ns = made->segment.time_ns +
			(mode == MODE_SHUFFLED ? random_below(SHUFFLE_NS) : 0);
		made->truth = (uint32_t)(maker->truth - truths);
		made->is_copy = copy;
		frames_count++;
	}
	maker->truth->frames++;
	maker->truth->copies += is_doubled;
}

static void send_at(struct maker *maker, int from, uint8_t flags, uint32_t seq, uint32_t payload)
{
	struct side *own = &maker->sides[from], *peer = &maker->sides[!from];
	bool is_ip6 = maker->ends[0].family == 6;
	bool is_from_nobody = flags == SEGMENT_RST || (flags & SEGMENT_RST && !seq);
	struct segment segment = {
		.time_ns = maker->now_ns,
		.source = maker->ends[from],
		.destination = maker->ends[!from],
		.flags = flags,
		.seq = seq,
		.ack = flags & SEGMENT_ACK ? peer->seq : 0,
		.window = is_from_nobody ? 0 : (uint16_t)(500 + random_below(5)),
		.ttl = from ? 57 : 64,
		.ipid = is_ip6 || is_from_nobody ? 0 : ++own->ipid,
		.payload = payload,
		.has_timestamps = !is_from_nobody,
		.options_length = is_from_nobody ? 0 : 12,
		.tsval = is_from_nobody ? 0 : (uint32_t)(maker->now_ns / 1000000),
	};

	frame_add(maker, &segment);
	maker->now_ns += 200000 + random_below(2000000);
}

static void send_one(struct maker *maker, int from, uint8_t flags)
{
	struct side *own = &maker->sides[from];

	send_at(maker, from, flags, own->seq, 0);
	own->seq += !!(flags & SEGMENT_SYN) + !!(flags & SEGMENT_FIN);
	maker->truth->has_fin[from] |= !!(flags & SEGMENT_FIN);
	maker->truth->resets += !!(flags & SEGMENT_RST);
}

static void send_bytes(struct maker *maker, int from)
{
	struct side *own = &maker->sides[from];
	uint32_t seq = own->seq, payload = 1 + random_below(random_below(9) ? 3000 : 65000);

	own->seq += payload;
	send_at(maker, from, SEGMENT_ACK | SEGMENT_PSH, seq, payload);
	maker->truth->bytes[from] += payload;
	if (random_below(8))
		return;
	maker->now_ns += 200000000;
	send_at(maker, from, SEGMENT_ACK | SEGMENT_PSH, seq, payload);
	maker->truth->retransmissions[from]++;
}

static void open_make(struct maker *maker)
{
	send_one(maker, 0, SEGMENT_SYN);
	send_one(maker, 1, SEGMENT_SYN | SEGMENT_ACK);
	maker->now_ns += SHUFFLE_NS; /* else whatever comes first might be the one before's */
	send_one(maker, 0, SEGMENT_ACK);
}

static void talk_make(struct maker *maker)
{
	for (uint32_t i = random_below(6); i; i--) {
		int from = random_below(2);

		send_bytes(maker, from);
		if (random_below(2))
			send_one(maker, !from, SEGMENT_ACK);
	}
}

static void close_make(struct maker *maker)
{
	int first = random_below(2);

	open_make(maker);
	talk_make(maker);
	send_one(maker, first, SEGMENT_FIN | SEGMENT_ACK);
	if (random_below(2))
		send_one(maker, !first, SEGMENT_ACK);
	if (random_below(4) == 0)
		send_bytes(maker, !first);
	send_one(maker, !first, SEGMENT_FIN | SEGMENT_ACK);
	send_one(maker, first, SEGMENT_ACK);
}

static void abort_make(struct maker *maker)
{
	int from = random_below(2);

	open_make(maker);
	talk_make(maker);
	send_one(maker, from, SEGMENT_RST | SEGMENT_ACK);
}

/* Bytes for who has closed, and is asked for no more. */
static void late_make(struct maker *maker)
{
	open_make(maker);
	talk_make(maker);
	send_one(maker, 1, SEGMENT_FIN | SEGMENT_ACK);
	send_one(maker, 0, SEGMENT_ACK);
	send_bytes(maker, 0);
	send_one(maker, 1, SEGMENT_RST);
}

/* A refusal that was captured before its SYN could be anybody's. */
static void refused_make(struct maker *maker)
{
	send_one(maker, 0, SEGMENT_SYN);
	maker->now_ns += SHUFFLE_NS;
	maker->sides[1].seq = 0;
	send_one(maker, 1, SEGMENT_RST | SEGMENT_ACK);
}

static void unanswered_make(struct maker *maker)
{
	send_one(maker, 0, SEGMENT_SYN);
	maker->now_ns += 1000000000; /* RFC 6298 2 */
	maker->sides[0].seq--;
	send_one(maker, 0, SEGMENT_SYN);
	maker->truth->is_left_open = true;
}

/* Then another one begins: the server has forgotten it. */
static void left_make(struct maker *maker)
{
	open_make(maker);
	send_bytes(maker, 0);
	send_one(maker, 1, SEGMENT_ACK);
	maker->truth->is_left_open = true;
}

typedef void make_function(struct maker *maker);
static make_function *const makes[] = {close_make, close_make, close_make, abort_make, late_make,
	refused_make, unanswered_make, left_make};

enum { MAKES = sizeof(makes) / sizeof(*makes) };

/* Initial numbers as Linux chooses them: a clock, and a secret for each 4-tuple. */
static void tuple_make(unsigned tuple)
{
	struct maker maker = {.now_ns = 1000000000 + (int64_t)random_below(1000) * 1000000};
	uint32_t secrets[2] = {random_below(UINT32_MAX), random_below(UINT32_MAX)};

	for (int i = 0; i < 2; i++)
		maker.ends[i] = (struct endpoint){.family = tuple % 4 ? 4 : 6,
			.address = {10, 0, (uint8_t)i, i ? 1 : (uint8_t)(tuple / 16)},
			.port = i ? 443 : (uint16_t)(40000 + tuple % 16)};
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		maker.truth = &truths[truths_count++];
		*maker.truth = (struct truth){.follows_another = i > 0};
		for (int side = 0; side < 2; side++)
			maker.sides[side] =
				(struct side){.seq = secrets[side] + (uint32_t)(maker.now_ns >> 6),
					.ipid = (uint16_t)random_below(UINT16_MAX)};
		makes[random_below(MAKES)](&maker);
		maker.now_ns += QUIET_BETWEEN_NS +
			(random_below(3) ? random_below(50000000) : random_below(2000000000));
	}
}

static int made_compare(const void *a, const void *b)
{
	const struct made *left = a, *right = b;

	if (left->order_ns != right->order_ns)
		return left->order_ns < right->order_ns ? -1 : 1;
	return (left > right) - (left < right);
}

static void capture_make(void)
{
	frames_count = truths_count = 0;
	for (unsigned i = 0; i < TUPLES; i++)
		tuple_make(i);
	qsort(frames, frames_count, sizeof(*frames), made_compare);
	for (uint32_t i = frames_count; i > 0; i--)
		truths[frames[i - 1].truth].first_frame = i;
}

static struct truth *truth_find(const struct history *history)
{
	ck_assert_uint_ge(history->first_frame, 1);
	ck_assert_uint_le(history->first_frame, frames_count);
	return &truths[frames[history->first_frame - 1].truth];
}

#define SAME(what, saw, want)                                                                     \
	ck_assert_msg((saw) == (want), "%s, frame %u: %s: want %llu, saw %llu", mode_names[mode], \
		history->first_frame, what, (unsigned long long)(want), (unsigned long long)(saw))

static void resets_check(const struct history *history, const struct truth *truth)
{
	SAME("resets", history->resets_count, truth->resets);
	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++)
		SAME("oddities", history->resets[i].oddities, 0);
}

static void direction_check(const struct history *history, const struct truth *truth, unsigned end)
{
	unsigned side = history->ends[end].port == 443;
	const struct history_direction *direction = &history->directions[end];

	SAME("bytes", direction->bytes, truth->bytes[side]);
	SAME("FIN", direction->has_fin, truth->has_fin[side]);
	SAME("retransmissions", direction->retransmissions, truth->retransmissions[side]);
}

static void history_check(const struct history *history, void *data)
{
	struct truth *truth = truth_find(history);
	unsigned *seen = data;

	++*seen;
	SAME("first frame", history->first_frame, truth->first_frame);
	ck_assert_msg(!truth->is_found, "frame %u: twice", truth->first_frame);
	truth->is_found = true;
	SAME("segments", history->segments, truth->frames);
	SAME("copies", history->duplicates, truth->copies);
	SAME("follows another", history->previous != UINT32_MAX, truth->follows_another);
	for (unsigned end = 0; end < 2; end++)
		direction_check(history, truth, end);
	resets_check(history, truth);
}

static void capture_play(struct flow_table *table, unsigned *seen)
{
	unsigned begun = 0;

	for (uint32_t i = 0; i < frames_count; i++) {
		const struct segment *segment = &frames[i].segment;
		struct flow_note note;

		ck_assert_int_eq(flow_add(table, segment, i + 1, &note), 0);
		ck_assert_uint_le(note.connection, begun);
		begun = note.connection >= begun ? note.connection + 1 : begun;
		if (i % 16 == 0)
			flow_take_ended(table, segment->time_ns, history_check, seen);
	}
	ck_assert_uint_eq(begun, truths_count);
}

START_TEST(what_is_known_is_found)
{
	struct flow_table *table;
	unsigned seen = 0;

	seed = (uint64_t)_i / MODES + 1;
	mode = (enum mode)(_i % MODES);
	capture_make();
	ck_assert_int_eq(flow_table_new(&table), 0);
	capture_play(table, &seen);
	ck_assert_int_eq(flow_take_all(table, history_check, &seen), 0);
	ck_assert_uint_eq(seen, truths_count);
	flow_table_free(table);
}
END_TEST

/* A host that knows nothing of the connection answers (RFC 9293 3.10.7.1). */
static struct segment segment_answer(const struct segment *segment)
{
	return (struct segment){
		.time_ns = segment->time_ns + random_below(1000) * 1000,
		.source = segment->destination,
		.destination = segment->source,
		.flags = SEGMENT_RST,
		.seq = segment->ack,
		.ttl = 64,
		.ipid = (uint16_t)random_below(65536),
	};
}

/* Something that the sender of the segments before it would not do. */
static void frame_disturb(uint32_t i)
{
	struct segment *segment = &frames[i].segment;

	switch (random_below(12)) {
	case 0: segment->ttl -= (uint8_t)random_below(3); break;
	case 1: segment->window = 0; break;
	case 2: segment->ipid = 0; break;
	case 3: segment->ipid += 5000; break;
	case 4: segment->has_timestamps = !segment->has_timestamps; break;
	case 5: segment->seq += random_below(3) - 1; break;
	case 6: segment->ack += random_below(3) - 1; break;
	case 7: segment->payload += random_below(2000); break;
	case 8: segment->flags ^= (uint8_t)(1u << random_below(6)); break;
	case 9: segment->flags |= SEGMENT_FIN; break;
	case 10: segment->time_ns += random_below(100) * SHUFFLE_NS; break;
	case 11: frames[(i + 1) % frames_count].segment = segment_answer(segment); break;
	}
}

static void digest_take(const struct history *history, void *data)
{
	uint64_t *digest = data;

	*digest = history_digest(*digest, history);
}

/* Who asks for notes goes the long way. */
static uint64_t digest_of(bool has_notes)
{
	struct flow_table *table;
	struct flow_note note;
	uint64_t digest = 0;

	ck_assert_int_eq(flow_table_new(&table), 0);
	for (uint32_t i = 0; i < frames_count; i++) {
		ck_assert_int_eq(
			flow_add(table, &frames[i].segment, i + 1, has_notes ? &note : NULL), 0);
		if (i % 16 == 0)
			flow_take_ended(table, frames[i].segment.time_ns, digest_take, &digest);
	}
	ck_assert_int_eq(flow_take_all(table, digest_take, &digest), 0);
	flow_table_free(table);
	return digest;
}

START_TEST(both_ways_lead_to_the_same)
{
	seed = (uint64_t)_i / MODES + 1;
	mode = (enum mode)(_i % MODES);
	capture_make();
	ck_assert_uint_eq(digest_of(true), digest_of(false));
	for (uint32_t i = 0; i < frames_count; i++)
		if (!random_below(ODD_ONE_IN))
			frame_disturb(i);
	ck_assert_uint_eq(digest_of(true), digest_of(false));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("flow_random");

	tcase_add_loop_test(tcase, what_is_known_is_found, 0, SEEDS * MODES);
	tcase_add_loop_test(tcase, both_ways_lead_to_the_same, 0, SEEDS * MODES);
	return tcase_run(tcase);
}
