/* SPDX-License-Identifier: MIT */
/* The raw peer alone: what it builds decodes again, its notation reads and prints, what it counts
 * follows what came, and nothing that comes can harm it. */
#include <check.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "decode.h"
#include "peer.h"
#include "rawsegment.h"
#include "run.h"
#include "verb.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

static struct endpoint end_of(uint8_t family, uint16_t port)
{
	struct endpoint end = {.family = family, .port = port};

	end.address[family == 4 ? 0 : 15] = family == 4 ? 127 : 1;
	return end;
}

/* RFC 1071 over what a receiver sums: 0 if the checksum is right. */
static uint16_t receiver_sum(const uint8_t *bytes, size_t length, uint32_t pseudo)
{
	for (size_t i = 0; i < length; i++)
		pseudo += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	while (pseudo >> 16)
		pseudo = (pseudo & 0xffff) + (pseudo >> 16);
	return (uint16_t)~pseudo;
}

static uint16_t tcp_sum(const uint8_t *datagram, size_t length, uint8_t family)
{
	size_t ip = family == 4 ? 20 : 40, addresses = family == 4 ? 12 : 8;
	uint32_t pseudo = 6 + (uint32_t)(length - ip);

	for (size_t i = addresses; i < ip; i += 2)
		pseudo += (uint32_t)(datagram[i] << 8 | datagram[i + 1]);
	return receiver_sum(datagram + ip, length - ip, pseudo);
}

START_TEST(built_is_decoded)
{
	static const uint8_t both[] = {4, 6};
	static const uint8_t payload[5] = {1, 2, 3, 4, 5};
	uint8_t family = both[_i % 2], buf[200];
	struct rawsegment segment = {
		.source = end_of(family, 1234),
		.destination = end_of(family, 4321),
		.seq = 0xfffffff0u + (uint32_t)_i,
		.ack = 7,
		.window = (uint16_t)(_i * 255),
		.urgent = (uint16_t)(_i * 259),
		.flags = (uint8_t)(_i & 0x3f),
		.payload = payload,
		.payload_length = (size_t)_i % 6,
		.is_corrupt = _i % 7 == 3,
	};
	const uint8_t *tcp = buf + (family == 4 ? 20 : 40);
	struct segment read;
	size_t length = rawsegment_build(&segment, buf, sizeof(buf));

	ck_assert_uint_gt(length, 0);
	ck_assert_int_eq(frame_decode(DLT_RAW, buf, length, length, &read), FRAME_TCP);
	ck_assert_uint_eq(read.seq, segment.seq);
	ck_assert_uint_eq(read.ack, 7);
	ck_assert_uint_eq(read.flags, segment.flags);
	ck_assert_uint_eq(read.window, segment.window);
	ck_assert_uint_eq(read.payload, segment.payload_length);
	ck_assert_uint_eq(tcp[18] << 8 | tcp[19], segment.urgent);
	ck_assert_mem_eq(&read.source, &segment.source, sizeof(read.source));
	ck_assert_mem_eq(&read.destination, &segment.destination, sizeof(read.destination));
	ck_assert_int_eq(tcp_sum(buf, length, family) == 0, !segment.is_corrupt);
}
END_TEST

START_TEST(too_big_is_not_built)
{
	struct rawsegment segment = {
		.source = end_of(4, 1), .destination = end_of(4, 2), .payload_length = 65496};
	static uint8_t payload[65496], buf[80000];

	segment.payload = payload;
	ck_assert_uint_eq(rawsegment_build(&segment, buf, sizeof(buf)), 0);
	segment.payload_length--;
	ck_assert_uint_eq(rawsegment_build(&segment, buf, sizeof(buf)), 65535);
	ck_assert_uint_eq(rawsegment_build(&segment, buf, 65534), 0);
}
END_TEST

START_TEST(error_quotes)
{
	uint8_t family = _i ? 6 : 4, buf[200];
	size_t ip = family == 4 ? 20 : 40;
	struct rawerror error = {.source = end_of(family, 1234),
		.destination = end_of(family, 4321),
		.seq = 0x01020304,
		.type = 3,
		.code = 1,
		.rest = 600};
	size_t length = rawerror_build(&error, buf, sizeof(buf));
	const uint8_t *quoted = buf + ip + 8 + ip;

	ck_assert_uint_eq(length, ip + 8 + ip + 8);
	ck_assert_uint_eq(buf[ip], 3);
	ck_assert_uint_eq(quoted[0] << 8 | quoted[1], 1234);
	ck_assert_mem_eq(quoted + 4, "\1\2\3\4", 4);
	ck_assert_uint_eq(rawerror_build(&error, buf, length - 1), 0);
	if (family == 4)
		ck_assert_uint_eq(receiver_sum(buf + ip, length - ip, 0), 0);
}
END_TEST

static const struct {
	const char *step; /* behind "peer " */
	const char *complaint; /* NULL: reads, and prints as it was */
} steps[] = {
	{"> RST = sent", NULL},
	{"> none = sent", NULL},
	{"> data 5 = sent", NULL},
	{"> data 65000 seq=-1 = sent", NULL},
	{"> FIN,ACK data 5 seq=+5 ack=-1 win=0 ts=-9 sum=bad from=2 = sent", NULL},
	{"> SYN opts=ts|sack = sent", NULL},
	{"> FIN,ACK opts=none = sent", NULL},
	{"> FIN,ACK opts=ts|none = sent", "opts=none"},
	{"> SYN,FIN,RST,PSH,ACK,URG seq=edge = sent", NULL},
	{"> RST seq=edge-1 = sent", NULL},
	{"> RST seq=7 = sent", NULL},
	{"< = nothing", NULL},
	{"< now = ACK seq 1 ack 6", NULL},
	{"< now again from=1 = FIN,ACK", NULL},
	{"icmp unreachable = sent", NULL},
	{"icmp unreachable 13 seq=+5 = sent", NULL},
	{"icmp too-big mtu=600 = sent", NULL},
	{"> = sent", "want SEGMENT behind '>'"},
	{"> RTS = sent", "read 'RTS'"},
	{"> ACK,SYN = sent", "in this order"},
	{"> PSH,ACK data 5 = sent", "'data N' alone"},
	{"> data = sent", "want a number of bytes behind 'data'"},
	{"> data 0 = sent", "want a number of bytes behind 'data'"},
	{"> data 65001 = sent", "want a number of bytes behind 'data'"},
	{"> RST seq=+ = sent", "seq=+0"},
	{"> RST seq=-0 = sent", "seq=+0"},
	{"> RST seq=edge+0 = sent", "seq=+0"},
	{"> RST seq=07 = sent", "seq=+0"},
	{"> RST seq=+4294967296 = sent", "seq=+0"},
	{"> RST ack=edge = sent", "ack=+0"},
	{"> RST ack=+0 seq=+0 = sent", "too late"},
	{"> RST seq=+0 seq=+0 = sent", "a second time"},
	{"> RST sek=+0 = sent", "did you mean 'seq'"},
	{"> RST mtu=5 = sent", "read 'mtu=5'"},
	{"> RST win=65536 = sent", "win=0..65535"},
	{"> RST sum=good = sent", "sum=bad"},
	{"> RST opts=mss = sent", "opts=ts"},
	{"> RST from=4 = sent", "from=0..3"},
	{"> RST on b = sent", "acts on no descriptor"},
	{"> RST = seen", "want an outcome of '>'"},
	{"> RST &", "cannot be begun"},
	{"< soon = nothing", "read 'soon'"},
	{"icmp unreachable 0 = sent", "a code 1..255"},
	{"icmp lost = sent", "unreachable, too-big"},
	{"close = 0", "the raw peer only knows segments"},
};

START_TEST(steps_read_and_print)
{
	static struct test_case test_case;
	struct complaint complaint = {0};
	char text[512], *printed = NULL, line[256];
	size_t size;
	FILE *stream = open_memstream(&printed, &size);
	int r;

	snprintf(text, sizeof(text), "# A case of the raw peer.\n\npeer     %s\n", steps[_i].step);
	r = case_parse("cases/x/y.case", text, strlen(text), &test_case, &complaint);
	if (steps[_i].complaint) {
		ck_assert_int_lt(r, 0);
		ck_assert_msg(strstr(complaint.text, steps[_i].complaint) != NULL,
			"\"%s\": want \"%s\", saw \"%s\"", steps[_i].step, steps[_i].complaint,
			complaint.text);
		fclose(stream);
		free(printed);
		return;
	}
	ck_assert_msg(!r, "\"%s\": %s", steps[_i].step, complaint.text);
	case_print(&test_case, stream);
	fclose(stream);
	action_print(&test_case.script.actions[0], line, sizeof(line));
	ck_assert_msg(!strncmp(steps[_i].step, line, strlen(line)) &&
			!strncmp(steps[_i].step + strlen(line), " = ", 3),
		"\"%s\" prints as \"%s\"", steps[_i].step, line);
	ck_assert(test_case.script.has_peer && test_case.script.own_world);
	case_free(&test_case);
	free(printed);
}
END_TEST

static struct peer peer_of(uint16_t first_port)
{
	struct peer peer = {.family = 4, .connects = true, .first_port = first_port, .raw = -1};

	memset(peer.held, 0xff, sizeof(peer.held));
	peer.held[peer_port(&peer)] = 1000; /* only whether it is held matters here */
	return peer;
}

START_TEST(counts_what_came)
{
	static struct peer peer;
	struct segment segment = {.flags = SEGMENT_SYN | SEGMENT_ACK,
		.seq = 0xffffffff,
		.ack = 1000001,
		.window = 100,
		.source.port = 5000,
		.destination.port = 5003};
	struct flow_note note = {0};
	struct outcome outcome;
	char text[OUTCOME_TEXT_SIZE];

	peer = peer_of(5000);
	peer_take(&peer, &segment, &note);
	segment.flags = SEGMENT_PSH | SEGMENT_ACK;
	segment.seq = 0;
	segment.payload = 5;
	peer_take(&peer, &segment, &note);
	note.is_retransmission = true;
	peer_take(&peer, &segment, &note);
	ck_assert_uint_eq(peer.flows[3].expected, 5);
	ck_assert_uint_eq(peer.flows[3].next, 1000001);
	ck_assert(peer_next(&peer, 3, false, &outcome));
	ck_assert_str_eq(
		outcome_print(&outcome, text, sizeof(text)), "SYN,ACK seq 0 ack 1 win 100");
	ck_assert(peer_next(&peer, 3, false, &outcome));
	ck_assert_str_eq(outcome_print(&outcome, text, sizeof(text)), "data 5 seq 1 ack 1 win 100");
	ck_assert(!peer_next(&peer, 3, false, &outcome));
	ck_assert(peer_next(&peer, 3, true, &outcome));
	ck_assert(!peer_next(&peer, 3, true, &outcome));
	ck_assert(!peer_next(&peer, 2, false, &outcome));
}
END_TEST

static uint32_t random_next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 3 ^ *state << 13;
}

/* Segments of every kind, to its ports and to others, in any order; it keeps at most PEER_SEEN. */
START_TEST(garbage_does_no_harm)
{
	static struct peer peer;
	uint32_t random = (uint32_t)_i + 1;
	struct outcome outcome;

	peer = peer_of(5000);
	peer.held[1] = 1000;
	for (unsigned i = 0; i < 20000; i++) {
		struct segment segment = {.flags = (uint8_t)random_next(&random),
			.seq = random_next(&random),
			.ack = random_next(&random),
			.payload = random_next(&random) % 70000,
			.window = (uint16_t)random_next(&random),
			.has_timestamps = random_next(&random) & 1,
			.source.port = (uint16_t)random_next(&random),
			.destination.port = (uint16_t)(4998 + random_next(&random) % 8)};
		struct flow_note note = {.is_retransmission = random_next(&random) & 1};
		char text[OUTCOME_TEXT_SIZE];
		struct outcome again;
		size_t at;

		peer_take(&peer, &segment, &note);
		ck_assert_uint_le(peer.n_seen, PEER_SEEN);
		if (random_next(&random) % 3)
			continue;
		if (!peer_next(&peer, random_next(&random) % CASE_PORTS, random & 1, &outcome))
			continue;
		outcome_print(&outcome, text, sizeof(text));
		ck_assert_msg(!outcome_parse(text, &again, &at), "%s", text);
	}
	ck_assert(peer.has_lost);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("peer");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, built_is_decoded, 0, 200);
	tcase_add_test(tests, too_big_is_not_built);
	tcase_add_loop_test(tests, error_quotes, 0, 2);
	tcase_add_loop_test(tests, steps_read_and_print, 0, N_OF(steps));
	tcase_add_test(tests, counts_what_came);
	tcase_add_loop_test(tests, garbage_does_no_harm, 0, 8);
	return tcase_run(tests);
}
