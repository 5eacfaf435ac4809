/* SPDX-License-Identifier: MIT */
/* Reduces a record to what does not vary from run to run. Must not know cases, expectations or
 * files. */
#include "signature.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Amounts from here on depend on buffer sizes, not on behaviour. */
enum { MANY = 16384 };

static bool call_names(const char *call, int64_t number)
{
	struct text_scan scan = text_scan(call);
	int64_t operand;

	for (; scan.word.length; text_scan_next(&scan))
		if (text_word_number(scan.word, &operand) && operand == number)
			return true;
	return false;
}

/* Whether the step asked the kernel for a state. */
static bool tells_state(const struct record_step *step)
{
	static const char *const verbs[] = {"state", "peer-state", "until"};
	struct text_scan scan = text_scan(step->call);

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (text_word_is(scan.word, verbs[i]))
			return true;
	return false;
}

static void step_write(const struct record_step *step, const struct unseen *unseen, FILE *stream)
{
	struct outcome outcome = unseen->states && tells_state(step)
		? (struct outcome){.kind = OUTCOME_NONE}
		: step->outcome;
	char call[RECORD_CALL_SIZE], text[OUTCOME_TEXT_SIZE];
	struct text_scan scan;
	int64_t number;

	outcome.has_amount = false;
	outcome.given &= (uint8_t)~OUTCOME_HAS_WIN; /* buffer sizes decide it */
	text_clean(step->call, sizeof(call), call);
	fprintf(stream, "%s", side_name(step->side));
	if (step->actor)
		fprintf(stream, ":%u", step->actor);
	fprintf(stream, " %s =", call);
	scan = text_scan(outcome_print(&outcome, text, sizeof(text)));
	for (; scan.word.length; text_scan_next(&scan)) {
		if (text_word_number(scan.word, &number) && number >= MANY &&
			!call_names(call, number))
			fprintf(stream, " many");
		else
			fprintf(stream, " %.*s", (int)scan.word.length, scan.word.start);
	}
	fputc('\n', stream);
}

/* Only who sent what: whether a FIN shares its segment with data is a matter of timing. */
static void event_write(const struct event *event, FILE *stream)
{
	struct event bare = *event;
	char text[EVENT_TEXT_SIZE];

	bare.given = 0;
	if (event->kind == EVENT_DATA && event->is_about)
		fprintf(stream, "wire %s data ~\n", side_name(event->side));
	else if (event->kind == EVENT_DATA && event->bytes >= MANY)
		fprintf(stream, "wire %s data many\n", side_name(event->side));
	else
		fprintf(stream, "wire %s\n", event_print(&bare, text, sizeof(text)));
}

static uint32_t at_most(uint32_t n, uint32_t max)
{
	return n < max ? n : max;
}

static void ends_write(const struct record *record, const struct unseen *unseen, FILE *stream)
{
	char state[RECORD_STATE_SIZE], name[RECORD_REASON_SIZE];
	size_t i;

	for (i = 0; i < COUNTER_COUNT; i++)
		if (record->counters[i] && !unseen_has_counter(unseen, (enum counter)i))
			fprintf(stream, "mib %s %+lld\n", counter_name((enum counter)i),
				(long long)record->counters[i]);
	for (i = 0; !unseen->states && i < 2; i++)
		if (text_clean(record->states[i], sizeof(state), state)[0])
			fprintf(stream, "state %s %s\n", side_name((enum side)i), state);
	for (i = 0; !unseen->reasons && i < at_most(record->n_reasons, RECORD_MAX_REASONS); i++)
		fprintf(stream, "reason %s %s\n", side_name(record_reason(record, i)->side),
			text_clean(record_reason(record, i)->name, sizeof(name), name));
}

static const char *not_found_out(const struct record *record)
{
	if (record->broken[0] || record->verdict == VERDICT_BROKEN)
		return "broken";
	if (record->skip[0] || record->verdict == VERDICT_SKIP)
		return "skip";
	return NULL;
}

static void signature_write(const struct record *record, const struct unseen *unseen, FILE *stream)
{
	uint32_t i;

	if (not_found_out(record)) {
		fprintf(stream, "%s\n", not_found_out(record));
		return;
	}
	for (i = 0; i < at_most(record->n_steps, RECORD_MAX_STEPS); i++)
		step_write(record_step(record, i), unseen, stream);
	for (i = 0; i < at_most(record->n_events, RECORD_MAX_EVENTS); i++)
		event_write(&record_event(record, i)->event, stream);
	ends_write(record, unseen, stream);
}

char *signature_text_without(const struct record *record, const struct unseen *unseen)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	bool is_failed;

	if (!stream)
		return NULL;
	signature_write(record, unseen, stream);
	is_failed = ferror(stream);
	if (fclose(stream) != 0 || is_failed) {
		free(text);
		return NULL;
	}
	return text;
}

char *signature_text(const struct record *record)
{
	return signature_text_without(record, &record->unseen);
}

bool signature_exists(const struct record *record)
{
	return !not_found_out(record);
}

bool signature_alike(const struct record *a, const struct record *b)
{
	struct unseen unseen = unseen_of_both(&a->unseen, &b->unseen);
	char *first, *second;
	bool alike;

	if (!signature_exists(a) || !signature_exists(b))
		return false;
	first = signature_text_without(a, &unseen);
	second = signature_text_without(b, &unseen);
	alike = first && second && !strcmp(first, second);
	free(first);
	free(second);
	return alike;
}

static const char *const ending_names[] = {
	[EVENT_FIN] = "FIN",
	[EVENT_RST] = "RST",
	[EVENT_RST_ACK] = "RST,ACK",
};

static const char *ending_name(const struct event *event)
{
	size_t n = sizeof(ending_names) / sizeof(ending_names[0]);

	return (size_t)event->kind < n ? ending_names[event->kind] : NULL;
}

static void ending_add(const char *name, unsigned n, char *buf, size_t size)
{
	if (n > 0)
		text_add(buf, size, "%s%s", buf[0] ? ", " : "", name);
	if (n > 1)
		text_add(buf, size, " x%u", n);
}

static void endings_add(const struct record *record, char *buf, size_t size)
{
	const char *last = NULL;
	unsigned n = 0;
	uint32_t i;

	for (i = 0; i < at_most(record->n_events, RECORD_MAX_EVENTS); i++) {
		const char *name = ending_name(&record_event(record, i)->event);

		if (!name)
			continue;
		if (name != last) {
			ending_add(last, n, buf, size);
			last = name;
			n = 0;
		}
		n++;
	}
	ending_add(last, n, buf, size);
}

/* The errno of an outcome: of the call that failed, or the pending error that SO_ERROR held. */
static int error_of(const struct outcome *outcome)
{
	int error = 0;

	if (outcome->kind != OUTCOME_WORD && outcome->kind != OUTCOME_ERROR)
		return 0;
	if (outcome->kind == OUTCOME_WORD && outcome->word[0] == 'E')
		errno_parse(outcome->word, &error);
	return error ? error : outcome->error;
}

static bool error_seen_before(const struct record *record, uint32_t step)
{
	int error = error_of(&record_step(record, step)->outcome);
	uint32_t i;

	for (i = 0; i < step; i++)
		if (error_of(&record_step(record, i)->outcome) == error)
			return true;
	return false;
}

static void errors_add(const struct record *record, char *buf, size_t size)
{
	const char *before = buf[0] ? "; " : "";
	uint32_t i;

	for (i = 0; i < at_most(record->n_steps, RECORD_MAX_STEPS); i++) {
		int error = error_of(&record_step(record, i)->outcome);

		if (!error || error_seen_before(record, i))
			continue;
		text_add(buf, size, "%s%s", before, errno_name(error));
		before = ", ";
	}
}

char *signature_cell(const struct record *record, char *buf, size_t size)
{
	buf[0] = '\0';
	if (not_found_out(record)) {
		text_add(buf, size, "%s", not_found_out(record));
		return buf;
	}
	endings_add(record, buf, size);
	errors_add(record, buf, size);
	if (!buf[0])
		text_add(buf, size, "-");
	return buf;
}
