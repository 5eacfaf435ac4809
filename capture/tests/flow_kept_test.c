/* SPDX-License-Identifier: MIT */
/* Connections that come, end and go -> when they are handed over, in which order, and how much
 * memory is left to them. */
#include "flow.h"

#include <string.h>

#include "run.h"

enum {
	F = SEGMENT_FIN,
	Y = SEGMENT_SYN,
	R = SEGMENT_RST,
	A = SEGMENT_ACK,
	MANY = 100000,
	BATCH = 3000,
	BYTES_MOST = 256, /* of a live connection */
};

#define SECOND INT64_C(1000000000)

struct seen {
	unsigned count;
	uint32_t numbers[8];
	bool are_cut[8];
	bool are_in_order;
	uint32_t last;
};

static void take(const struct history *history, void *data)
{
	struct seen *seen = data;

	if (seen->count < 8) {
		seen->numbers[seen->count] = history->number;
		seen->are_cut[seen->count] = history->is_cut;
	}
	seen->are_in_order = !seen->count || (seen->are_in_order && history->number > seen->last);
	seen->last = history->number;
	seen->count++;
}

static struct flow_table *table_make(void)
{
	struct flow_table *table;

	ck_assert_int_eq(flow_table_new(&table), 0);
	return table;
}

/* Client `who` and the server of all. */
static void send_over(struct flow_table *table, uint8_t family, int64_t time_ns, unsigned who,
	char from, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct endpoint client = {.family = family,
		.address = {10, (uint8_t)(who >> 24), (uint8_t)(who >> 16), 1},
		.port = (uint16_t)who};
	struct endpoint server = {.family = family, .address = {10, 0, 0, 2}, .port = 443};
	struct segment segment = {.time_ns = time_ns,
		.source = from == 'C' ? client : server,
		.destination = from == 'C' ? server : client,
		.flags = flags,
		.seq = seq,
		.ack = ack,
		.window = 500,
		.ttl = 64};

	ck_assert_int_eq(flow_add(table, &segment, 0, NULL), 0);
}

static void send_from(struct flow_table *table, int64_t time_ns, unsigned who, char from,
	uint8_t flags, uint32_t seq, uint32_t ack)
{
	send_over(table, 4, time_ns, who, from, flags, seq, ack);
}

static void open_at(struct flow_table *table, int64_t time_ns, unsigned who)
{
	send_from(table, time_ns, who, 'C', Y, 100, 0);
	send_from(table, time_ns, who, 'S', Y | A, 500, 101);
	send_from(table, time_ns, who, 'C', A, 101, 501);
}

static void close_at(struct flow_table *table, int64_t time_ns, unsigned who)
{
	send_from(table, time_ns, who, 'C', F | A, 101, 501);
	send_from(table, time_ns, who, 'S', F | A, 501, 102);
	send_from(table, time_ns, who, 'C', A, 102, 502);
}

static unsigned taken_at(struct flow_table *table, int64_t time_ns)
{
	struct seen seen = {0};

	flow_take_ended(table, time_ns, take, &seen);
	return seen.count;
}

START_TEST(handed_over_once_quiet)
{
	struct flow_table *table = table_make();

	open_at(table, 1 * SECOND, 1);
	ck_assert_uint_eq(taken_at(table, 100 * SECOND), 0);
	close_at(table, 100 * SECOND, 1);
	ck_assert_uint_eq(taken_at(table, 110 * SECOND - 1), 0);
	ck_assert_uint_eq(flow_kept(table), 1);
	ck_assert_uint_eq(taken_at(table, 110 * SECOND), 1);
	ck_assert_uint_eq(flow_kept(table), 0);
	ck_assert_uint_eq(taken_at(table, 999 * SECOND), 0);
	flow_table_free(table);
}
END_TEST

START_TEST(quiet_is_asked_for)
{
	struct flow_table *table = table_make();

	flow_set_quiet(table, SECOND);
	open_at(table, 1 * SECOND, 1);
	close_at(table, 1 * SECOND, 1);
	ck_assert_uint_eq(taken_at(table, 2 * SECOND - 1), 0);
	ck_assert_uint_eq(taken_at(table, 2 * SECOND), 1);
	flow_table_free(table);
}
END_TEST

/* What comes behind the end keeps it, but nobody else. */
START_TEST(whoever_talks_on_waits_on)
{
	struct flow_table *table = table_make();

	for (unsigned who = 1; who <= 2; who++) {
		open_at(table, 1 * SECOND, who);
		close_at(table, 1 * SECOND, who);
	}
	send_from(table, 6 * SECOND, 1, 'S', F | A, 501, 102);
	ck_assert_uint_eq(taken_at(table, 11 * SECOND), 1);
	ck_assert_uint_eq(taken_at(table, 16 * SECOND - 1), 0);
	ck_assert_uint_eq(taken_at(table, 16 * SECOND), 1);
	flow_table_free(table);
}
END_TEST

START_TEST(whoever_lives_on_is_kept)
{
	struct flow_table *table = table_make();
	struct seen seen = {0};

	open_at(table, 1 * SECOND, 1);
	send_from(table, 2 * SECOND, 1, 'S', R | A, 501, 101);
	send_from(table, 3 * SECOND, 1, 'S', F | A, 501, 101);
	ck_assert_uint_eq(taken_at(table, 99 * SECOND), 0);
	ck_assert_int_eq(flow_take_all(table, take, &seen), 0);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(seen.are_cut[0]);
	flow_table_free(table);
}
END_TEST

START_TEST(whoever_is_followed_goes)
{
	struct flow_table *table = table_make();
	struct seen seen = {0};

	open_at(table, 1 * SECOND, 1);
	send_from(table, 2 * SECOND, 1, 'C', Y, 70000, 0);
	send_from(table, 2 * SECOND, 1, 'S', Y | A, 80000, 70001);
	flow_take_ended(table, 12 * SECOND, take, &seen);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.numbers[0], 0);
	ck_assert(!seen.are_cut[0]);
	send_from(table, 13 * SECOND, 1, 'C', A, 70001, 80001);
	ck_assert_int_eq(flow_take_all(table, take, &seen), 0);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.numbers[1], 1);
	ck_assert(seen.are_cut[1]);
	flow_table_free(table);
}
END_TEST

START_TEST(the_rest_comes_in_order)
{
	struct flow_table *table = table_make();
	struct seen seen = {0};

	for (unsigned who = 0; who < 1000; who++)
		open_at(table, SECOND, who * 7919);
	ck_assert_int_eq(flow_take_all(table, take, &seen), 0);
	ck_assert_uint_eq(seen.count, 1000);
	ck_assert(seen.are_in_order);
	ck_assert_uint_eq(flow_kept(table), 0);
	flow_table_free(table);
}
END_TEST

/* With all that belongs to them; and with hash slots as sparse as they get. */
static void live_connections_take(uint8_t family)
{
	struct flow_table *table = table_make();
	double most = 0;

	for (unsigned who = 0; who < MANY; who++) {
		send_over(table, family, SECOND, who, 'C', Y, 100, 0);
		send_over(table, family, SECOND, who, 'S', Y | A, 500, 101);
		send_over(table, family, SECOND, who, 'C', A, 101, 501);
		if (who > MANY / 2 && (double)flow_bytes(table) / (who + 1) > most)
			most = (double)flow_bytes(table) / (who + 1);
	}
	ck_assert_uint_eq(flow_kept(table), MANY);
	fprintf(stderr, "%.1f bytes at most for a live connection over IPv%d\n", most, family);
	ck_assert_double_le(most, BYTES_MOST);
	flow_table_free(table);
}

START_TEST(live_connections_are_small)
{
	live_connections_take(4);
	live_connections_take(6);
}
END_TEST

/* However many there were. */
START_TEST(ended_connections_leave_no_memory)
{
	struct flow_table *table = table_make();
	struct seen seen = {0};
	size_t bytes = 0;

	flow_set_quiet(table, SECOND);
	for (unsigned who = 0; who < MANY; who++) {
		int64_t time_ns = (1000 + who) * SECOND / 1000;

		open_at(table, time_ns, who);
		send_from(table, time_ns, who, 'S', R | A, 501, 101);
		flow_take_ended(table, time_ns, take, &seen);
		ck_assert_uint_le(flow_kept(table), 1001);
		if (who == MANY / 10)
			bytes = flow_bytes(table);
	}
	ck_assert_uint_eq(flow_bytes(table), bytes);
	ck_assert_uint_eq(seen.count + flow_kept(table), MANY);
	flow_table_free(table);
}
END_TEST

/* What was ever allocated for a capture of so many connections, a second of which is kept. */
static size_t bytes_for(unsigned connections)
{
	struct flow_table *table = table_make();
	struct seen seen = {0};
	size_t bytes;

	flow_set_quiet(table, SECOND);
	for (unsigned who = 0; who < connections; who++) {
		int64_t time_ns = (1000 + who) * SECOND / 1000;

		open_at(table, time_ns, who);
		close_at(table, time_ns, who);
		flow_take_ended(table, time_ns, take, &seen);
	}
	ck_assert_uint_eq(seen.count + flow_kept(table), connections);
	bytes = flow_bytes(table); /* grows only */
	flow_table_free(table);
	return bytes;
}

START_TEST(memory_is_not_of_the_length)
{
	ck_assert_uint_gt(bytes_for(20000), bytes_for(10));
	ck_assert_uint_eq(bytes_for(20000), bytes_for(200000));
}
END_TEST

/* Each reset by itself begins a connection and ends it: as much as one segment can do. */
START_TEST(all_of_a_batch_may_end)
{
	static struct segment segments[BATCH];
	static uint32_t frames[BATCH], hashes[BATCH];
	struct flow_table *table = table_make();
	struct seen seen = {0};

	for (unsigned i = 0; i < BATCH; i++) {
		segments[i] = (struct segment){.time_ns = SECOND,
			.source = {.family = 4, .address = {10, 0, 0, 1}, .port = 1},
			.destination = {.family = 4,
				.address = {10, 0, 0, 2},
				.port = (uint16_t)(1000 + i)},
			.flags = R};
		frames[i] = i + 1;
		hashes[i] = flow_hash(&segments[i]);
	}
	ck_assert_int_eq(flow_add_batch(table, segments, frames, hashes, BATCH), 0);
	ck_assert_uint_eq(flow_kept(table), BATCH);
	flow_take_ended(table, 100 * SECOND, take, &seen);
	ck_assert_uint_eq(seen.count, BATCH);
	ck_assert(seen.are_in_order);
	ck_assert_uint_eq(flow_kept(table), 0);
	flow_table_free(table);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("flow_kept");

	tcase_add_test(tcase, handed_over_once_quiet);
	tcase_add_test(tcase, quiet_is_asked_for);
	tcase_add_test(tcase, whoever_talks_on_waits_on);
	tcase_add_test(tcase, whoever_lives_on_is_kept);
	tcase_add_test(tcase, whoever_is_followed_goes);
	tcase_add_test(tcase, the_rest_comes_in_order);
	tcase_add_test(tcase, live_connections_are_small);
	tcase_add_test(tcase, ended_connections_leave_no_memory);
	tcase_add_test(tcase, memory_is_not_of_the_length);
	tcase_add_test(tcase, all_of_a_batch_may_end);
	return tcase_run(tcase);
}
