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
		{"0 C>S 9 segments 1-9; C syn fin@6 next 9 acked 9 bytes 7; S synack fin@8 next 5 acked 5 "
		 "bytes 3"}},
	{"refused, and again from the same port",
		{"C S 1000", "S R. 0 1001 win 0 id 0", "C S 2000", "S R. 0 2001 win 0 id 0"},
		{"0 C>S 2 segments 1-2; C syn next 1; S; R. @2 S trigger 1",
			"1 C>S after 0 2 segments 3-4; C syn next 1; S; R. @4 S trigger 3"}},
	{"cut in the middle", {OPEN, "C P. 1001 5001 len 7"},
		{"0 C>S cut 4 segments 1-4; C syn next 8 acked 1 bytes 7; S synack next 1 acked 1"}},
	{"a reset with nothing before it", {"S R 777"},
		{"0 S>C midstream 1 segments 1-1; S; C; R @1 S"}},
	{"reset by data behind close(), twice; both answers are counted to it",
		{OPEN, CLOSE, "S P. 5001 1002 len 9", "C R 1002 win 0 id 0", "S P. 5010 1002 len 9",
			"C R 1002 win 0 id 0"},
		{"0 C>S 10 segments 1-10;"}},
	{"half-open: the SYN is challenged, and sent again behind the reset",
		{OPEN, "C S 90000", "S . 5001 1001", "C R 5001 win 0 id 0", "C S 90000 +1000",
			"S S. 70000 90001", "C . 90001 70001"},
		{"0 C>S 6 segments 1-6 foreign 4 answer 5; C syn next 1 acked 1; S synack "
		 "next 1 acked 1 repeated 1; R @6 C trigger 5",
			"1 C>S after 0 cut 3 segments 7-9;"}},
	{"an injected SYN does not split a living connection",
		{OPEN, "C S 90000 ttl 44 id 1", "S . 5001 1001", "C P. 1001 5001 len 5",
			"S . 5001 1006"},
		{"0 C>S cut 7 segments 1-7 foreign 4 answer 5;"}},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static struct endpoint endpoint_make(char who)
{
	return (struct endpoint){.family = 4,
		.address = {10, 0, 0, who == 'S' ? 2 : 1},
		.port = who == 'S' ? 7000 : 40000};
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
		player->now_ns += (strtol(name + 1, NULL, 10) - 1) * 1000000;
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

static struct segment line_parse(struct player *player, const char *line)
{
	unsigned who = *line == 'S' ? 1 : *line == 'X' ? 2 : 0;
	char copy[128], *rest = copy;
	struct segment segment = {.window = 500, .ttl = 64};

	snprintf(copy, sizeof(copy), "%s", line);
	strtok_r(rest, " ", &rest);
	if (!strncmp(rest, "again", 5)) {
		segment = player->last[who];
		strtok_r(rest, " ", &rest);
	} else {
		segment.ipid = ++player->ipid[who];
		segment.source = endpoint_make(*line);
		segment.destination = endpoint_make(*line == 'C' ? 'S' : 'C');
		segment.flags = flags_parse(strtok_r(rest, " ", &rest));
		segment.seq = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
		if (segment.flags & SEGMENT_ACK)
			segment.ack = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
	}
	player->now_ns += 1000000;
	words_apply(player, &segment, rest);
	segment.time_ns = player->now_ns;
	player->last[who] = segment;
	return segment;
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

static void reset_print(FILE *to, const struct history *history, const struct history_reset *reset)
{
	fprintf(to, "; R%s @%u %c", reset->segment.flags & SEGMENT_ACK ? "." : "",
		reset->segment.frame, name_of(history, reset->from));
	number_print(to, "trigger", reset->trigger.frame);
	number_print(to, "unacked", reset->unacked);
	number_print(to, "heard", reset->heard);
	for (unsigned i = 0; i < sizeof(oddity_names) / sizeof(*oddity_names); i++)
		if (reset->oddities & 1u << i)
			fprintf(to, " %s", oddity_names[i]);
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

START_TEST(histories_say_what_was_seen)
{
	const struct row *row = &rows[_i];
	struct player player = {.now_ns = 1000000000};
	static struct text text;
	struct flow_table *table;

	text.count = 0;
	ck_assert_int_eq(flow_table_new(&table), 0);
	for (unsigned i = 0; i < LINES_MAX && row->lines[i]; i++) {
		struct segment segment = line_parse(&player, row->lines[i]);

		ck_assert_int_eq(flow_add(table, &segment, ++player.frame, NULL), 0);
	}
	ck_assert_int_eq(flow_take_all(table, take, &text), 0);
	for (unsigned i = 0; i < text.count || row->wants[i]; i++)
		ck_assert_msg(
			i < text.count && row->wants[i] && starts(text.lines[i], row->wants[i]),
			"%s: want\n\t%s, saw\n\t%s", row->name,
			row->wants[i] ? row->wants[i] : "nothing",
			i < text.count ? text.lines[i] : "nothing");
	ck_assert_uint_eq(flow_kept(table), 0);
	flow_table_free(table);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("history");

	tcase_add_loop_test(tcase, histories_say_what_was_seen, 0, ROWS);
	return tcase_run(tcase);
}
