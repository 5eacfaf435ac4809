/* SPDX-License-Identifier: MIT */
/* Segments, one line each -> the histories of their connections, one line each. */
#include <string.h>

#include "history_text.h"
#include "run.h"
#include "segment_lines.h"

enum { WANTS_MAX = 4, TEXT_SIZE = 4096, HISTORIES_MAX = 8 };

struct row {
	const char *name;
	const char *lines[SEGMENT_LINES_MAX];
	const char *wants[WANTS_MAX]; /* each line's start, by number; then NULL */
};

struct text {
	char lines[HISTORIES_MAX][TEXT_SIZE];
	unsigned count;
};

#define CLOSE "C F. 1001 5001", "S F. 5001 1002", "C . 1002 5002"

static const struct row rows[] = {
	{"graceful",
		{OPEN, "C P. 1001 5001 len 7", "S . 5001 1008", "C F. 1008 5001", "S . 5001 1009",
			"S FP. 5001 1009 len 3", "C . 1009 5005"},
		{"0 C>S 9 segments 1-9; C syn fin@6 next 9 acked 9 bytes 7; S synack fin@8 next 5 acked "
		 "5 bytes 3"}},
	{"64 kB at once, as offloading devices hand them over",
		{OPEN, "C P. 1001 5001 len 65000", "C P. 66001 5001 len 65000", "S . 5001 131001"},
		{"0 C>S cut 6 segments 1-6; C syn next 130001 acked 130001 bytes 130000; S"}},
	{"connected to itself",
		{"X S 1000", "X S. 1000 1001", "X . 1001 1001", "X P. 1001 1001 len 5",
			"X . 1006 1006", "X F. 1006 1006", "X . 1007 1007"},
		{"0 X>X 7 segments 1-7; X syn synack fin@6 next 7 acked 7 bytes 5 syns 2; X"}},

	/* Where connections begin. */
	{"refused, and again from the same port",
		{"C S 1000", "S R. 0 1001 win 0 id 0", "C S 2000", "S R. 0 2001 win 0 id 0"},
		{"0 C>S 2 segments 1-2; C syn next 1; S; R. @2 S trigger 1",
			"1 C>S after 0 2 segments 3-4; C syn next 1; S; R. @4 S trigger 3"}},
	{"refused, then the same SYN is accepted",
		{"C S 1000", "S R. 0 1001 win 0 id 0", "C S 1000 +1000", "S S. 5000 1001",
			"C . 1001 5001"},
		{"0 C>S cut 5 segments 1-5; C syn next 1 acked 1 syns 2; S synack next 1 acked 1; R. @2 S "
		 "trigger 1"}},
	{"nobody answers, and another try",
		{"C S 1000", "C S 1000 +1000", "C S 9000 +3000", "C S 9000 +1000"},
		{"0 C>S 2 segments 1-2; C syn next 1 syns 2; S",
			"1 C>S after 0 cut 2 segments 3-4; C syn next 1 syns 2; S"}},
	{"TIME-WAIT reused", {OPEN, CLOSE, "C S 90000 +500", "S S. 70000 90001", "C . 90001 70001"},
		{"0 C>S 6 segments 1-6; C syn fin@4 next 2 acked 2; S synack fin@5 next 2 acked 2",
			"1 C>S after 0 cut 3 segments 7-9; C syn next 1 acked 1; S synack next 1 acked 1"}},
	{"reused by the other end", {OPEN, CLOSE, "S S 90000 +500", "C S. 70000 90001"},
		{"0 C>S 6 segments 1-6;",
			"1 S>C after 0 cut 2 segments 7-8; S syn next 1 acked 1; C synack"}},
	{"reused though the last ACK was not captured",
		{OPEN, "C F. 1001 5001", "S F. 5001 1002", "C S 90000 +1000"},
		{"0 C>S 5 segments 1-5;", "1 C>S after 0 cut 1 segments 6-6; C syn next 1; S"}},
	{"three times on the same ports, between two frames of which hardly any time passes",
		{OPEN, "C R. 1001 5001", "C S 1001000 +0", "S S. 7000 1001001 +0",
			"C R. 1001001 7001 +0", "C S 2001000 +0", "S R. 0 2001001 win 0 id 0 +0"},
		{"0 C>S 4 segments 1-4;", "1 C>S after 0 3 segments 5-7;",
			"2 C>S after 1 2 segments 8-9;"}},
	{"the other end forgot in silence: the foreign SYN is answered",
		{OPEN, "C S 90000", "S S. 70000 90001", "C . 90001 70001"},
		{"0 C>S 3 segments 1-3; C syn next 1 acked 1; S synack next 1 acked 1",
			"1 C>S after 0 cut 3 segments 4-6; C syn next 1 acked 1; S synack next 1 acked 1"}},
	{"the foreign SYN is refused", {OPEN, "C S 90000", "S R. 0 90001 win 0 id 0"},
		{"0 C>S 3 segments 1-3; C syn next 1 acked 1; S synack next 1 acked 1",
			"1 C>S after 0 2 segments 4-5; C syn next 1; S; R. @5 S trigger 4"}},
	{"the foreign SYN is never answered: the other host is gone",
		{OPEN, "C S 90000 +9000", "C S 90000 +1000", "C S 90000 +2000"},
		{"0 C>S 3 segments 1-3;",
			"1 C>S after 0 cut 3 segments 4-6; C syn next 1 syns 3; S"}},
	{"half-open: the SYN is challenged, and sent again behind the reset",
		{OPEN, "C S 90000", "S . 5001 1001", "C R 5001 win 0 id 0", "C S 90000 +1000",
			"S S. 70000 90001", "C . 90001 70001"},
		{"0 C>S 6 segments 1-6 foreign 4 answer 5; C syn next 1 acked 1; S synack next 1 acked 1 "
		 "repeated 1; R @6 C trigger 5",
			"1 C>S after 0 cut 3 segments 7-9;"}},
	{"only one direction was captured: who goes on behind the SYN was answered",
		{"C S 1000", "C . 1001 5001", "C P. 1001 5001 len 5", "C S 90000",
			"C . 90001 70001"},
		{"0 C>S 3 segments 1-3; C syn next 6 bytes 5; S",
			"1 C>S after 0 cut 2 segments 4-5; C syn next 1; S"}},
	{"an injected SYN does not split a living connection",
		{OPEN, "C S 90000 ttl 44 id 1", "S . 5001 1001", "C P. 1001 5001 len 5",
			"S . 5001 1006", "C S 91000 ttl 44 id 1", "S . 5001 1006",
			"S P. 5001 1006 len 9"},
		{"0 C>S cut 10 segments 1-10 foreign 8 answer 9; C syn next 6 acked 6 bytes 5; S synack "
		 "next 10 acked 1 bytes 9 repeated 2"}},
	{"nor does an injected SYN,ACK",
		{OPEN, "S S. 95000 1001 ttl 44 id 1", "C . 1001 5001", "C P. 1001 5001 len 5"},
		{"0 C>S cut 6 segments 1-6 foreign 4 answer 5; C syn next 6 acked 1 bytes 5 repeated 1; S "
		 "synack next 1 acked 1"}},
	{"what comes late from before the reuse is not of the new connection",
		{OPEN, CLOSE, "C S 900000000 +500", "S F. 5001 1002 +0", "C . 1002 5002 +0",
			"S S. 700000000 900000001"},
		{"0 C>S 8 segments 1-9; C syn fin@4 next 2 acked 2 repeated 1; S synack fin@5 next 2 acked 2 "
		 "retransmissions 1",
			"1 C>S after 0 cut 2 segments 7-10;"}},
	{"a reset with nothing before it", {"S R 777"},
		{"0 S>C midstream 1 segments 1-1; S; C; R @1 S"}},

	/* The capture. */
	{"cut", {OPEN, "C P. 1001 5001 len 7"},
		{"0 C>S cut 4 segments 1-4; C syn next 8 acked 1 bytes 7; S synack next 1 acked 1"}},
	{"begun in the middle", {"S P. 5000 1000 len 10", "C . 1000 5010", "C R. 1000 5010"},
		{"0 S>C midstream 3 segments 1-3; S next 10 acked 10 bytes 10; C; R. @3 C trigger 1 heard 10"}},
	{"one direction is missing", {"S S. 5000 1001", "S P. 5001 1008 len 5", "S F. 5006 1009"},
		{"0 C>S cut 3 segments 1-3; C next 8 acked 8; S synack fin@3 next 7 bytes 5"}},
	{"SYN,ACK before SYN, bytes before the handshake's end",
		{"S S. 5000 1001", "C S 1000 +-2", "C P. 1001 5001 len 4", "C . 1001 5001"},
		{"0 C>S cut 4 segments 1-4; C syn next 5 acked 1 bytes 4; S synack next 1 acked 1"}},
	{"frames that the capture lost are no retransmissions",
		{OPEN, "C P. 1101 5001 len 100", "C P. 1301 5001 len 100", "C P. 1001 5001 len 100",
			"C P. 1201 5001 len 50", "C P. 1201 5001 len 100",
			"C P. 1201 5001 len 100"},
		{"0 C>S cut 9 segments 1-9; C syn next 401 acked 1 bytes 400 retransmissions 1 unheard 1; S"}},
	{"what the capture lost for good is not counted",
		{OPEN, "C P. 1101 5001 len 100", "C F. 1301 5001"},
		{"0 C>S cut 5 segments 1-5; C syn fin@5 next 302 acked 1 bytes 100; S"}},
	{"more gaps than there is room for: bytes stay right",
		{OPEN, "C P. 1101 5001 len 1", "C P. 1201 5001 len 1", "C P. 1301 5001 len 1",
			"C P. 1401 5001 len 1", "C P. 1501 5001 len 1", "C P. 1401 5001 len 100"},
		{"0 C>S cut 9 segments 1-9; C syn next 502 acked 1 bytes 104; S"}},
	{"FIN before the bytes that it follows",
		{OPEN, "C F. 1008 5001", "C P. 1001 5001 len 7 +0", "S . 5001 1009"},
		{"0 C>S cut 6 segments 1-6; C syn fin@4 next 9 acked 9 bytes 7; S"}},
	{"every frame twice",
		{"C S 1000", "C again +0", "S S. 5000 1001", "S again +0", "C . 1001 5001",
			"C again +0", "C P. 1001 5001 len 7", "C again +0", "C R. 1008 5001",
			"C again +0"},
		{"0 C>S 5 segments 1-9 duplicates 5; C syn next 8 acked 1 bytes 7; S synack next 1 acked 1; "
		 "R. @9 C trigger 3 unacked 7"}},
	{"every frame twice, in bursts, IPv6",
		{"c S 1000", "c again +0", "s S. 5000 1001", "s again +0", "c P. 1001 5001 len 7",
			"c P. 1008 5001 len 8 +0", "c P. 1001 5001 len 7 +0",
			"c P. 1008 5001 len 8 +0"},
		{"0 C>S cut 4 segments 1-6 duplicates 4; C syn next 16 acked 1 bytes 15; S"}},
	{"every frame twice, in bursts, from the middle",
		{"C P. 1001 5001 len 7 id 7", "C P. 1008 5001 len 8 id 8 +0",
			"C P. 1001 5001 len 7 id 7 +0", "C P. 1008 5001 len 8 id 8 +0"},
		{"0 C>S midstream cut 2 segments 1-2 duplicates 2; C next 15 bytes 15; S"}},
	{"a retransmission is no copy: another identification",
		{OPEN, "C P. 1001 5001 len 7", "C P. 1001 5001 len 7 +0",
			"C P. 1001 5001 len 7 +0"},
		{"0 C>S cut 6 segments 1-6; C syn next 8 acked 1 bytes 7 retransmissions 2 unheard 2; S"}},
	{"nor without identifications: later",
		{"c S 1000", "s S. 5000 1001", "c P. 1001 5001 len 7", "c P. 1001 5001 len 7 +200"},
		{"0 C>S cut 4 segments 1-4; C syn next 8 acked 1 bytes 7 retransmissions 1 unheard 1; S"}},
	{"nor behind something from the other end",
		{"c S 1000", "s S. 5000 1001", "c P. 1001 5001 len 7", "s . 5001 1001 +0",
			"c P. 1001 5001 len 7 +0"},
		{"0 C>S cut 5 segments 1-5; C syn next 8 acked 1 bytes 7 retransmissions 1 unheard 1; S"}},

	/* What one end waits for. */
	{"retransmissions unheard",
		{OPEN, "C P. 1001 5001 len 7", "C P. 1001 5001 len 7 +200",
			"C P. 1001 5001 len 7 +400"},
		{"0 C>S cut 6 segments 1-6; C syn next 8 acked 1 bytes 7 retransmissions 2 unheard 2; S"}},
	{"and heard", {OPEN, "C P. 1001 5001 len 7", "C P. 1001 5001 len 7 +200", "S . 5001 1008"},
		{"0 C>S cut 6 segments 1-6; C syn next 8 acked 8 bytes 7 retransmissions 1; S"}},
	{"keepalive, unanswered",
		{OPEN, "C . 1000 5001 +7000", "C . 1000 5001 +1000", "C R. 1001 5001 +1000"},
		{"0 C>S 6 segments 1-6; C syn next 1 acked 1 probes 2; S synack next 1 acked 1; R. @6 C "
		 "trigger 2 probes 2"}},
	{"keepalive with a byte, answered",
		{OPEN, "C P. 1001 5001 len 7", "S . 5001 1008", "C . 1007 5001 len 1 +7000",
			"S . 5001 1008"},
		{"0 C>S cut 7 segments 1-7; C syn next 8 acked 8 bytes 7; S synack next 1 acked 1 repeated 1"}},
	{"a keepalive that wakes a host that had given up",
		{OPEN, "C . 1000 5001 +7000", "C . 1000 5001 +1000", "S P. 5001 1001 len 5 +9000",
			"C R 1001 win 0 id 0"},
		{"0 C>S 7 segments 1-7; C syn next 1 acked 1; S synack next 6 acked 1 bytes 5; R @7 C trigger "
		 "6 probes 2"}},
	{"zero-window probes, empty as of Linux",
		{OPEN, "C P. 1001 5001 len 7", "S . 5001 1008 win 0", "C . 1007 5001 +200",
			"S . 5001 1008 win 0", "C . 1007 5001 +400"},
		{"0 C>S cut 8 segments 1-8; C syn next 8 acked 8 bytes 7 probes 1; S synack next 1 acked 1 zero "
		 "2 repeated 1"}},
	{"zero-window probes with the next byte, as of BSD",
		{OPEN, "C P. 1001 5001 len 7", "S . 5001 1008 win 0", "C . 1008 5001 len 1 +5000",
			"S . 5001 1008 win 0", "C . 1008 5001 len 1 +5000"},
		{"0 C>S cut 8 segments 1-8; C syn next 9 acked 8 bytes 8 probes 1; S"}},

	/* Resets that are what they seem. */
	{"data behind close(), twice; both answers are counted to it",
		{OPEN, "C F. 1001 5001", "S . 5001 1002", "S P. 5001 1002 len 9",
			"C R 1002 win 0 id 0", "S P. 5010 1002 len 9", "C R 1002 win 0 id 0"},
		{"0 C>S 9 segments 1-9; C syn fin@4 next 2 acked 2; S synack next 19 acked 1 bytes 18; "
		 "R @7 C trigger 6; R @9 C trigger 8"}},
	{"more resets than are kept: the first ones, and the last",
		{OPEN, "C R. 1001 5001", "S P. 5001 1001 len 1", "C R 1001 win 0 id 0",
			"S P. 5002 1001 len 1", "C R 1001 win 0 id 0", "S P. 5003 1001 len 1",
			"C R 1001 win 0 id 0", "S P. 5004 1001 len 1", "C R 1001 win 0 id 0"},
		{"0 C>S 12 segments 1-12; C syn next 1 acked 1; S synack next 5 acked 1 bytes 4; R. @4 C trigger "
		 "2; R @6 C trigger 5; R @8 C trigger 7; R @12 C trigger 11 ; resets 5"}},
	{"captured before the bytes that it follows",
		{OPEN, "C R. 1008 5001", "C P. 1001 5001 len 7 +0"},
		{"0 C>S 5 segments 1-5; C syn next 8 acked 1 bytes 7; S synack next 1 acked 1; R. @4 C trigger 2"}},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static void take(const struct history *history, void *data)
{
	struct text *text = data;
	FILE *to;

	ck_assert_uint_lt(text->count, HISTORIES_MAX);
	to = fmemopen(text->lines[text->count++], TEXT_SIZE, "w");
	history_print(to, history);
	fclose(to);
}

static bool starts(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

START_TEST(histories_say_what_was_seen)
{
	const struct row *row = &rows[_i];
	static struct text text;

	text.count = 0;
	segment_lines_play(row->lines, take, &text);
	for (unsigned i = 0; i < text.count || row->wants[i]; i++)
		ck_assert_msg(
			i < text.count && row->wants[i] && starts(text.lines[i], row->wants[i]),
			"%s: want\n\t%s, saw\n\t%s", row->name,
			row->wants[i] ? row->wants[i] : "nothing",
			i < text.count ? text.lines[i] : "nothing");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("history");

	tcase_add_loop_test(tcase, histories_say_what_was_seen, 0, ROWS);
	return tcase_run(tcase);
}
