/* SPDX-License-Identifier: MIT */
/* Tables of segments in capture order -> what flow_add() says of each. C (the client) and S (the
 * server) have one port each; X stands for a socket connected to itself. */
#include "flow.h"

#include <string.h>

#include "run.h"
#include "text.h"

enum {
	F = SEGMENT_FIN,
	Y = SEGMENT_SYN,
	R = SEGMENT_RST,
	A = SEGMENT_ACK,
	CLIENT_PORT = 40000,
	SERVER_PORT = 7000,
	STEPS_MAX = 16,
};

struct step {
	char from; /* 'C', 'S' or 'X' */
	uint8_t flags;
	uint32_t seq, ack, payload;
	const char *want;
};

struct row {
	const char *name;
	struct step steps[STEPS_MAX];
};

#define HANDSHAKE                                                       \
	{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},                \
		{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 1"}, \
	{                                                               \
		'C', A, 1001, 5001, 0, "0 > seq 1 ack 1"                \
	}

static const struct row rows[] = {
	{"graceful",
		{HANDSHAKE, {'C', A, 1001, 5001, 7, "0 > new-bytes 7 seq 1 ack 1"},
			{'S', A, 5001, 1008, 0, "0 < seq 1 ack 8"},
			{'C', F | A, 1008, 5001, 0, "0 > new-fin seq 8 ack 1"},
			{'S', A, 5001, 1009, 0, "0 < seq 1 ack 9"},
			{'S', F | A, 5001, 1009, 3, "0 < new-bytes 3 new-fin seq 1 ack 9"},
			{'C', A, 1009, 5005, 0, "0 > seq 9 ack 5"}}},
	{"retransmitted SYN, SYN,ACK and FIN",
		{{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'C', Y, 1000, 0, 0, "0 > retransmission seq 0 ack 0"},
			{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 1"},
			{'S', Y | A, 5000, 1001, 0, "0 < retransmission seq 0 ack 1"},
			{'C', F | A, 1001, 5001, 0, "0 > new-fin seq 1 ack 1"},
			{'C', F | A, 1001, 5001, 0, "0 > retransmission seq 1 ack 1"}}},
	{"tail loss probe resends the last segment with its FIN",
		{HANDSHAKE, {'C', A, 1001, 5001, 100, "0 > new-bytes 100 seq 1 ack 1"},
			{'C', F | A, 1101, 5001, 50, "0 > new-bytes 50 new-fin seq 101 ack 1"},
			{'C', F | A, 1101, 5001, 50, "0 > retransmission seq 101 ack 1"}}},
	{"retransmission that carries new bytes and a first FIN too",
		{HANDSHAKE, {'C', A, 1001, 5001, 100, "0 > new-bytes 100 seq 1 ack 1"},
			{'C', A, 1051, 5001, 60, "0 > new-bytes 10 seq 51 ack 1"},
			{'C', F | A, 1001, 5001, 110, "0 > new-fin seq 1 ack 1"},
			{'C', A, 1001, 5001, 110, "0 > retransmission seq 1 ack 1"}}},
	{"keepalive probe",
		{HANDSHAKE, {'C', A, 1000, 5001, 0, "0 > probe seq 0 ack 1"},
			{'S', A, 5001, 1001, 0, "0 < seq 1 ack 1"},
			{'C', A, 1001, 5001, 5, "0 > new-bytes 5 seq 1 ack 1"},
			{'C', A, 1005, 5001, 1, "0 > retransmission probe seq 5 ack 1"}}},
	{"zero-window probe",
		{HANDSHAKE, {'C', A, 1001, 5001, 64000, "0 > new-bytes 64000 seq 1 ack 1"},
			{'S', A, 5001, 65001, 0, "0 < seq 1 ack 64001"},
			{'C', A, 65000, 5001, 0, "0 > probe seq 64000 ack 1"},
			{'C', A, 65001, 5001, 1, "0 > new-bytes 1 seq 64001 ack 1"}}},
	{"reset after FIN, twice",
		{HANDSHAKE, {'C', F | A, 1001, 5001, 0, "0 > new-fin seq 1 ack 1"},
			{'S', A, 5001, 1002, 9, "0 < new-bytes 9 seq 1 ack 2"},
			{'C', R, 1002, 0, 0, "0 > reset seq 2 ack 0"},
			{'S', A, 5010, 1002, 9, "0 < new-bytes 9 seq 10 ack 2"},
			{'C', R, 1002, 0, 0, "0 > reset seq 2 ack 0"}}},
	{"refused",
		{{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', R | A, 0, 1001, 0, "0 < reset seq 0 ack 1"},
			{'C', Y, 2000, 0, 0, "1 > new-syn seq 0 ack 0"},
			{'S', R | A, 0, 2001, 0, "1 < reset seq 0 ack 1"}}},
	{"refused, then answered on the same SYN",
		{{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', R | A, 0, 1001, 0, "0 < reset seq 0 ack 1"},
			{'C', Y, 1000, 0, 0, "0 > retransmission seq 0 ack 0"},
			{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 1"}}},
	{"reused 4-tuple, client again",
		{HANDSHAKE, {'C', F | A, 1001, 5001, 0, "0 > new-fin seq 1 ack 1"},
			{'S', F | A, 5001, 1002, 0, "0 < new-fin seq 1 ack 2"},
			{'C', Y, 90000, 0, 0, "1 > new-syn seq 0 ack 0"},
			{'S', Y | A, 70000, 90001, 0, "1 < new-syn seq 0 ack 1"},
			{'C', A, 90001, 70001, 4, "1 > new-bytes 4 seq 1 ack 1"},
			{'C', F | A, 90005, 70001, 0, "1 > new-fin seq 5 ack 1"}}},
	{"reused 4-tuple, server calls",
		{HANDSHAKE, {'C', R | A, 1001, 5001, 0, "0 > reset seq 1 ack 1"},
			{'S', Y, 6000, 0, 0, "1 > new-syn seq 0 ack 0"},
			{'C', Y | A, 2000, 6001, 0, "1 < new-syn seq 0 ack 1"}}},
	{"listener chose another number for the same SYN",
		{{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 1"},
			{'C', Y, 1000, 0, 0, "0 > retransmission seq 0 ack 0"},
			{'S', Y | A, 8000, 1001, 0, "0 < new-syn seq 0 ack 1"},
			{'C', A, 1001, 8001, 0, "0 > seq 1 ack 1"}}},
	{"sequence numbers wrap",
		{{'C', Y, 0xfffffffe, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', Y | A, 0xffffffff, 0xffffffff, 0, "0 < new-syn seq 0 ack 1"},
			{'C', A, 0xffffffff, 0, 4, "0 > new-bytes 4 seq 1 ack 1"},
			{'C', A, 0xffffffff, 0, 4, "0 > retransmission seq 1 ack 1"},
			{'C', A, 2, 0, 0, "0 > probe seq 4 ack 1"},
			{'S', A, 0, 3, 2, "0 < new-bytes 2 seq 1 ack 5"},
			{'C', F | A, 3, 2, 0, "0 > new-fin seq 5 ack 3"},
			{'S', F | A, 2, 4, 0, "0 < new-fin seq 3 ack 6"}}},
	{"more than 4 GiB",
		{HANDSHAKE,
			{'C', A, 1001, 5001, 0x70000000, "0 > new-bytes 1879048192 seq 1 ack 1"},
			{'C', A, 0x700003e9, 5001, 0x70000000,
				"0 > new-bytes 1879048192 seq 1879048193 ack 1"},
			{'C', A, 0xe00003e9, 5001, 0x70000000,
				"0 > new-bytes 1879048192 seq 3758096385 ack 1"},
			{'C', F | A, 0x500003e9, 5001, 0, "0 > new-fin seq 5637144577 ack 1"}}},
	{"simultaneous open",
		{{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', Y, 5000, 0, 0, "0 < new-syn seq 0 ack 0"},
			{'C', Y | A, 1000, 5001, 0, "0 > new-syn seq 0 ack 1"},
			{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 1"},
			{'S', A, 5001, 1001, 3, "0 < new-bytes 3 seq 1 ack 1"}}},
	{"connected to itself",
		{{'X', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'X', Y | A, 1000, 1001, 0, "0 > new-syn seq 0 ack 1"},
			{'X', A, 1001, 1001, 0, "0 > seq 1 ack 1"},
			{'X', A, 1001, 1001, 5, "0 > new-bytes 5 seq 1 ack 1"},
			{'X', F | A, 1006, 1006, 0, "0 > new-fin seq 6 ack 6"},
			{'X', Y, 9000, 0, 0, "1 > new-syn seq 0 ack 0"}}},
	{"bytes in the SYN (fast open)",
		{{'C', Y, 1000, 0, 10, "0 > new-syn new-bytes 10 seq 0 ack 0"},
			{'S', Y | A, 5000, 1011, 0, "0 < new-syn seq 0 ack 11"},
			{'C', F | A, 1011, 5001, 0, "0 > new-fin seq 11 ack 1"}}},
	{"capture begun in the middle",
		{{'S', A, 5000, 1000, 10, "0 > new-bytes 10 seq 0 ack 0"},
			{'C', A, 1000, 5010, 0, "0 < seq 0 ack 10"},
			{'S', A, 4990, 1000, 10, "0 > retransmission seq -10 ack 0"},
			{'C', F | A, 1000, 5010, 0, "0 < new-fin seq 0 ack 10"},
			{'S', R, 5010, 0, 0, "0 > reset seq 10 ack 0"}}},
	{"capture begun at the SYN,ACK",
		{{'S', Y | A, 5000, 1001, 0, "0 < new-syn seq 0 ack 0"},
			{'C', A, 1001, 5001, 2, "0 > new-bytes 2 seq 0 ack 1"}}},
	{"SYN on a connection captured from the middle",
		{{'C', A, 1000, 5000, 1, "0 > new-bytes 1 seq 0 ack 0"},
			{'C', Y, 9000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'S', Y | A, 70000, 9001, 0, "1 < new-syn seq 0 ack 1"},
			{'C', A, 9001, 70001, 0, "1 > seq 1 ack 1"}}},
	{"SYN overtaken by its first bytes",
		{{'C', A, 1001, 5001, 5, "0 > new-bytes 5 seq 0 ack 0"},
			{'C', Y, 1000, 0, 0, "0 > new-syn seq 0 ack 0"},
			{'C', A, 1006, 5001, 5, "0 > new-bytes 5 seq 6 ack 0"}}},
	{"only a reset",
		{{'S', R, 777, 0, 0, "0 > reset seq 0 ack 0"},
			{'S', R | A, 778, 5, 0, "0 > reset seq 0 ack 0"}}},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static struct endpoint endpoint_make(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = 4, .address = {10, 0, 0, last}, .port = port};
}

static struct segment segment_make(const struct step *step)
{
	struct endpoint client = endpoint_make(1, CLIENT_PORT),
			server = endpoint_make(2, SERVER_PORT);

	return (struct segment){
		.source = step->from == 'S' ? server : client,
		.destination = step->from == 'C' ? server : client,
		.flags = step->flags,
		.seq = step->seq,
		.ack = step->ack,
		.payload = step->payload,
	};
}

static void row_play(struct flow_table *table, const struct row *row)
{
	for (const struct step *step = row->steps; step < row->steps + STEPS_MAX && step->want;
		step++) {
		struct segment segment = segment_make(step);
		struct flow_note note;
		char saw[TEXT_SIZE];

		ck_assert_int_eq(flow_add(table, &segment, 0, &note), 0);
		note_text(&note, saw);
		ck_assert_msg(!strcmp(saw, step->want), "%s, step %zu: want %s, saw %s", row->name,
			step - row->steps + 1, step->want, saw);
		ck_assert_msg(flow_note_is_telling(&note) ==
				(strstr(saw, "new-") || strstr(saw, "reset")),
			"%s: telling?", saw);
	}
}

START_TEST(notes_say_what_is_new)
{
	struct flow_table *table;

	ck_assert_int_eq(flow_table_new(&table), 0);
	row_play(table, &rows[_i]);
	flow_table_free(table);
}
END_TEST

START_TEST(clear_forgets_everything)
{
	struct flow_table *table;

	ck_assert_int_eq(flow_table_new(&table), 0);
	flow_table_clear(table);
	for (size_t i = 0; i < ROWS; i++) {
		row_play(table, &rows[i]);
		flow_table_clear(table);
	}
	flow_table_free(table);
}
END_TEST

/* Many connections at once, both directions interleaved: each keeps its number. */
START_TEST(connections_stay_apart)
{
	enum { MANY = 50000 };
	struct flow_table *table;
	struct flow_note note;

	ck_assert_int_eq(flow_table_new(&table), 0);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			struct step step = {round ? 'S' : 'C', round ? Y | A : Y, i, 0, 0, NULL};
			struct segment segment = segment_make(&step);
			struct endpoint *client = round ? &segment.destination : &segment.source;

			client->port = (uint16_t)i;
			client->address[2] = (uint8_t)(i >> 16);
			ck_assert_int_eq(flow_add(table, &segment, 0, &note), 0);
			ck_assert_uint_eq(note.connection, i);
			ck_assert_int_eq(note.from_opener, !round);
			ck_assert(note.is_new_syn);
		}
	}
	flow_table_free(table);
}
END_TEST

/* The same numbers in IPv4 and IPv6 are two connections. */
START_TEST(families_stay_apart)
{
	struct step step = {'C', Y, 1, 0, 0, NULL};
	struct segment segment = segment_make(&step);
	struct flow_table *table;
	struct flow_note note;

	ck_assert_int_eq(flow_table_new(&table), 0);
	ck_assert_int_eq(flow_add(table, &segment, 0, &note), 0);
	segment.source.family = segment.destination.family = 6;
	ck_assert_int_eq(flow_add(table, &segment, 0, &note), 0);
	ck_assert_uint_eq(note.connection, 1);
	flow_table_free(table);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("flow");

	tcase_add_loop_test(tcase, notes_say_what_is_new, 0, ROWS);
	tcase_add_test(tcase, clear_forgets_everything);
	tcase_add_test(tcase, connections_stay_apart);
	tcase_add_test(tcase, families_stay_apart);
	return tcase_run(tcase);
}
