/* SPDX-License-Identifier: MIT */
#include "record_timed.h"

#include <errno.h>
#include <string.h>

/* "12.000345": exactly six decimals, so that what is read is what will be printed. */
static bool time_parse(struct text_word word, int64_t *ret_ns)
{
	bool is_negative = word.length && word.start[0] == '-';
	struct text_word seconds = word, decimals = word;
	int64_t whole, part, ns;

	if (word.length < 8 || word.start[word.length - 7] != '.')
		return false;
	seconds.length -= 7;
	decimals.start += word.length - 6;
	decimals.length = 6;
	if (decimals.start[0] == '-' || !text_word_number(seconds, &whole) ||
		!text_word_number(decimals, &part))
		return false;
	if (__builtin_mul_overflow(whole, 1000000000, &ns) ||
		__builtin_add_overflow(ns, is_negative ? -part * 1000 : part * 1000, &ns))
		return false;
	*ret_ns = ns;
	return true;
}

/* "in 12us", which stands behind an outcome. Returns false or cuts it off. */
static bool took_cut(char *text, int64_t *ret_ns)
{
	struct text_scan scan = text_scan(text);
	struct text_word in = {.start = text}, took = in;
	int64_t us;

	for (; scan.word.length; text_scan_next(&scan)) {
		in = took;
		took = scan.word;
	}
	if (!text_word_is(in, "in") || took.length < 3 ||
		memcmp(took.start + took.length - 2, "us", 2) != 0)
		return false;
	took.length -= 2;
	if (!text_word_number(took, &us) || __builtin_mul_overflow(us, 1000, ret_ns))
		return false;
	text[in.start - text] = '\0';
	return true;
}

/* The last "=": a call may hold one, an outcome never does. NULL if there is none. */
static const char *equals_find(struct text_scan scan)
{
	const char *found = NULL;

	for (; scan.word.length; text_scan_next(&scan))
		if (text_word_is(scan.word, "="))
			found = scan.word.start;
	return found;
}

static bool who_parse(struct text_word word, struct record_step *ret)
{
	const char *colon = memchr(word.start, ':', word.length);
	struct text_word side = word;
	int64_t actor = 0;
	char name[16];

	if (colon) {
		struct text_word number = {colon + 1, 0};

		side.length = (size_t)(colon - word.start);
		number.length = word.length - side.length - 1;
		if (!text_word_number(number, &actor) || actor < 1 || actor > UINT8_MAX)
			return false;
	}
	ret->actor = (uint8_t)actor;
	return text_word_copy(side, name, sizeof(name)) && side_parse(name, &ret->side);
}

static int step_read(
	struct record_line *line, struct text_scan *scan, int64_t at_ns, struct record *record)
{
	struct record_step *step = &record->steps[record->n_steps];
	struct text_word call;
	const char *equals;
	size_t at;
	int r;

	if (record->n_steps == RECORD_MAX_STEPS)
		return line_refuse(line, "one step more than the %d that fit", RECORD_MAX_STEPS);
	if (!who_parse(scan->word, step))
		return line_want(line, scan->word.start, "client, server, listener, peer or wire");
	text_scan_next(scan);
	equals = equals_find(*scan);
	if (!equals)
		return line_want(line, scan->word.start, "a call and \" = \" before its outcome");
	line->text[equals - line->text] = '\0';
	call = line_rest(scan);
	r = line_take(line, call, "a call", step->call, sizeof(step->call));
	if (r < 0)
		return r;
	equals++;
	if (!took_cut(line->text + (equals - line->text), &step->took_ns))
		return line_want(line, equals + strspn(equals, " \t"), "an outcome and \"in Nus\"");
	if (outcome_parse(equals, &step->outcome, &at) < 0)
		return line_want(line, equals + at, "an outcome");
	step->at_ns = at_ns;
	record->n_steps++;
	return 0;
}

static int wire_read(
	struct record_line *line, struct text_scan *scan, int64_t at_ns, struct record *record)
{
	struct record_event *event = &record->events[record->n_events];
	size_t at;

	if (record->n_events == RECORD_MAX_EVENTS)
		return line_refuse(line, "one event more than the %d that fit", RECORD_MAX_EVENTS);
	if (event_parse(scan->word.start, &event->event, &at) < 0)
		return line_want(line, scan->word.start + at, "a telling event");
	event->at_ns = at_ns;
	record->n_events++;
	return 0;
}

int timed_read(struct record_line *line, struct text_scan *scan, struct record *ret)
{
	int64_t at_ns;

	if (!time_parse(scan->word, &at_ns))
		return line_want(line, scan->word.start, "a time in seconds with six decimals");
	text_scan_next(scan);
	if (text_take(scan, "wire"))
		return wire_read(line, scan, at_ns, ret);
	return step_read(line, scan, at_ns, ret);
}
