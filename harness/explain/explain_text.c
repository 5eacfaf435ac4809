/* SPDX-License-Identifier: MIT */
/* See explain_text.h. */
#include "explain_text.h"

#include <stdarg.h>
#include <string.h>

#include "explain_words.h"
#include "labelled.h"

#define HOUR_LENGTH 14 /* of "2026-11-21 12:" */

/* ---- lines: of millions of connections, so without printf ---- */

struct line {
	char text[512];
	size_t length;
};

static void put(struct line *line, const char *text)
{
	size_t n = strlen(text);

	memcpy(line->text + line->length, text, n);
	line->length += n;
}

static void put_number(struct line *line, uint64_t number)
{
	line->length += explain_put_number(line->text + line->length, number);
}

/* Blanks up to a column, at least one. */
static void put_blanks(struct line *line, size_t column)
{
	do
		line->text[line->length++] = ' ';
	while (line->length < column);
}

static void put_seconds(struct line *line, int64_t ns)
{
	uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;

	put_number(line, us / 1000000);
	line->text[line->length++] = '.';
	for (uint64_t digit = 100000; digit; digit /= 10)
		line->text[line->length++] = (char)('0' + us / digit % 10);
}

/* The clock's time of day; the zone is asked for once in an hour of capture. */
static void put_clock(struct line *line, int64_t time_ns)
{
	static int64_t hour = INT64_MIN;
	static char prefix[EXPLAIN_TIME_SIZE]; /* "2026-11-21 12:" */
	int64_t within = (time_ns % 3600000000000 + 3600000000000) % 3600000000000;
	uint64_t seconds = (uint64_t)within / 1000000000;

	if (time_ns - within != hour) {
		explain_time(time_ns, false, prefix);
		hour = time_ns - within;
		/* where a zone's minutes are not whole hours off, this is asked each time */
		if ((uint64_t)(prefix[14] - '0') * 10 + (uint64_t)(prefix[15] - '0') !=
			seconds / 60)
			hour = INT64_MIN;
	}
	if (hour == INT64_MIN) {
		put(line, prefix);
		return;
	}
	memcpy(line->text + line->length, prefix, HOUR_LENGTH);
	line->length += HOUR_LENGTH;
	line->text[line->length++] = (char)('0' + seconds / 600);
	line->text[line->length++] = (char)('0' + seconds / 60 % 10);
	line->text[line->length++] = ':';
	line->text[line->length++] = (char)('0' + seconds % 60 / 10);
	line->text[line->length++] = (char)('0' + seconds % 10);
	line->text[line->length++] = '.';
	for (uint64_t digit = 100000, us = (uint64_t)within / 1000; digit; digit /= 10)
		line->text[line->length++] = (char)('0' + us / digit % 10);
}

/* Where the columns of a line begin. */
enum { BEGUN = 10, SECONDS = 37, FRAME = 51, ENDER = 61, ENDS = 70, CAUSE = 116 };

void explain_print_heading(FILE *stream)
{
	fprintf(stream, "%9s %-27s%12s  %-10s%-9s%-46s%s\n", "number", "begun", "seconds", "frame",
		"ended by", "opener > other", "cause");
}

/* "unread-data?": likely; "unread-data|abort": the same bytes. */
static void put_cause(struct line *line, const struct finding *finding)
{
	put(line, cause_name(finding->causes[0]));
	if (finding->certainty == LIKELY)
		put(line, "?");
	for (unsigned i = 1; finding->certainty == UNDECIDABLE && i < finding->n_same; i++) {
		put(line, "|");
		put(line, cause_name(finding->causes[i]));
	}
}

static void put_reason(struct line *line, const struct live_reason *reason)
{
	if (!reason->name[0])
		return;
	put(line, " ");
	put(line, reason->name);
	if (!reason->pid)
		return;
	put(line, " ");
	put(line, reason->command);
	put(line, "[");
	put_number(line, (uint64_t)reason->pid);
	put(line, "]");
}

/* Moves what stands behind `from` to the right, so that it ends at the column. */
static void align_right(struct line *line, size_t from, size_t column)
{
	size_t width = line->length - from;

	if (line->length >= column)
		return;
	memmove(line->text + column - width, line->text + from, width);
	memset(line->text + from, ' ', column - width - from);
	line->length = column;
}

void explain_print_line(const struct explained *explained, FILE *stream)
{
	const struct history *history = explained->history;
	const struct finding *finding = explained->finding;
	struct line line = {.length = 0};
	size_t from;

	put_number(&line, history->number);
	align_right(&line, 0, BEGUN - 1);
	put_blanks(&line, BEGUN);
	put_clock(&line, history->begun_ns);
	put_blanks(&line, SECONDS);
	from = line.length;
	put_seconds(&line, history->ended_ns - history->begun_ns);
	align_right(&line, from, FRAME - 2);
	put_blanks(&line, FRAME);
	if (finding->frame)
		put_number(&line, finding->frame);
	else
		put(&line, "-");
	put_blanks(&line, ENDER);
	put(&line, explain_ender(finding->ender));
	put_blanks(&line, ENDS);
	line.length += explain_put_end(line.text + line.length, &history->ends[HISTORY_OPENER]);
	put(&line, " > ");
	line.length += explain_put_end(line.text + line.length, &history->ends[HISTORY_OTHER]);
	put_blanks(&line, CAUSE);
	put_cause(&line, finding);
	put_reason(&line, explained->reason);
	put(&line, "\n");
	fwrite(line.text, 1, line.length, stream);
}

/* ---- one connection in full ---- */

static const char *who(
	const struct history *history, enum finding_ender ender, char buf[EXPLAIN_END_SIZE])
{
	switch (ender) {
	case ENDER_OPENER: return explain_end(&history->ends[HISTORY_OPENER], buf);
	case ENDER_OTHER: return explain_end(&history->ends[HISTORY_OTHER], buf);
	case ENDER_BOTH: return "both ends at once";
	case ENDER_NETWORK: return "neither end, but somebody between them";
	case ENDER_NOBODY: break;
	}
	return "nobody";
}

__attribute__((format(printf, 2, 3))) static void say(const char *label, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	labelled_print(label, text, labelled_width());
}

static void print_ends(const struct history *history)
{
	char opener[EXPLAIN_END_SIZE], other[EXPLAIN_END_SIZE], begun[EXPLAIN_TIME_SIZE],
		lasted[EXPLAIN_TIME_SIZE], frames[64];

	printf("#%u  %s > %s%s\n", history->number,
		explain_end(&history->ends[HISTORY_OPENER], opener),
		explain_end(&history->ends[HISTORY_OTHER], other),
		history->is_midstream ? "  (its beginning was not captured)" : "");
	if (history->segments > 1)
		snprintf(frames, sizeof(frames), "%u segments, frames %u to %u", history->segments,
			history->first_frame, history->last_frame);
	else
		snprintf(frames, sizeof(frames), "1 segment, frame %u", history->first_frame);
	say("when", "%s, for %s: %s", explain_time(history->begun_ns, false, begun),
		explain_duration(history->ended_ns - history->begun_ns, lasted), frames);
}

static void print_ender(const struct history *history, const struct finding *finding)
{
	char end[EXPLAIN_END_SIZE];

	if (finding->frame)
		say("who", "%s ended it first, frame %u", who(history, finding->ender, end),
			finding->frame);
	else if (finding->ender != ENDER_NOBODY)
		say("who", "%s ended it first", who(history, finding->ender, end));
}

static void print_others(const struct finding *finding)
{
	const char *decides = finding_decides(finding);

	for (unsigned i = 1; i < finding->n_causes; i++)
		say("or", "%s%s: %s", cause_name(finding->causes[i]),
			finding->certainty == UNDECIDABLE && i < finding->n_same
				? ", which leaves the same bytes"
				: "",
			explain_cause(finding->causes[i]));
	if (decides)
		say("tell", "%s", decides);
}

static void print_lost(const struct history *history, const struct finding *finding)
{
	char end[EXPLAIN_END_SIZE];

	for (int i = 0; i < 2; i++) {
		explain_end(&history->ends[i], end);
		if (finding->unacknowledged[i] > 0)
			say("lost", "%lld bytes from %s were never acknowledged",
				(long long)finding->unacknowledged[i], end);
		if (finding->maybe_unread[i] > 0)
			say("lost?",
				"%lld bytes from %s were acknowledged, but possibly never read",
				(long long)finding->maybe_unread[i], end);
	}
}

static void print_reason(const struct live_reason *reason)
{
	if (reason->pid)
		say("kernel", "reset reason %s, in process %d (%s)", reason->name, (int)reason->pid,
			reason->command);
	else if (reason->name[0])
		say("kernel", "reset reason %s", reason->name);
}

void explain_print_full(const struct explained *explained, const char *fix)
{
	const struct history *history = explained->history;
	const struct finding *finding = explained->finding;
	static const char *const how_sure[] = {
		[CERTAIN] = "", [LIKELY] = ", likely", [UNDECIDABLE] = ", or what follows"};
	char evidence[512];

	print_ends(history);
	print_ender(history, finding);
	say("cause", "%s%s: %s", cause_name(finding->causes[0]), how_sure[finding->certainty],
		explain_cause(finding->causes[0]));
	for (unsigned i = 0; i < finding->n_evidence; i++)
		say("seen", "%s", finding_evidence_print(finding, i, evidence, sizeof(evidence)));
	print_reason(explained->reason);
	print_lost(history, finding);
	print_others(finding);
	if (fix && !explain_is_in_order(finding->causes[0]))
		say("fix", "%s", fix);
	if (!explain_is_in_order(finding->causes[0]))
		say("show", "lastack repro %s", explain_case(finding->causes[0]));
}

/* ---- the summary ---- */

void explain_count(struct explain_summary *summary, const struct history *history,
	const struct finding *finding)
{
	struct explain_count *count = &summary->causes[finding->causes[0]];

	if (!count->n || history->number < count->first)
		count->first = history->number;
	count->n++;
	count->not_certain += finding->certainty != CERTAIN;
	if (!summary->connections || history->begun_ns < summary->first_ns)
		summary->first_ns = history->begun_ns;
	if (!summary->connections || history->ended_ns > summary->last_ns)
		summary->last_ns = history->ended_ns;
	summary->connections++;
}

#define CAUSE_COLUMN 43

static void print_count(const struct explain_summary *summary, enum cause cause)
{
	const struct explain_count *count = &summary->causes[cause];
	char head[64], not_certain[64] = "", first[32] = "", text[512];

	snprintf(head, sizeof(head), "%9llu %5.1f %%  %s ", (unsigned long long)count->n,
		100.0 * (double)count->n / (double)summary->connections, cause_name(cause));
	if (count->not_certain == count->n)
		snprintf(not_certain, sizeof(not_certain), " Not certain%s.",
			count->n > 1 ? " of any" : "");
	else if (count->not_certain)
		snprintf(not_certain, sizeof(not_certain), " Of %llu not certain.",
			(unsigned long long)count->not_certain);
	if (!explain_is_in_order(cause) && count->n > 1)
		snprintf(first, sizeof(first), " First: #%u.", count->first);
	snprintf(text, sizeof(text), "%s%s%s", explain_cause(cause), not_certain, first);
	labelled_row(head, CAUSE_COLUMN, text, labelled_width());
}

/* The cause of that weight: each has one of its own. */
static enum cause by_weight(unsigned weight)
{
	unsigned cause = 0;

	while (cause + 1 < CAUSE_COUNT && explain_weight((enum cause)cause) != weight)
		cause++;
	return (enum cause)cause;
}

void explain_print_summary(const struct explain_summary *summary)
{
	for (unsigned weight = CAUSE_COUNT; weight-- > 0;)
		if (summary->causes[by_weight(weight)].n)
			print_count(summary, by_weight(weight));
}
