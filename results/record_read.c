/* SPDX-License-Identifier: MIT */
/* Reads records. Believes nothing: the text may have come over a serial line from a guest that
 * crashed. What does not fit is a complaint, never cut short in silence. Must not know cases. */
#include "record.h"

#include <errno.h>

#include "record_line.h"
#include "record_timed.h"
#include "stream_end.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

struct reader {
	struct record_line line;
	unsigned begun; /* the line of `record`; 0: before it */
	uint32_t seen; /* a bit for each row of `lines` that may come only once */
	uint32_t counters_seen, states_seen;
	bool is_ended;
	struct record record;
	size_t *end; /* what "# complete N" said */
};

static int head_read(struct reader *reader, struct text_scan *scan)
{
	struct record *record = &reader->record;
	int r;

	r = line_take(&reader->line, scan->word, "a name", record->name, sizeof(record->name));
	if (r < 0)
		return r;
	text_scan_next(scan);
	r = line_take(
		&reader->line, scan->word, "a variant", record->variant, sizeof(record->variant));
	if (r < 0)
		return r;
	text_scan_next(scan);
	reader->begun = reader->line.number;
	return line_take(
		&reader->line, line_rest(scan), "a system", record->system, sizeof(record->system));
}

static int about_read(struct reader *reader, struct text_scan *scan)
{
	return line_take(
		&reader->line, line_rest(scan), "a text", reader->record.about, RECORD_TEXT_SIZE);
}

static int departs_read(struct reader *reader, struct text_scan *scan)
{
	return line_take(
		&reader->line, line_rest(scan), "a text", reader->record.departs, RECORD_TEXT_SIZE);
}

/* A number that is not 0: such a line would not be there. */
static int count_read(struct reader *reader, struct text_scan *scan, uint32_t *ret)
{
	int64_t number;

	if (!text_word_number(scan->word, &number) || number < 1 || number > UINT32_MAX)
		return line_want(&reader->line, scan->word.start, "a number above 0");
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
		return line_want(&reader->line, scan->word.start, "ms");
	return line_end(&reader->line, scan);
}

static int again_read(struct reader *reader, struct text_scan *scan)
{
	int r = count_read(reader, scan, &reader->record.again);

	if (r < 0)
		return r;
	return line_end(&reader->line, scan);
}

static int broken_read(struct reader *reader, struct text_scan *scan)
{
	return line_take(
		&reader->line, line_rest(scan), "a text", reader->record.broken, RECORD_TEXT_SIZE);
}

static int skip_read(struct reader *reader, struct text_scan *scan)
{
	return line_take(
		&reader->line, line_rest(scan), "a text", reader->record.skip, RECORD_TEXT_SIZE);
}

static int mib_read(struct reader *reader, struct text_scan *scan)
{
	char name[32];
	enum counter counter;
	struct text_word delta;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !counter_parse(name, &counter))
		return line_want(&reader->line, scan->word.start, "a counter");
	if (reader->counters_seen & 1u << counter)
		return line_refuse(&reader->line, "%s is counted a second time", name);
	reader->counters_seen |= 1u << counter;
	text_scan_next(scan);
	delta = scan->word;
	if (delta.length > 1 && delta.start[0] == '+' && delta.start[1] != '-') {
		delta.start++;
		delta.length--;
	} else if (delta.length == 0 || delta.start[0] != '-') {
		return line_want(&reader->line, scan->word.start, "+N or -N");
	}
	if (!text_word_number(delta, &reader->record.counters[counter]))
		return line_want(&reader->line, scan->word.start, "+N or -N");
	text_scan_next(scan);
	return line_end(&reader->line, scan);
}

static int state_read(struct reader *reader, struct text_scan *scan)
{
	char name[16];
	enum side side;
	int r;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !side_parse(name, &side) ||
		!side_is_end(side))
		return line_want(&reader->line, scan->word.start, "client or server");
	if (reader->states_seen & 1u << side)
		return line_refuse(
			&reader->line, "the state of the %s is given a second time", name);
	reader->states_seen |= 1u << side;
	text_scan_next(scan);
	r = line_take(&reader->line, scan->word, "a state", reader->record.states[side],
		RECORD_STATE_SIZE);
	if (r < 0)
		return r;
	text_scan_next(scan);
	return line_end(&reader->line, scan);
}

static int reason_read(struct reader *reader, struct text_scan *scan)
{
	struct record *record = &reader->record;
	struct record_reason *reason = &record->reasons[record->n_reasons];
	char name[16];
	int r;

	if (record->n_reasons == RECORD_MAX_REASONS)
		return line_refuse(
			&reader->line, "one reason more than the %d that fit", RECORD_MAX_REASONS);
	if (!text_word_copy(scan->word, name, sizeof(name)) || !side_parse(name, &reason->side) ||
		reason->side == SIDE_LISTENER)
		return line_want(&reader->line, scan->word.start, "client or server");
	text_scan_next(scan);
	r = line_take(&reader->line, scan->word, "a reason", reason->name, sizeof(reason->name));
	if (r < 0)
		return r;
	record->n_reasons++;
	text_scan_next(scan);
	return line_end(&reader->line, scan);
}

static int unseen_read(struct reader *reader, struct text_scan *scan)
{
	char word[48];

	do {
		if (!text_word_copy(scan->word, word, sizeof(word)) ||
			!unseen_add(&reader->record.unseen, word))
			return line_want(
				&reader->line, scan->word.start, "mib, a counter, state or reason");
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
		return line_want(&reader->line, scan->word.start,
			"PASS, FAIL, BROKEN, SKIP, KNOWN or nothing");
	text_scan_next(scan);
	if (scan->word.length == 0)
		return 0;
	return line_take(
		&reader->line, line_rest(scan), "a text", record->reason, sizeof(record->reason));
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
			return line_refuse(&reader->line,
				"want the end of the record that began on "
				"line %u, read another record",
				reader->begun);
		if (!lines[i].is_repeated && reader->seen & 1u << i)
			return line_refuse(&reader->line,
				"a second \"%s\" in the record that "
				"began on line %u",
				lines[i].keyword, reader->begun);
		reader->seen |= 1u << i;
		return lines[i].read(reader, scan);
	}
	return line_want(&reader->line, scan->word.start,
		"a time, about, departs, mib, state, reason, unseen, late, again, broken, skip or end");
}

static int line_read(struct reader *reader)
{
	struct text_scan scan = text_scan(reader->line.text);
	char first = scan.word.length ? scan.word.start[0] : '\0';
	size_t end;

	if (first == '\0' || (!reader->begun && first == '#')) {
		if (stream_end_parse(reader->line.text, &end))
			*reader->end = end;
		return 0;
	}
	if (!reader->begun && !text_word_is(scan.word, "record"))
		return line_want(&reader->line, scan.word.start, "record");
	if ((first >= '0' && first <= '9') || first == '-')
		return timed_read(&reader->line, &scan, &reader->record);
	return keyword_read(reader, &scan);
}

/* Behind its last line a stream may end, but not in a record. */
static int unended_refuse(struct reader *reader)
{
	if (!reader->begun)
		return 0;
	return line_refuse(&reader->line,
		"want \"end\" of the record that began on line %u, "
		"read the end of the file",
		reader->begun);
}

int record_read_to(FILE *stream, unsigned *line, struct record *ret, size_t *end,
	struct record_complaint *ret_complaint)
{
	struct reader reader = {
		.line = {.stream = stream, .number = *line, .complaint = ret_complaint},
		.end = end};
	int r = 1;

	while (r > 0 && !reader.is_ended) {
		r = line_next(&reader.line);
		if (r > 0 && line_read(&reader) < 0)
			r = -EINVAL;
	}
	if (!r)
		r = unended_refuse(&reader);
	if (reader.line.number)
		*line = reader.line.number;
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
