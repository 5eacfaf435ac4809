/* SPDX-License-Identifier: MIT */
/* Turns a record into the lines of a ladder. Must not know how they are drawn. */
#include "page_ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"
#include "text.h"

/* Numbers from here on depend on buffer sizes; a wait from here on is worth telling. */
enum { MANY = 65536, USUAL_TTL = 64, LONG_WAIT_NS = 100000000 };

static uint32_t at_most(uint32_t n, uint32_t max)
{
	return n < max ? n : max;
}

/* "1.0 s", where it took long. */
static void step_details(const struct record_step *step, FILE *stream)
{
	if (step->took_ns >= LONG_WAIT_NS)
		fprintf(stream, "\t%.1f s", (double)step->took_ns / 1e9);
}

static bool is_many(int64_t number)
{
	return number >= MANY || number <= -MANY;
}

/* Which numbers of an event are the same in every run and tell something. How a reset was made can
 * be told by its TTL and options. */
static uint32_t telling_fields(const struct event *event)
{
	uint32_t fields = event->given & (EVENT_HAS_SEQ | EVENT_HAS_ACK);
	bool is_reset = event->kind == EVENT_RST || event->kind == EVENT_RST_ACK;

	if (is_reset && event->given & EVENT_HAS_TTL && event->ttl != USUAL_TTL)
		fields |= EVENT_HAS_TTL;
	if (is_reset && event->given & EVENT_HAS_OPTS && event->opts != EVENT_OPTS_TS)
		fields |= EVENT_HAS_OPTS;
	if (is_many(event->seq))
		fields &= ~(uint32_t)EVENT_HAS_SEQ;
	if (is_many(event->ack))
		fields &= ~(uint32_t)EVENT_HAS_ACK;
	return fields;
}

static void event_details(const struct event *event, FILE *stream)
{
	struct event part = *event;
	char bare[EVENT_TEXT_SIZE], full[EVENT_TEXT_SIZE];
	const char *details;

	part.given = 0;
	event_print(&part, bare, sizeof(bare));
	part.given = telling_fields(event);
	event_print(&part, full, sizeof(full));
	details = full + strlen(bare);
	while (*details == ' ')
		details++;
	if (*details)
		fprintf(stream, "\t%s", details);
}

/* The signature stands as: a line per step, a line per event, the rest. */
static void line_details(const struct record *record, size_t line, FILE *stream)
{
	size_t n_steps = at_most(record->n_steps, RECORD_MAX_STEPS);
	size_t n_events = at_most(record->n_events, RECORD_MAX_EVENTS);

	if (line < n_steps)
		step_details(record_step(record, line), stream);
	else if (line < n_steps + n_events)
		event_details(&record_event(record, line - n_steps)->event, stream);
}

static void trouble_print(const char *keyword, const char *field, FILE *stream)
{
	char text[RECORD_TEXT_SIZE];

	if (text_clean(field, sizeof(text), text)[0])
		fprintf(stream, "%s %s\n", keyword, text);
}

static int lines_print(const struct record *record, FILE *stream)
{
	char unseen[RECORD_UNSEEN_SIZE];
	struct record seen;
	char *signature, *line, *end;
	size_t n = 0;

	record_copy(&seen, record);
	/* What was seen before the trouble is worth showing. */
	seen.broken[0] = '\0';
	seen.skip[0] = '\0';
	seen.verdict = VERDICT_NONE;
	signature = signature_text(&seen);
	if (!signature)
		return -ENOMEM;
	for (line = signature; (end = strchr(line, '\n')); line = end + 1) {
		fprintf(stream, "%.*s", (int)(end - line), line);
		line_details(record, n++, stream);
		fputc('\n', stream);
	}
	free(signature);
	if (unseen_print(&record->unseen, unseen, sizeof(unseen))[0])
		fprintf(stream, "unseen %s\n", unseen);
	trouble_print("broken", record->broken, stream);
	trouble_print("skip", record->skip, stream);
	return 0;
}

static int text_make(const struct record *record, struct page_ladder *ladder)
{
	size_t size = 0;
	FILE *stream = open_memstream(&ladder->text, &size);
	int r;

	if (!stream)
		return -ENOMEM;
	r = lines_print(record, stream);
	if (ferror(stream))
		r = -ENOMEM;
	if (fclose(stream) != 0)
		r = -ENOMEM;
	return r;
}

static int lines_split(struct page_ladder *ladder)
{
	char *at, *end;
	size_t n = 0;

	for (at = ladder->text; (at = strchr(at, '\n')); at++)
		n++;
	ladder->lines = calloc(n + 1, sizeof(*ladder->lines));
	ladder->order = calloc(n + 1, sizeof(*ladder->order));
	if (!ladder->lines || !ladder->order)
		return -ENOMEM;
	for (at = ladder->text; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		ladder->lines[ladder->n++] = at;
	}
	return 0;
}

/* As in a record: equal times, the step first. */
static void order_by_time(const struct record *record, struct page_ladder *ladder)
{
	size_t n_steps = at_most(record->n_steps, RECORD_MAX_STEPS);
	size_t n_events = at_most(record->n_events, RECORD_MAX_EVENTS);
	size_t step = 0, event = 0, at = 0;

	while (step < n_steps || event < n_events) {
		if (event == n_events ||
			(step < n_steps &&
				record_step(record, step)->at_ns <=
					record_event(record, event)->at_ns))
			ladder->order[at++] = step++;
		else
			ladder->order[at++] = n_steps + event++;
	}
	for (; at < ladder->n; at++)
		ladder->order[at] = at;
}

int page_ladder(const struct record *record, struct page_ladder *ret)
{
	struct page_ladder ladder = {.n = 0};
	int r = text_make(record, &ladder);

	if (r == 0)
		r = lines_split(&ladder);
	if (r < 0) {
		page_ladder_free(&ladder);
		return r;
	}
	order_by_time(record, &ladder);
	*ret = ladder;
	return 0;
}

void page_ladder_free(struct page_ladder *ladder)
{
	free(ladder->text);
	free(ladder->lines);
	free(ladder->order);
	*ladder = (struct page_ladder){.n = 0};
}
