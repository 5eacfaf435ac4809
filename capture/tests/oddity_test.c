/* SPDX-License-Identifier: MIT */
/* Segments, one line each -> what is odd of the last reset among them. */
#include <string.h>

#include "history_text.h"
#include "run.h"
#include "segment_lines.h"

enum { TEXT_SIZE = 256 };

struct row {
	const char *name;
	const char *lines[SEGMENT_LINES_MAX];
	const char *want; /* a blank before each name */
};

#define TS_OPEN "C S 1000 ts 1", "S S. 5000 1001 ts 1", "C . 1001 5001 ts 2"
#define FAR "C S 1000", "S S. 5000 1001 +300", "C . 1001 5001", "C P. 1001 5001 len 7"

static const struct row rows[] = {
	/* Not one of these may be accused. */
	{"from a living socket", {OPEN, "C P. 1001 5001 len 7", "S R. 5001 1008"}, ""},
	{"with timestamps", {TS_OPEN, "S R. 5001 1001 ts 2"}, ""},
	{"from no socket", {TS_OPEN, "C P. 1001 5001 len 7 ts 2", "S R 5001 win 0 id 0"}, ""},
	{"before the last bytes are acknowledged", {OPEN, "C P. 1001 5001 len 7", "C R. 1008 5001"},
		""},
	{"at the edge of a window that has shrunk",
		{OPEN, "C P. 1001 5001 len 900", "S . 5001 1001 win 300", "C R. 1301 5001"}, ""},
	{"refused: of the other end nothing was seen",
		{"C S 1000 ttl 64", "S R. 0 1001 ttl 9 win 0 id 0"}, ""},
	{"refused behind an answer",
		{"C S 1000 ts 1", "S S. 5000 1001 ts 1", "C S 1000 ts 9 +1000",
			"S R. 0 1001 win 0 id 0"},
		""},
	{"identification 0, or a little on, or none to compare with",
		{OPEN, "S R. 5001 1001 id 40"}, ""},
	{"identifications that jump anyway",
		{OPEN, "S . 5001 1001 id 40000", "S . 5001 1001 id 900", "S R. 5001 1001 id 23000"},
		""},
	{"one answer to each of two late acknowledgments",
		{OPEN, "C P. 1001 5001 len 100", "C P. 1101 5001 len 100", "C R. 1201 5001",
			"S P. 5001 1101 len 5", "C R 1101 win 0 id 0", "S P. 5006 1201 len 5",
			"C R 1201 win 0 id 0"},
		""},
	{"to a segment that the capture shows before those it was sent after",
		{OPEN, "C P. 1101 5001 len 100", "S P. 5001 1201 len 5", "C R. 1201 5006"}, ""},
	{"captured before the bytes that it follows",
		{OPEN, "C R. 1008 5001", "C P. 1001 5001 len 7 +0"}, ""},
	{"captured before the bytes that it acknowledges",
		{OPEN, "S R. 5001 1008", "C P. 1001 5001 len 7 +0"}, ""},
	{"bytes that were on their way are no life behind it",
		{OPEN, "C P. 1001 5001 len 7", "C R. 1008 5001 +0", "C . 1001 5001 +0"}, ""},
	{"a far end's answer, in time", {FAR, "S R 5001 win 0 id 0 +300"}, ""},
	{"a far end's own, whenever", {FAR, "S R. 5001 1001 +1"}, ""},
	{"a far end's answer to what came before the last",
		{FAR, "C P. 1008 5001 len 7 +300", "S R 5001 win 0 id 0 +7"}, ""},
	{"begun in the middle", {"C P. 1001 5001 len 7", "S . 5001 1008", "S R. 5001 1008"}, ""},
	{"begun in the middle: to something from before",
		{"C P. 1001 5001 len 7", "S P. 5001 1008 len 4", "C . 1008 5005",
			"C R 900 win 0 id 0"},
		""},

	/* These are. */
	{"another TTL", {OPEN, "S R. 5001 1001 ttl 50"}, " TTL"},
	{"another TTL, lower and higher", {OPEN, "S R 5001 ttl 65 win 0 id 0"}, " TTL"},
	{"another identification", {OPEN, "S P. 5001 1001 len 1", "S R. 5002 1001 id 9999"},
		" IPID"},
	{"an identification where there was never one",
		{"c S 1000", "s S. 5000 1001", "s P. 5001 1001 len 1", "s P. 5002 1001 len 1",
			"s P. 5003 1001 len 1", "s R. 5004 1001 id 9999"},
		" IPID"},
	{"without the timestamps that all others had", {TS_OPEN, "S R. 5001 1001"}, " TIMESTAMPS"},
	{"with timestamps that were never agreed", {OPEN, "C R. 1001 5001 ts 4"}, " TIMESTAMPS"},
	{"guessed, in the window", {OPEN, "S R 5101 win 0 id 0"}, " SEQ_BEYOND"},
	{"guessed, outside", {OPEN, "S R 15101 win 0 id 0"}, " SEQ_BEYOND SEQ_OUTSIDE"},
	{"guessed, before the beginning", {OPEN, "S R 4000 win 0 id 0"}, " SEQ_BEYOND SEQ_OUTSIDE"},
	{"in the window, whose size is scaled",
		{"C S 1000 shift 7", "S S. 5000 1001 shift 7", "C . 1001 5001 win 500",
			"S R 69000 win 0 id 0"},
		" SEQ_BEYOND"},
	{"with bytes", {OPEN, "S R. 5001 1001 len 10"}, " PAYLOAD"},
	{"an answer faster than any before it", {FAR, "S R 5001 win 0 id 0 +7"}, " TOO_EARLY"},
	{"the same with ACK", {FAR, "S R. 5001 1008 +7"}, " TOO_EARLY"},
	{"its sender lives on", {OPEN, "S R. 5001 1001", "S P. 5001 1001 len 9 +5"}, " LIVED_ON"},
	{"its sender acknowledges new bytes",
		{OPEN, "S R. 5001 1001", "C P. 1001 5001 len 9", "S . 5001 1010 +5"}, " LIVED_ON"},
	{"challenged, and both live on",
		{OPEN, "S R. 5101 1001", "C . 1001 5001", "S P. 5001 1001 len 9 +5",
			"C P. 1001 5010 len 9"},
		" SEQ_BEYOND LIVED_ON IGNORED"},
	{"climbing", {OPEN, "S R. 5001 1001", "S R. 6461 1001 +0", "S R. 9381 1001 +0"},
		" SEQ_BEYOND SEQ_OUTSIDE CLIMBING"},
	{"acknowledges what was never sent", {OPEN, "S R. 5001 7777"}, " ACK"},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

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
	const struct row *row = &rows[_i];
	static char text[TEXT_SIZE];

	segment_lines_play(row->lines, take_oddities, &text);
	ck_assert_msg(!strcmp(text, row->want), "%s: want%s, saw%s", row->name, row->want, text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("oddity");

	tcase_add_loop_test(tcase, resets_are_odd_where_they_do_not_fit, 0, ROWS);
	return tcase_run(tcase);
}
