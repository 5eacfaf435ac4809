/* SPDX-License-Identifier: MIT */
/* Prints records. Trusts no text or count in them: a record may come from a page that a crashed
 * process was writing to, and must not be able to forge a line. Must not know cases. */
#include "record.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const verdict_names[] = {
	[VERDICT_NONE] = "",
	[VERDICT_PASS] = "PASS",
	[VERDICT_FAIL] = "FAIL",
	[VERDICT_BROKEN] = "BROKEN",
	[VERDICT_SKIP] = "SKIP",
	[VERDICT_KNOWN] = "KNOWN",
};

const char *verdict_name(enum verdict verdict)
{
	return (size_t)verdict < N_OF(verdict_names) ? verdict_names[verdict] : "";
}

bool verdict_parse(const char *word, enum verdict *ret_verdict)
{
	size_t i;

	for (i = 0; i < N_OF(verdict_names); i++) {
		if (strcmp(word, verdict_names[i]) == 0) {
			*ret_verdict = (enum verdict)i;
			return true;
		}
	}
	return false;
}

/* A field that is one word in the text: blanks would make it two, nothing would make it none. */
static const char *word_clean(const char *field, size_t size, char *buf)
{
	char *at;

	text_clean(field, size, buf);
	for (at = buf; *at; at++)
		if (*at == ' ' || *at == '\t')
			*at = '_';
	return buf[0] ? buf : "-";
}

static void head_print(const struct record *record, FILE *stream)
{
	char name[RECORD_NAME_SIZE], variant[RECORD_VARIANT_SIZE], system[RECORD_SYSTEM_SIZE];

	text_clean(record->system, sizeof(system), system);
	fprintf(stream, "record  %s %s    %s\n", word_clean(record->name, sizeof(name), name),
		word_clean(record->variant, sizeof(variant), variant), system[0] ? system : "-");
}

/* A line that is there only if it says something. */
static void text_print(const char *keyword, const char *field, FILE *stream)
{
	char text[RECORD_TEXT_SIZE];

	if (text_clean(field, sizeof(text), text)[0])
		fprintf(stream, "%-7s %s\n", keyword, text);
}

/* Cut to the microsecond, not rounded: the order of lines stays that of the times. */
static int64_t microseconds(int64_t ns)
{
	return ns / 1000;
}

static void time_print(int64_t ns, FILE *stream)
{
	int64_t us = microseconds(ns);
	uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;

	fprintf(stream, "%c%llu.%06llu  ", us < 0 ? '-' : ' ', (unsigned long long)(size / 1000000),
		(unsigned long long)(size % 1000000));
}

static void step_print(const struct record_step *step, FILE *stream)
{
	char call[RECORD_CALL_SIZE], outcome[OUTCOME_TEXT_SIZE], who[32] = "";

	text_add(who, sizeof(who), "%s", side_name(step->side));
	if (step->actor)
		text_add(who, sizeof(who), ":%u", step->actor);
	text_clean(step->call, sizeof(call), call);
	time_print(step->at_ns, stream);
	fprintf(stream, "%-8s  %-15s = %-14s in %lldus\n", who, call[0] ? call : "?",
		outcome_print(&step->outcome, outcome, sizeof(outcome)),
		(long long)microseconds(step->took_ns));
}

/* What happened stands in a column of its own, the numbers behind it. */
static void event_line_print(const struct record_event *event, FILE *stream)
{
	char text[EVENT_TEXT_SIZE], what[EVENT_TEXT_SIZE];
	struct event bare = event->event;
	const char *numbers;

	bare.given = 0;
	event_print(&event->event, text, sizeof(text));
	event_print(&bare, what, sizeof(what));
	numbers = text + strlen(what);
	time_print(event->at_ns, stream);
	if (*numbers)
		fprintf(stream, "wire      %-15s%s\n", what, numbers);
	else
		fprintf(stream, "wire      %s\n", what);
}

static void lines_print(const struct record *record, FILE *stream)
{
	uint32_t n_steps = record->n_steps, n_events = record->n_events;
	uint32_t step = 0, event = 0;

	if (n_steps > RECORD_MAX_STEPS)
		n_steps = RECORD_MAX_STEPS;
	if (n_events > RECORD_MAX_EVENTS)
		n_events = RECORD_MAX_EVENTS;
	while (step < n_steps || event < n_events) {
		if (event == n_events ||
			(step < n_steps &&
				microseconds(record_step(record, step)->at_ns) <=
					microseconds(record_event(record, event)->at_ns)))
			step_print(record_step(record, step++), stream);
		else
			event_line_print(record_event(record, event++), stream);
	}
}

static void ends_print(const struct record *record, FILE *stream)
{
	char state[RECORD_STATE_SIZE], name[RECORD_REASON_SIZE];
	size_t i;

	for (i = 0; i < COUNTER_COUNT; i++)
		if (record->counters[i])
			fprintf(stream, "mib     %s %+lld\n", counter_name((enum counter)i),
				(long long)record->counters[i]);
	for (i = 0; i < N_OF(record->states); i++) {
		const char *word = word_clean(record->states[i], sizeof(state), state);

		if (state[0])
			fprintf(stream, "state   %s %s\n", side_name((enum side)i), word);
	}
	for (i = 0; i < record->n_reasons && i < RECORD_MAX_REASONS; i++) {
		const struct record_reason *reason = record_reason(record, i);

		fprintf(stream, "reason  %s %s\n", side_name(reason->side),
			word_clean(reason->name, sizeof(name), name));
	}
}

int record_print(const struct record *record, FILE *stream)
{
	const char *verdict = verdict_name(record->verdict);
	char reason[RECORD_TEXT_SIZE], unseen[RECORD_UNSEEN_SIZE];

	head_print(record, stream);
	text_print("about", record->about, stream);
	text_print("departs", record->departs, stream);
	lines_print(record, stream);
	ends_print(record, stream);
	if (unseen_print(&record->unseen, unseen, sizeof(unseen))[0])
		fprintf(stream, "unseen  %s\n", unseen);
	if (record->late_ms)
		fprintf(stream, "late    %u ms\n", record->late_ms);
	if (record->again)
		fprintf(stream, "again   %u\n", record->again);
	text_print("broken", record->broken, stream);
	text_print("skip", record->skip, stream);
	text_clean(record->reason, sizeof(reason), reason);
	if (verdict[0])
		fprintf(stream, "end     %s%s%s\n\n", verdict, reason[0] ? " " : "", reason);
	else
		fprintf(stream, "end\n\n");
	return ferror(stream) ? -EIO : 0;
}
