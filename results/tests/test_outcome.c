/* SPDX-License-Identifier: MIT */
/* The notations of outcomes and events, both ways, and where each is refused. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *text;
	struct outcome outcome;
} outcomes[] = {
	{"?", {.kind = OUTCOME_NONE}},
	{"any", {.kind = OUTCOME_ANY}},
	{"0", {.kind = OUTCOME_NUMBER}},
	{"7", {.kind = OUTCOME_NUMBER, .number = 7}},
	{"-1", {.kind = OUTCOME_NUMBER, .number = -1}},
	{"9223372036854775807", {.kind = OUTCOME_NUMBER, .number = INT64_MAX}},
	{"-9223372036854775808", {.kind = OUTCOME_NUMBER, .number = INT64_MIN}},
	{"1 5", {.kind = OUTCOME_NUMBER, .number = 1, .has_second = true, .second = 5}},
	{"1..", {.kind = OUTCOME_NUMBER, .number = 1, .is_range = true, .number_max = INT64_MAX}},
	{"1..9", {.kind = OUTCOME_NUMBER, .number = 1, .is_range = true, .number_max = 9}},
	{"-5..-5", {.kind = OUTCOME_NUMBER, .number = -5, .is_range = true, .number_max = -5}},
	{"-1 ECONNRESET", {.kind = OUTCOME_ERROR, .error = ECONNRESET}},
	{"-1 EAGAIN", {.kind = OUTCOME_ERROR, .error = EAGAIN}},
	{"-1 E41", {.kind = OUTCOME_ERROR, .error = 41}},
	{"-1 EPIPE SIGPIPE", {.kind = OUTCOME_ERROR, .error = EPIPE, .signal = SIGPIPE}},
	{"IN|OUT", {.kind = OUTCOME_EVENTS, .events = POLLIN | POLLOUT}},
	{"IN|PRI|OUT|ERR|HUP|NVAL|RDHUP|0x100",
		{.kind = OUTCOME_EVENTS,
			.events = POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP | POLLNVAL |
				POLLRDHUP | POLLWRNORM}},
	{"all", {.kind = OUTCOME_WORD, .word = "all"}},
	{"ECONNRESET", {.kind = OUTCOME_WORD, .word = "ECONNRESET"}},
	{"TIME-WAIT", {.kind = OUTCOME_WORD, .word = "TIME-WAIT"}},
	{"part ECONNRESET", {.kind = OUTCOME_WORD, .word = "part", .error = ECONNRESET}},
	{"part 12 EPIPE",
		{.kind = OUTCOME_WORD,
			.word = "part",
			.has_number = true,
			.number = 12,
			.error = EPIPE}},
	{"exited 0", {.kind = OUTCOME_WORD, .word = "exited", .has_number = true}},
	{"killed SIGKILL", {.kind = OUTCOME_WORD, .word = "killed", .signal = SIGKILL}},
	{"killed SIG34", {.kind = OUTCOME_WORD, .word = "killed", .signal = 34}},
	{"ACK", {.kind = OUTCOME_SEGMENT, .flags = 0x10}},
	{"data 5", {.kind = OUTCOME_SEGMENT, .flags = 0x10, .bytes = 5}},
	{"SYN,ACK seq 0 ack 1",
		{.kind = OUTCOME_SEGMENT,
			.flags = 0x12,
			.given = OUTCOME_HAS_SEQ | OUTCOME_HAS_ACK,
			.ack = 1}},
	{"SYN,FIN,RST,ACK,URG data 9 ack -3 win 65535",
		{.kind = OUTCOME_SEGMENT,
			.flags = 0x37,
			.bytes = 9,
			.given = OUTCOME_HAS_ACK | OUTCOME_HAS_WIN,
			.ack = -3,
			.win = 65535}},
	{"7 spoilt at 3", {.kind = OUTCOME_NUMBER, .number = 7, .is_spoilt = true, .spoilt_at = 3}},
	{"all (65536 bytes)",
		{.kind = OUTCOME_WORD, .word = "all", .has_amount = true, .amount = 65536}},
	{"a23456789-123456789 -9223372036854775808 ENOTRECOVERABLE SIGSTKFLT spoilt at "
	 "-9223372036854775808 (-9223372036854775808 bytes)",
		{.kind = OUTCOME_WORD,
			.word = "a23456789-123456789",
			.has_number = true,
			.number = INT64_MIN,
			.error = ENOTRECOVERABLE,
			.signal = SIGSTKFLT,
			.is_spoilt = true,
			.spoilt_at = INT64_MIN,
			.has_amount = true,
			.amount = INT64_MIN}},
};

static bool outcomes_equal(const struct outcome *a, const struct outcome *b)
{
	return a->kind == b->kind && a->error == b->error && a->signal == b->signal &&
		a->events == b->events && a->has_number == b->has_number &&
		a->has_second == b->has_second && a->is_range == b->is_range &&
		a->is_spoilt == b->is_spoilt && a->has_amount == b->has_amount &&
		a->number == b->number && a->number_max == b->number_max &&
		a->second == b->second && a->spoilt_at == b->spoilt_at && a->amount == b->amount &&
		strcmp(a->word, b->word) == 0 && a->flags == b->flags && a->given == b->given &&
		a->bytes == b->bytes && a->seq == b->seq && a->ack == b->ack && a->win == b->win;
}

START_TEST(outcome_both_ways)
{
	struct outcome read;
	char text[OUTCOME_TEXT_SIZE];
	size_t at = 0;

	ck_assert_str_eq(
		outcome_print(&outcomes[_i].outcome, text, sizeof(text)), outcomes[_i].text);
	ck_assert_int_eq(outcome_parse(outcomes[_i].text, &read, &at), 0);
	ck_assert_msg(outcomes_equal(&read, &outcomes[_i].outcome), "%s", outcomes[_i].text);
}
END_TEST

static const struct {
	const char *text;
	size_t at;
} bad_outcomes[] = {
	{"", 0},
	{"   ", 3},
	{"=", 0},
	{"7x", 0},
	{"+7", 0},
	{"--7", 0},
	{"-", 0},
	{"9223372036854775808", 0},
	{"-9223372036854775809", 0},
	{"0x10x", 0},
	{"1 5 9", 4},
	{"1 ECONNRESET", 2},
	{"-1 ECONNREST", 3},
	{"-1 EPIPE EPIPE", 9},
	{"9..1", 0},
	{"..9", 0},
	{"1..x", 0},
	{"1...", 0},
	{"1.. 5", 4},
	{"1..9 EPIPE", 5},
	{"SIGPIPE", 0},
	{"IN|", 0},
	{"IN|WHAT", 0},
	{"|IN", 0},
	{"IN|0x0", 0},
	{"0x1g", 0},
	{"any 7", 4},
	{"any x", 4},
	{"all all", 4},
	{"a2345678901234567890", 0},
	{"a!b", 0},
	{"part 1 2", 7},
	{"part EPIPE 1", 11},
	{"killed SIGKILLED", 7},
	{"7 SIGPIPE SIGPIPE", 10},
	{"7 spoilt", 8},
	{"7 spoilt 3", 9},
	{"7 spoilt at", 11},
	{"7 spoilt at x", 12},
	{"7 spoilt at 3 SIGPIPE", 14},
	{"7 (3 bytes", 5},
	{"7 (3", 4},
	{"7 ( 3 bytes)", 2},
	{"7 3 bytes)", 4},
	{"7 (3 bytes) x", 12},
	{"7 (99999999999999999999 bytes)", 2},
	{"-1 E99999999999", 3},
	{"data", 4},
	{"data 0", 6},
	{"data -1", 7},
	{"data x", 5},
	{"ACK data 5", 10},
	{"FIN,ACK data", 12},
	{"PSH,ACK", 0},
	{"SYN,", 0},
	{"SYN,SYN", 0},
	{"ACK seq", 7},
	{"ACK ack 1 seq 1", 10},
	{"ACK win 1 win 1", 10},
};

START_TEST(outcome_refused)
{
	struct outcome read = {.kind = OUTCOME_ANY, .number = 42};
	size_t at = 999;

	ck_assert_int_eq(outcome_parse(bad_outcomes[_i].text, &read, &at), -EINVAL);
	ck_assert_msg(at == bad_outcomes[_i].at, "\"%s\": want offset %zu, saw %zu",
		bad_outcomes[_i].text, bad_outcomes[_i].at, at);
	ck_assert(read.kind == OUTCOME_ANY && read.number == 42);
}
END_TEST

static const struct {
	const char *text;
	struct event event;
} events[] = {
	{"client SYN", {.side = SIDE_CLIENT, .kind = EVENT_SYN}},
	{"server SYN,ACK", {.side = SIDE_SERVER, .kind = EVENT_SYN_ACK}},
	{"client data 7", {.kind = EVENT_DATA, .bytes = 7}},
	{"client data any", {.kind = EVENT_DATA, .is_any_amount = true}},
	{"client data ~70000", {.kind = EVENT_DATA, .is_about = true, .bytes = 70000}},
	{"server FIN", {.side = SIDE_SERVER, .kind = EVENT_FIN}},
	{"server FIN with data",
		{.side = SIDE_SERVER,
			.kind = EVENT_FIN,
			.given = EVENT_HAS_CARRIES,
			.with_data = true}},
	{"server FIN alone", {.side = SIDE_SERVER, .kind = EVENT_FIN, .given = EVENT_HAS_CARRIES}},
	{"server RST", {.side = SIDE_SERVER, .kind = EVENT_RST}},
	{"server RST,ACK seq 1 ack 8 win 512 ipid 1234 ttl 64 opts ts",
		{.side = SIDE_SERVER,
			.kind = EVENT_RST_ACK,
			.seq = 1,
			.ack = 8,
			.win = 512,
			.ipid = 1234,
			.ttl = 64,
			.opts = EVENT_OPTS_TS,
			.given = EVENT_HAS_SEQ | EVENT_HAS_ACK | EVENT_HAS_WIN | EVENT_HAS_IPID |
				EVENT_HAS_TTL | EVENT_HAS_OPTS}},
	{"client RST win >0 ipid >0 opts none",
		{.kind = EVENT_RST,
			.win = EVENT_POSITIVE,
			.ipid = EVENT_POSITIVE,
			.opts = EVENT_OPTS_NONE,
			.given = EVENT_HAS_WIN | EVENT_HAS_IPID | EVENT_HAS_OPTS}},
	{"server FIN with data seq -9223372036854775808 ack 9223372036854775807 win 65535 "
	 "ipid 65535 ttl 255 tos 255 opts other",
		{.side = SIDE_SERVER,
			.kind = EVENT_FIN,
			.with_data = true,
			.seq = INT64_MIN,
			.ack = INT64_MAX,
			.win = 65535,
			.ipid = 65535,
			.ttl = 255,
			.tos = 255,
			.opts = EVENT_OPTS_OTHER,
			.given = EVENT_HAS_CARRIES | EVENT_HAS_SEQ | EVENT_HAS_ACK | EVENT_HAS_WIN |
				EVENT_HAS_IPID | EVENT_HAS_TTL | EVENT_HAS_TOS | EVENT_HAS_OPTS}},
};

static bool events_equal(const struct event *a, const struct event *b)
{
	return a->side == b->side && a->kind == b->kind && a->given == b->given &&
		a->is_any_amount == b->is_any_amount && a->is_about == b->is_about &&
		a->with_data == b->with_data && a->opts == b->opts && a->bytes == b->bytes &&
		a->seq == b->seq && a->ack == b->ack && a->win == b->win && a->ipid == b->ipid &&
		a->ttl == b->ttl && a->tos == b->tos;
}

START_TEST(event_both_ways)
{
	struct event read;
	char text[EVENT_TEXT_SIZE];
	size_t at = 0;

	ck_assert_str_eq(event_print(&events[_i].event, text, sizeof(text)), events[_i].text);
	ck_assert_int_eq(event_parse(events[_i].text, &read, &at), 0);
	ck_assert_msg(events_equal(&read, &events[_i].event), "%s", events[_i].text);
}
END_TEST

static const struct {
	const char *text;
	size_t at;
} bad_events[] = {
	{"", 0},
	{"clients FIN", 0},
	{"listener FIN", 0},
	{"client", 6},
	{"client fin", 7},
	{"client FIN,ACK", 7},
	{"client data", 11},
	{"client data -7", 12},
	{"client data 7x", 12},
	{"client data ~", 12},
	{"client data ~any", 12},
	{"client data 7 with data", 14},
	{"client RST alone", 11},
	{"client FIN with", 15},
	{"client FIN with dat", 16},
	{"client FIN seq", 14},
	{"client FIN seq x", 15},
	{"client FIN seq 9223372036854775808", 15},
	{"client FIN ack 1 seq 1", 17},
	{"client FIN seq 1 seq 1", 17},
	{"client FIN win 65536", 15},
	{"client FIN win -1", 15},
	{"client FIN ipid >1", 16},
	{"client FIN ttl 256", 15},
	{"client FIN ttl >0", 15},
	{"client FIN tos 256", 15},
	{"client FIN tos 1 ttl 1", 17},
	{"client FIN opts", 15},
	{"client FIN opts tss", 16},
	{"client FIN opts ts ts", 19},
	{"client FIN opts ts ttl 1", 19},
	{"client  FIN  alone  x", 20},
};

START_TEST(event_refused)
{
	struct event read = {.bytes = 42};
	size_t at = 999;

	ck_assert_int_eq(event_parse(bad_events[_i].text, &read, &at), -EINVAL);
	ck_assert_msg(at == bad_events[_i].at, "\"%s\": want offset %zu, saw %zu",
		bad_events[_i].text, bad_events[_i].at, at);
	ck_assert_int_eq(read.bytes, 42);
}
END_TEST

/* Copies text with every blank doubled; its word number `word` replaced by "!" if there is one.
 * Returns the offset of that word. */
static size_t text_vary(const char *text, size_t word, char *ret)
{
	size_t n = 0, at = 0;
	char *out = ret;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (n++ == word) {
			at = (size_t)(out - ret);
			*out++ = '!';
		} else {
			out = mempcpy(out, text, length);
		}
		text += length;
		if (*text)
			out = mempcpy(out, "  ", 2);
		text += strspn(text, " ");
	}
	*out = '\0';
	return at;
}

static size_t words_in(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == ' ';
	return n;
}

START_TEST(outcome_every_position)
{
	size_t word, at = 999;
	struct outcome read;
	char text[2 * OUTCOME_TEXT_SIZE];

	text_vary(outcomes[_i].text, SIZE_MAX, text);
	ck_assert_int_eq(outcome_parse(text, &read, &at), 0);
	ck_assert(outcomes_equal(&read, &outcomes[_i].outcome));
	for (word = 0; word < words_in(outcomes[_i].text); word++) {
		size_t want = text_vary(outcomes[_i].text, word, text);

		ck_assert_int_eq(outcome_parse(text, &read, &at), -EINVAL);
		ck_assert_msg(at == want, "\"%s\": want offset %zu, saw %zu", text, want, at);
	}
}
END_TEST

START_TEST(event_every_position)
{
	size_t word, at = 999;
	struct event read;
	char text[2 * EVENT_TEXT_SIZE];

	text_vary(events[_i].text, SIZE_MAX, text);
	ck_assert_int_eq(event_parse(text, &read, &at), 0);
	ck_assert(events_equal(&read, &events[_i].event));
	for (word = 0; word < words_in(events[_i].text); word++) {
		size_t want = text_vary(events[_i].text, word, text);

		ck_assert_int_eq(event_parse(text, &read, &at), -EINVAL);
		ck_assert_msg(at == want, "\"%s\": want offset %zu, saw %zu", text, want, at);
	}
}
END_TEST

START_TEST(errno_every_number)
{
	char text[OUTCOME_TEXT_SIZE];
	struct outcome read;
	int error, parsed = 0;
	size_t at;

	for (error = 0; error <= 4095; error++) {
		struct outcome outcome = outcome_error(error);

		ck_assert_int_eq(
			outcome_parse(outcome_print(&outcome, text, sizeof(text)), &read, &at), 0);
		ck_assert(outcomes_equal(&outcome, &read));
	}
	ck_assert(errno_parse("EWOULDBLOCK", &parsed) && parsed == EAGAIN);
	ck_assert(errno_parse("ENOTSUP", &parsed) && parsed == EOPNOTSUPP);
	ck_assert(!errno_parse("E?", &parsed) && !errno_parse("", &parsed));
	ck_assert_str_eq(errno_name(0), "E?");
	ck_assert_str_eq(errno_name(-1), "E?");
	ck_assert_str_eq(errno_name(INT_MAX), "E?");
}
END_TEST

START_TEST(signal_every_number)
{
	char name[16];
	int signal, parsed;

	for (signal = 1; signal <= 64; signal++)
		ck_assert(signal_parse(signal_name(signal, name, sizeof(name)), &parsed) &&
			parsed == signal);
	ck_assert_str_eq(signal_name(SIGKILL, name, sizeof(name)), "SIGKILL");
	ck_assert(!signal_parse("SIG", &parsed) && !signal_parse("KILL", &parsed));
}
END_TEST

START_TEST(constructors)
{
	struct outcome outcome = outcome_word("a word\nthat is too long");
	char text[OUTCOME_TEXT_SIZE], small[6];
	enum counter counter;
	enum side side = SIDE_SERVER;
	int i;

	ck_assert_str_eq(outcome_print(&outcome, text, sizeof(text)), "a_word_that_is_too_");
	ck_assert_str_eq(outcome_print(&outcome, small, sizeof(small)), "a_wor");
	ck_assert(outcome_word("").kind == OUTCOME_NONE);
	ck_assert(outcome_events(0).kind == OUTCOME_NUMBER);
	ck_assert(outcome_events(POLLIN).kind == OUTCOME_EVENTS);
	for (i = 0; i < COUNTER_COUNT; i++)
		ck_assert(counter_parse(counter_name((enum counter)i), &counter) &&
			counter == (enum counter)i);
	ck_assert(!counter_parse("TCPAbort", &counter));
	ck_assert(!side_parse("clien", &side) && side == SIDE_SERVER);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("text");

	tcase_add_loop_test(tests, outcome_both_ways, 0, N_OF(outcomes));
	tcase_add_loop_test(tests, outcome_refused, 0, N_OF(bad_outcomes));
	tcase_add_loop_test(tests, outcome_every_position, 0, N_OF(outcomes));
	tcase_add_loop_test(tests, event_both_ways, 0, N_OF(events));
	tcase_add_loop_test(tests, event_refused, 0, N_OF(bad_events));
	tcase_add_loop_test(tests, event_every_position, 0, N_OF(events));
	tcase_add_test(tests, errno_every_number);
	tcase_add_test(tests, signal_every_number);
	tcase_add_test(tests, constructors);
	return tests_run(tests);
}
