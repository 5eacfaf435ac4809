/* SPDX-License-Identifier: MIT */
/* Reads records. Believes nothing: the text may have come over a serial line from a guest that
 * crashed. What does not fit is a complaint, never cut short in silence. Must not know cases. */
#include "record.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "stream_end.h"
#include "text.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

/* The longest line that record_print() writes has some 350 bytes. */
enum { LINE_SIZE = 1024, QUOTE_LENGTH = 48 };

struct reader {
	FILE *stream;
	unsigned line;
	unsigned begun; /* the line of `record`; 0: before it */
	uint32_t seen; /* a bit for each row of `lines` that may come only once */
	uint32_t counters_seen, states_seen;
	bool is_ended;
	char text[LINE_SIZE];
	struct record record;
	struct record_complaint *complaint;
	size_t *end; /* what "# complete N" said */
};

/* Says what was wanted and what stands at `at` instead. Always returns -EINVAL. */
static int complain(struct reader *reader, const char *at, const char *want)
{
	struct record_complaint *complaint = reader->complaint;
	size_t length = strlen(at);
	bool is_cut = length > QUOTE_LENGTH;

	if (is_cut)
		length = text_bad_byte(at, QUOTE_LENGTH);
	complaint->line = reader->line;
	if (length == 0 && !is_cut)
		snprintf(complaint->text, sizeof(complaint->text),
			"want %s, read the end of the line", want);
	else
		snprintf(complaint->text, sizeof(complaint->text), "want %s, read \"%.*s%s\"", want,
			(int)length, at, is_cut ? "..." : "");
	return -EINVAL;
}

__attribute__((format(printf, 2, 3))) static int complain_plainly(
	struct reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reader->complaint->line = reader->line;
	vsnprintf(reader->complaint->text, sizeof(reader->complaint->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* The rest of the line from the current word on, without blanks at its end. */
static struct text_word rest_of(const struct text_scan *scan)
{
	struct text_word rest = {.start = scan->word.start, .length = strlen(scan->word.start)};

	while (rest.length && strchr(" \t", rest.start[rest.length - 1]))
		rest.length--;
	return rest;
}

static int take_field(
	struct reader *reader, struct text_word word, const char *what, char *buf, size_t size)
{
	char want[64];

	if (word.length == 0)
		return complain(reader, word.start, what);
	if (text_word_copy(word, buf, size))
		return 0;
	snprintf(want, sizeof(want), "%s of at most %zu bytes", what, size - 1);
	return complain(reader, word.start, want);
}

static int head_read(struct reader *reader, struct text_scan *scan)
{
	struct record *record = &reader->record;
	int r;

	r = take_field(reader, scan->word, "a name", record->name, sizeof(record->name));
	if (r < 0)
		return r;
	text_scan_next(scan);
	r = take_field(reader, scan->word, "a variant", record->variant, sizeof(record->variant));
	if (r < 0)
		return r;
	text_scan_next(scan);
	reader->begun = reader->line;
	return take_field(
		reader, rest_of(scan), "a system", record->system, sizeof(record->system));
}

static int about_read(struct reader *reader, struct text_scan *scan)
{
	return take_field(reader, rest_of(scan), "a text", reader->record.about, RECORD_TEXT_SIZE);
}

static int departs_read(struct reader *reader, struct text_scan *scan)
{
	return take_field(
		reader, rest_of(scan), "a text", reader->record.departs, RECORD_TEXT_SIZE);
}

/* A number that is not 0: such a line would not be there. */
static int count_read(struct reader *reader, struct text_scan *scan, uint32_t *ret)
{
	int64_t number;

	if (!text_word_number(scan->word, &number) || number < 1 || number > UINT32_MAX)
		return complain(reader, scan->word.start, "a number above 0");
	text_scan_next(scan);
	*ret = (uint32_t)number;
	return 0;
}

static int late_read(struct reader *reader, struct text_scan *scan)
{
	int r = count_read(reader, scan, &reader->record.late_ms);

	if (r < 0)
		return r;
	if (!text_take(scan, "ms"))
		return complain(reader, scan->word.start, "ms");
	return scan->word.length ? complain(reader, scan->word.start, "the end of the line") : 0;
}

static int again_read(struct reader *reader, struct text_scan *scan)
{
	int r = count_read(reader, scan, &reader->record.again);

	if (r < 0)
		return r;
	return scan->word.length ? complain(reader, scan->word.start, "the end of the line") : 0;
}

static int broken_read(struct reader *reader, struct text_scan *scan)
{
	return take_field(reader, rest_of(scan), "a text", reader->record.broken, RECORD_TEXT_SIZE);
}

static int skip_read(struct reader *reader, struct text_scan *scan)
{
	return take_field(reader, rest_of(scan), "a text", reader->record.skip, RECORD_TEXT_SIZE);
}

static int mib_read(struct reader *reader, struct text_scan *scan)
{
	char name[32];
	enum counter counter;
	struct text_word delta;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !counter_parse(name, &counter))
		return complain(reader, scan->word.start, "a counter");
	if (reader->counters_seen & 1u << counter)
		return complain_plainly(reader, "%s is counted a second time", name);
	reader->counters_seen |= 1u << counter;
	text_scan_next(scan);
	delta = scan->word;
	if (delta.length > 1 && delta.start[0] == '+' && delta.start[1] != '-') {
		delta.start++;
		delta.length--;
	} else if (delta.length == 0 || delta.start[0] != '-') {
		return complain(reader, scan->word.start, "+N or -N");
	}
	if (!text_word_number(delta, &reader->record.counters[counter]))
		return complain(reader, scan->word.start, "+N or -N");
	text_scan_next(scan);
	return scan->word.length ? complain(reader, scan->word.start, "the end of the line") : 0;
}

static int state_read(struct reader *reader, struct text_scan *scan)
{
	char name[16];
	enum side side;
	int r;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !side_parse(name, &side) ||
		!side_is_end(side))
		return complain(reader, scan->word.start, "client or server");
	if (reader->states_seen & 1u << side)
		return complain_plainly(reader, "the state of the %s is given a second time", name);
	reader->states_seen |= 1u << side;
	text_scan_next(scan);
	r = take_field(
		reader, scan->word, "a state", reader->record.states[side], RECORD_STATE_SIZE);
	if (r < 0)
		return r;
	text_scan_next(scan);
	return scan->word.length ? complain(reader, scan->word.start, "the end of the line") : 0;
}

static int reason_read(struct reader *reader, struct text_scan *scan)
{
	struct record *record = &reader->record;
	struct record_reason *reason = &record->reasons[record->n_reasons];
	char name[16];
	int r;

	if (record->n_reasons == RECORD_MAX_REASONS)
		return complain_plainly(
			reader, "one reason more than the %d that fit", RECORD_MAX_REASONS);
	if (!text_word_copy(scan->word, name, sizeof(name)) || !side_parse(name, &reason->side) ||
		reason->side == SIDE_LISTENER)
		return complain(reader, scan->word.start, "client or server");
	text_scan_next(scan);
	r = take_field(reader, scan->word, "a reason", reason->name, sizeof(reason->name));
	if (r < 0)
		return r;
	record->n_reasons++;
	text_scan_next(scan);
	return scan->word.length ? complain(reader, scan->word.start, "the end of the line") : 0;
}

static int unseen_read(struct reader *reader, struct text_scan *scan)
{
	char word[48];

	do {
		if (!text_word_copy(scan->word, word, sizeof(word)) ||
			!unseen_add(&reader->record.unseen, word))
			return complain(
				reader, scan->word.start, "mib, a counter, state or reason");
		text_scan_next(scan);
	} while (scan->word.length);
	return 0;
}

static int end_read(struct reader *reader, struct text_scan *scan)
{
	struct record *record = &reader->record;
	char word[16];

	reader->is_ended = true;
	if (!text_word_copy(scan->word, word, sizeof(word)) ||
		!verdict_parse(word, &record->verdict))
		return complain(
			reader, scan->word.start, "PASS, FAIL, BROKEN, SKIP, KNOWN or nothing");
	text_scan_next(scan);
	if (scan->word.length == 0)
		return 0;
	return take_field(reader, rest_of(scan), "a text", record->reason, sizeof(record->reason));
}

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

static int step_read(struct reader *reader, struct text_scan *scan, int64_t at_ns)
{
	struct record *record = &reader->record;
	struct record_step *step = &record->steps[record->n_steps];
	struct text_word call;
	const char *equals;
	size_t at;
	int r;

	if (record->n_steps == RECORD_MAX_STEPS)
		return complain_plainly(
			reader, "one step more than the %d that fit", RECORD_MAX_STEPS);
	if (!who_parse(scan->word, step))
		return complain(reader, scan->word.start, "client, server, listener, peer or wire");
	text_scan_next(scan);
	equals = equals_find(*scan);
	if (!equals)
		return complain(reader, scan->word.start, "a call and \" = \" before its outcome");
	reader->text[equals - reader->text] = '\0';
	call = rest_of(scan);
	r = take_field(reader, call, "a call", step->call, sizeof(step->call));
	if (r < 0)
		return r;
	equals++;
	if (!took_cut(reader->text + (equals - reader->text), &step->took_ns))
		return complain(
			reader, equals + strspn(equals, " \t"), "an outcome and \"in Nus\"");
	if (outcome_parse(equals, &step->outcome, &at) < 0)
		return complain(reader, equals + at, "an outcome");
	step->at_ns = at_ns;
	record->n_steps++;
	return 0;
}

static int wire_read(struct reader *reader, struct text_scan *scan, int64_t at_ns)
{
	struct record *record = &reader->record;
	struct record_event *event = &record->events[record->n_events];
	size_t at;

	if (record->n_events == RECORD_MAX_EVENTS)
		return complain_plainly(
			reader, "one event more than the %d that fit", RECORD_MAX_EVENTS);
	if (event_parse(scan->word.start, &event->event, &at) < 0)
		return complain(reader, scan->word.start + at, "a telling event");
	event->at_ns = at_ns;
	record->n_events++;
	return 0;
}

static int timed_read(struct reader *reader, struct text_scan *scan)
{
	int64_t at_ns;

	if (!time_parse(scan->word, &at_ns))
		return complain(reader, scan->word.start, "a time in seconds with six decimals");
	text_scan_next(scan);
	if (text_take(scan, "wire"))
		return wire_read(reader, scan, at_ns);
	return step_read(reader, scan, at_ns);
}

static const struct {
	const char *keyword;
	int (*read)(struct reader *reader, struct text_scan *scan);
	bool is_repeated;
} lines[] = {
	{"record", head_read},
	{"about", about_read},
	{"departs", departs_read},
	{"mib", mib_read, true},
	{"state", state_read, true},
	{"reason", reason_read, true},
	{"unseen", unseen_read},
	{"late", late_read},
	{"again", again_read},
	{"broken", broken_read},
	{"skip", skip_read},
	{"end", end_read},
};

static int keyword_read(struct reader *reader, struct text_scan *scan)
{
	size_t i;

	for (i = 0; i < N_OF(lines); i++) {
		if (!text_take(scan, lines[i].keyword))
			continue;
		if (reader->begun && lines[i].read == head_read)
			return complain_plainly(reader,
				"want the end of the record that began on "
				"line %u, read another record",
				reader->begun);
		if (!lines[i].is_repeated && reader->seen & 1u << i)
			return complain_plainly(reader,
				"a second \"%s\" in the record that "
				"began on line %u",
				lines[i].keyword, reader->begun);
		reader->seen |= 1u << i;
		return lines[i].read(reader, scan);
	}
	return complain(reader, scan->word.start,
		"a time, about, departs, mib, state, reason, unseen, late, again, broken, skip or end");
}

static int line_read(struct reader *reader)
{
	struct text_scan scan = text_scan(reader->text);
	char first = scan.word.length ? scan.word.start[0] : '\0';
	size_t end;

	if (first == '\0' || (!reader->begun && first == '#')) {
		if (stream_end_parse(reader->text, &end))
			*reader->end = end;
		return 0;
	}
	if (!reader->begun && !text_word_is(scan.word, "record"))
		return complain(reader, scan.word.start, "record");
	if ((first >= '0' && first <= '9') || first == '-')
		return timed_read(reader, &scan);
	return keyword_read(reader, &scan);
}

static int stream_ended(struct reader *reader, size_t length)
{
	if (ferror(reader->stream)) {
		reader->line = 0;
		complain_plainly(reader, "%s", strerror(errno));
		return -EIO;
	}
	if (length) {
		reader->line++;
		return complain_plainly(reader, "the file ends in the middle of this line");
	}
	if (reader->begun)
		return complain_plainly(reader,
			"want \"end\" of the record that began on line %u, "
			"read the end of the file",
			reader->begun);
	return 0;
}

static int line_check(struct reader *reader, size_t length)
{
	size_t bad = text_bad_byte(reader->text, length);

	reader->text[length] = '\0';
	if (bad < length)
		return complain_plainly(reader, "want text, read the byte 0x%02x in column %zu",
			(unsigned char)reader->text[bad], bad + 1);
	return 1;
}

/* Returns 1 with the next line in reader->text, 0 at the end of the file, or a complaint. */
static int line_get(struct reader *reader)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(reader->stream)) != '\n') {
		if (c == EOF)
			return stream_ended(reader, length);
		if (length == LINE_SIZE - 1) {
			reader->line++;
			return complain_plainly(
				reader, "a line longer than the %d bytes that fit", LINE_SIZE - 1);
		}
		reader->text[length++] = (char)c;
	}
	reader->line++;
	/* A terminal between a guest and us ends lines with CR LF. */
	if (length && reader->text[length - 1] == '\r')
		length--;
	return line_check(reader, length);
}

int record_read_to(FILE *stream, unsigned *line, struct record *ret, size_t *end,
	struct record_complaint *ret_complaint)
{
	struct reader reader = {
		.stream = stream, .line = *line, .complaint = ret_complaint, .end = end};
	int r = 1;

	while (r > 0 && !reader.is_ended) {
		r = line_get(&reader);
		if (r > 0 && line_read(&reader) < 0)
			r = -EINVAL;
	}
	if (reader.line)
		*line = reader.line;
	if (r <= 0)
		return r;
	*ret = reader.record;
	return 1;
}

int record_read(
	FILE *stream, unsigned *line, struct record *ret, struct record_complaint *ret_complaint)
{
	size_t end;

	return record_read_to(stream, line, ret, &end, ret_complaint);
}
