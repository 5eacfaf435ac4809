/* SPDX-License-Identifier: MIT */
/* Segments in capture order, one line each -> the histories of their connections, one line each.
 *
 * A segment: who sent it (C, S; X to itself), flags as tcpdump has them, seq, ack if there is a
 * '.'; then what differs from the usual: len N, win N, ttl N, id N, ts N (timestamps), shift N,
 * opts N, +N ms since the one before (usually 1), again (the same frame as the one before it from
 * there). Each end counts its IP identifications.
 *
 * A history: only what is not nothing. */
#include "flow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { LINES_MAX = 24, WANTS_MAX = 4, TEXT_SIZE = 4096, HISTORIES_MAX = 8 };

struct row {
	const char *name;
	const char *lines[LINES_MAX];
	const char *wants[WANTS_MAX]; /* each line's start, by number; then NULL */
};

struct player {
	struct segment last[3];
	uint16_t ipid[3];
	uint32_t frame;
	int64_t now_ns;
};

struct text {
	char lines[HISTORIES_MAX][TEXT_SIZE];
	unsigned count;
};

#define OPEN "C S 1000", "S S. 5000 1001", "C . 1001 5001"
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

/* Wants of the last reset alone: what of it is odd. */
#define TS_OPEN "C S 1000 ts 1", "S S. 5000 1001 ts 1", "C . 1001 5001 ts 2"
#define FAR "C S 1000", "S S. 5000 1001 +300", "C . 1001 5001", "C P. 1001 5001 len 7"

static const struct row odd_rows[] = {
	/* Not one of these may be accused. */
	{"from a living socket", {OPEN, "C P. 1001 5001 len 7", "S R. 5001 1008"}, {""}},
	{"with timestamps", {TS_OPEN, "S R. 5001 1001 ts 2"}, {""}},
	{"from no socket", {TS_OPEN, "C P. 1001 5001 len 7 ts 2", "S R 5001 win 0 id 0"}, {""}},
	{"before the last bytes are acknowledged", {OPEN, "C P. 1001 5001 len 7", "C R. 1008 5001"},
		{""}},
	{"at the edge of a window that has shrunk",
		{OPEN, "C P. 1001 5001 len 900", "S . 5001 1001 win 300", "C R. 1301 5001"}, {""}},
	{"refused: of the other end nothing was seen",
		{"C S 1000 ttl 64", "S R. 0 1001 ttl 9 win 0 id 0"}, {""}},
	{"refused behind an answer",
		{"C S 1000 ts 1", "S S. 5000 1001 ts 1", "C S 1000 ts 9 +1000",
			"S R. 0 1001 win 0 id 0"},
		{""}},
	{"identification 0, or a little on, or none to compare with",
		{OPEN, "S R. 5001 1001 id 40"}, {""}},
	{"identifications that jump anyway",
		{OPEN, "S . 5001 1001 id 40000", "S . 5001 1001 id 900", "S R. 5001 1001 id 23000"},
		{""}},
	{"one answer to each of two late acknowledgments",
		{OPEN, "C P. 1001 5001 len 100", "C P. 1101 5001 len 100", "C R. 1201 5001",
			"S P. 5001 1101 len 5", "C R 1101 win 0 id 0", "S P. 5006 1201 len 5",
			"C R 1201 win 0 id 0"},
		{""}},
	{"to a segment that the capture shows before those it was sent after",
		{OPEN, "C P. 1101 5001 len 100", "S P. 5001 1201 len 5", "C R. 1201 5006"}, {""}},
	{"captured before the bytes that it follows",
		{OPEN, "C R. 1008 5001", "C P. 1001 5001 len 7 +0"}, {""}},
	{"captured before the bytes that it acknowledges",
		{OPEN, "S R. 5001 1008", "C P. 1001 5001 len 7 +0"}, {""}},
	{"bytes that were on their way are no life behind it",
		{OPEN, "C P. 1001 5001 len 7", "C R. 1008 5001 +0", "C . 1001 5001 +0"}, {""}},
	{"a far end's answer, in time", {FAR, "S R 5001 win 0 id 0 +300"}, {""}},
	{"a far end's own, whenever", {FAR, "S R. 5001 1001 +1"}, {""}},
	{"a far end's answer to what came before the last",
		{FAR, "C P. 1008 5001 len 7 +300", "S R 5001 win 0 id 0 +7"}, {""}},
	{"begun in the middle", {"C P. 1001 5001 len 7", "S . 5001 1008", "S R. 5001 1008"}, {""}},
	{"begun in the middle: to something from before",
		{"C P. 1001 5001 len 7", "S P. 5001 1008 len 4", "C . 1008 5005",
			"C R 900 win 0 id 0"},
		{""}},

	/* These are. */
	{"another TTL", {OPEN, "S R. 5001 1001 ttl 50"}, {" TTL"}},
	{"another TTL, lower and higher", {OPEN, "S R 5001 ttl 65 win 0 id 0"}, {" TTL"}},
	{"another identification", {OPEN, "S P. 5001 1001 len 1", "S R. 5002 1001 id 9999"},
		{" IPID"}},
	{"an identification where there was never one",
		{"c S 1000", "s S. 5000 1001", "s P. 5001 1001 len 1", "s P. 5002 1001 len 1",
			"s P. 5003 1001 len 1", "s R. 5004 1001 id 9999"},
		{" IPID"}},
	{"without the timestamps that all others had", {TS_OPEN, "S R. 5001 1001"},
		{" TIMESTAMPS"}},
	{"with timestamps that were never agreed", {OPEN, "C R. 1001 5001 ts 4"}, {" TIMESTAMPS"}},
	{"guessed, in the window", {OPEN, "S R 5101 win 0 id 0"}, {" SEQ_BEYOND"}},
	{"guessed, outside", {OPEN, "S R 15101 win 0 id 0"}, {" SEQ_BEYOND SEQ_OUTSIDE"}},
	{"guessed, before the beginning", {OPEN, "S R 4000 win 0 id 0"},
		{" SEQ_BEYOND SEQ_OUTSIDE"}},
	{"in the window, whose size is scaled",
		{"C S 1000 shift 7", "S S. 5000 1001 shift 7", "C . 1001 5001 win 500",
			"S R 69000 win 0 id 0"},
		{" SEQ_BEYOND"}},
	{"with bytes", {OPEN, "S R. 5001 1001 len 10"}, {" PAYLOAD"}},
	{"an answer faster than any before it", {FAR, "S R 5001 win 0 id 0 +7"}, {" TOO_EARLY"}},
	{"the same with ACK", {FAR, "S R. 5001 1008 +7"}, {" TOO_EARLY"}},
	{"its sender lives on", {OPEN, "S R. 5001 1001", "S P. 5001 1001 len 9 +5"}, {" LIVED_ON"}},
	{"its sender acknowledges new bytes",
		{OPEN, "S R. 5001 1001", "C P. 1001 5001 len 9", "S . 5001 1010 +5"},
		{" LIVED_ON"}},
	{"challenged, and both live on",
		{OPEN, "S R. 5101 1001", "C . 1001 5001", "S P. 5001 1001 len 9 +5",
			"C P. 1001 5010 len 9"},
		{" SEQ_BEYOND LIVED_ON IGNORED"}},
	{"climbing", {OPEN, "S R. 5001 1001", "S R. 6461 1001 +0", "S R. 9381 1001 +0"},
		{" SEQ_BEYOND SEQ_OUTSIDE CLIMBING"}},
	{"acknowledges what was never sent", {OPEN, "S R. 5001 7777"}, {" ACK"}},
};

enum { ODD_ROWS = sizeof(odd_rows) / sizeof(*odd_rows) };

static bool is_ip6(char who)
{
	return who >= 'a';
}

static bool is_server(char who)
{
	return who == 'S' || who == 's';
}

static struct endpoint endpoint_make(bool is_the_server, bool is_six)
{
	return (struct endpoint){.family = is_six ? 6 : 4,
		.address = {10, 0, 0, is_the_server ? 2 : 1, is_six ? 9 : 0},
		.port = is_the_server ? 7000 : 40000};
}

static uint8_t flags_parse(const char *text)
{
	static const char letters[] = "FSRP.U";
	uint8_t flags = 0;

	for (; *text; text++)
		flags |= (uint8_t)(1 << (strchr(letters, *text) - letters));
	return flags;
}

/* Words behind the numbers: a name and its value. */
static void word_apply(struct player *player, struct segment *segment, const char *name, long value)
{
	if (*name == '+')
		player->now_ns +=
			strtol(name + 1, NULL, 10) * 1000000 - 1000000 + (name[1] == '0') * 50000;
	else if (!strcmp(name, "len"))
		segment->payload = (uint32_t)value;
	else if (!strcmp(name, "win"))
		segment->window = (uint16_t)value;
	else if (!strcmp(name, "ttl"))
		segment->ttl = (uint8_t)value;
	else if (!strcmp(name, "id"))
		segment->ipid = (uint16_t)value;
	else if (!strcmp(name, "ts"))
		segment->tsval = (uint32_t)value, segment->has_timestamps = true;
	else if (!strcmp(name, "shift"))
		segment->window_shift = (uint8_t)value, segment->has_window_shift = true;
	else if (!strcmp(name, "opts"))
		segment->options_length = (uint8_t)value;
	else
		ck_abort_msg("what is '%s'?", name);
}

static void words_apply(struct player *player, struct segment *segment, char *rest)
{
	char *name, *value;

	while ((name = strtok_r(rest, " ", &rest))) {
		value = *name == '+' ? NULL : strtok_r(rest, " ", &rest);
		word_apply(player, segment, name, value ? strtol(value, NULL, 10) : 0);
	}
}

static void line_parse(struct player *player, const char *line, struct segment *ret)
{
	unsigned who = is_server(*line) ? 1 : *line == 'X' ? 2 : 0;
	char copy[128], *rest = copy, *flags;

	snprintf(copy, sizeof(copy), "%s", line);
	strtok_r(rest, " ", &rest);
	flags = strtok_r(rest, " ", &rest);
	*ret = player->last[who];
	if (strcmp(flags, "again")) {
		*ret = (struct segment){.window = 500, .ttl = 64, .flags = flags_parse(flags)};
		ret->ipid = is_ip6(*line) ? 0 : ++player->ipid[who];
		ret->source = endpoint_make(who == 1, is_ip6(*line));
		ret->destination = endpoint_make(who == 0, is_ip6(*line));
		ret->seq = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
		if (ret->flags & SEGMENT_ACK)
			ret->ack = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
	}
	player->now_ns += 1000000;
	words_apply(player, ret, rest);
	ret->time_ns = player->now_ns;
	player->last[who] = *ret;
}

static char name_of(const struct history *history, unsigned end)
{
	return history->ends[end].port == 7000 ? 'S' : history->is_self_connected ? 'X' : 'C';
}

static void number_print(FILE *to, const char *name, int64_t number)
{
	if (number)
		fprintf(to, " %s %" PRId64, name, number);
}

static void direction_print(FILE *to, const struct history *history, unsigned end)
{
	const struct history_direction *direction = &history->directions[end];

	fprintf(to, "; %c%s%s", name_of(history, end), direction->has_syn ? " syn" : "",
		direction->has_syn_ack ? " synack" : "");
	if (direction->has_fin)
		fprintf(to, " fin@%u", direction->fin.frame);
	number_print(to, "next", direction->next);
	number_print(to, "acked", direction->acked);
	number_print(to, "bytes", (int64_t)direction->bytes);
	number_print(to, "syns", direction->syns > 1 ? direction->syns : 0);
	number_print(to, "retransmissions", direction->retransmissions);
	number_print(to, "unheard", direction->retransmissions_unheard);
	number_print(to, "probes", direction->probes_unheard);
	number_print(to, "zero", direction->zero_windows);
	number_print(to, "repeated", direction->answers_without_news);
}

static const char *const oddity_names[] = {"TTL", "IPID", "TIMESTAMPS", "SEQ_BEYOND", "SEQ_OUTSIDE",
	"PAYLOAD", "TOO_EARLY", "LIVED_ON", "CLIMBING", "IGNORED", "ACK"};

static void oddities_print(FILE *to, uint32_t oddities)
{
	for (unsigned i = 0; i < sizeof(oddity_names) / sizeof(*oddity_names); i++)
		if (oddities & 1u << i)
			fprintf(to, " %s", oddity_names[i]);
}

static void reset_print(FILE *to, const struct history *history, const struct history_reset *reset)
{
	fprintf(to, "; R%s @%u %c", reset->segment.flags & SEGMENT_ACK ? "." : "",
		reset->segment.frame, name_of(history, reset->from));
	number_print(to, "trigger", reset->trigger.frame);
	number_print(to, "unacked", reset->unacked);
	number_print(to, "heard", reset->heard);
	number_print(to, "probes", reset->probes_unheard);
	number_print(to, "retransmissions", reset->retransmissions_unheard);
	oddities_print(to, reset->oddities);
}

static void history_print(FILE *to, const struct history *history)
{
	fprintf(to, "%u %c>%c", history->number, name_of(history, 0), name_of(history, 1));
	if (history->previous != UINT32_MAX)
		fprintf(to, " after %u", history->previous);
	fprintf(to, "%s%s %u segments %u-%u", history->is_midstream ? " midstream" : "",
		history->is_cut ? " cut" : "", history->segments, history->first_frame,
		history->last_frame);
	number_print(to, "duplicates", history->duplicates);
	number_print(to, "foreign", history->foreign_syn.frame);
	number_print(to, "answer", history->foreign_answer.frame);
	for (unsigned i = 0; i < 2; i++)
		direction_print(to, history, i);
	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++)
		reset_print(to, history, &history->resets[i]);
	number_print(to, "; resets",
		history->resets_count > HISTORY_MAX_RESETS ? history->resets_count : 0);
}

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

static void row_play(const struct row *row, flow_callback *callback, void *data)
{
	struct player player = {.now_ns = 1000000000};
	struct flow_table *table;

	ck_assert_int_eq(flow_table_new(&table), 0);
	for (unsigned i = 0; i < LINES_MAX && row->lines[i]; i++) {
		struct segment segment;

		line_parse(&player, row->lines[i], &segment);
		ck_assert_int_eq(flow_add(table, &segment, ++player.frame, NULL), 0);
	}
	ck_assert_int_eq(flow_take_all(table, callback, data), 0);
	ck_assert_uint_eq(flow_kept(table), 0);
	flow_table_free(table);
}

START_TEST(histories_say_what_was_seen)
{
	const struct row *row = &rows[_i];
	static struct text text;

	text.count = 0;
	row_play(row, take, &text);
	for (unsigned i = 0; i < text.count || row->wants[i]; i++)
		ck_assert_msg(
			i < text.count && row->wants[i] && starts(text.lines[i], row->wants[i]),
			"%s: want\n\t%s, saw\n\t%s", row->name,
			row->wants[i] ? row->wants[i] : "nothing",
			i < text.count ? text.lines[i] : "nothing");
}
END_TEST

static void take_oddities(const struct history *history, void *data)
{
	char(*text)[TEXT_SIZE] = data;
	unsigned last = history->resets_count - 1;
	FILE *to = fmemopen(*text, TEXT_SIZE, "w");

	ck_assert_uint_gt(history->resets_count, 0);
	ck_assert_uint_le(history->resets_count, HISTORY_MAX_RESETS);
	oddities_print(to, history->resets[last].oddities);
	fclose(to);
}

START_TEST(resets_are_odd_where_they_do_not_fit)
{
	const struct row *row = &odd_rows[_i];
	static char text[TEXT_SIZE];

	row_play(row, take_oddities, &text);
	ck_assert_msg(
		!strcmp(text, row->wants[0]), "%s: want%s, saw%s", row->name, row->wants[0], text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("history");

	tcase_add_loop_test(tcase, histories_say_what_was_seen, 0, ROWS);
	tcase_add_loop_test(tcase, resets_are_odd_where_they_do_not_fit, 0, ODD_ROWS);
	return tcase_run(tcase);
}
