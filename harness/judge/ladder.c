/* SPDX-License-Identifier: MIT */
/* The ladder. Knows how to draw; judges nothing: what is marked is what it is told. */
#include "ladder.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#define MIDDLE 26 /* columns between the two lines */
#define LEFT_MIN 24
#define LEFT_MAX 52

struct style {
	const char *dash, *to_right, *to_left, *line, *cross;
};

static const struct style utf8 = {"─", "▶", "◀", "│", "✗"};
static const struct style plain = {"-", ">", "<", "|", "x"};

bool ladder_needs_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

static void step_text(const struct record_step *step, bool is_timed, char *buf, size_t size)
{
	char outcome[OUTCOME_TEXT_SIZE];
	size_t at = 0;

	if (step->actor)
		at = (size_t)snprintf(buf, size, ":%u ", step->actor);
	if (step->side == SIDE_LISTENER)
		at += (size_t)snprintf(buf + at, size - at, "listener ");
	at += (size_t)snprintf(buf + at, size - at, "%s", step->call);
	if (!strcmp(step->outcome.word, "begun") || at >= size)
		return;
	at += (size_t)snprintf(buf + at, size - at, " = %s",
		outcome_print(&step->outcome, outcome, sizeof(outcome)));
	if (is_timed && step->took_ns >= 100000000 && at < size)
		snprintf(buf + at, size - at, "  (%.1f s)", (double)step->took_ns / 1e9);
}

/* Where a step stands among the segments: an `await` where the call came back, which what it waited
 * for precedes; any other where it was begun. */
static int64_t moment(const struct record_step *step)
{
	return strncmp(step->call, "await", 5) ? step->at_ns : step->at_ns + step->took_ns;
}

/* Whether the raw peer stands in the client's place: then somebody acts as the server. */
static bool peer_is_left(const struct record *record)
{
	bool has_peer = false;

	for (uint32_t i = 0; i < record->n_steps; i++) {
		if (record_step(record, i)->side == SIDE_CLIENT)
			return false;
		has_peer |= record_step(record, i)->side == SIDE_PEER;
	}
	return has_peer;
}

static bool has_peer(const struct record *record)
{
	for (uint32_t i = 0; i < record->n_steps; i++)
		if (record_step(record, i)->side == SIDE_PEER)
			return true;
	return false;
}

/* In whose column a step stands. */
static bool is_left(const struct record *record, const struct record_step *step)
{
	return step->side == SIDE_CLIENT || (step->side == SIDE_PEER && peer_is_left(record));
}

static int left_width(const struct record *record, bool is_timed)
{
	size_t width = LEFT_MIN;

	for (uint32_t i = 0; i < record->n_steps; i++) {
		char text[256];

		step_text(record_step(record, i), is_timed, text, sizeof(text));
		if (is_left(record, record_step(record, i)) && strlen(text) > width)
			width = strlen(text);
	}
	return (int)(width > LEFT_MAX ? LEFT_MAX : width);
}

static void repeat(const char *text, int times, FILE *stream)
{
	while (times-- > 0)
		fputs(text, stream);
}

#define UNTIMED -1

static void print_time(int64_t at_ns, FILE *stream)
{
	if (at_ns == UNTIMED)
		fputs("  ", stream);
	else
		fprintf(stream, "%11.3f ms  ", (double)at_ns / 1e6);
}

/* The objection to the i-th step, NULL if there is none. */
static const struct objection *objection_to(
	const struct test_case *test_case, const struct judgement *judgement, uint32_t step)
{
	const struct case_line *line = test_case && judgement ? case_step(test_case, step) : NULL;

	for (unsigned i = 0; line && i < judgement->n_objections && i < JUDGEMENT_MAX_OBJECTIONS;
		i++)
		if (judgement->objections[i].line == line->line)
			return &judgement->objections[i];
	return NULL;
}

static void print_step(const struct record_step *step, bool is_timed, bool on_left,
	const struct objection *objection, int width, const struct style *style, FILE *stream)
{
	char text[256];

	step_text(step, is_timed, text, sizeof(text));
	print_time(is_timed ? moment(step) : UNTIMED, stream);
	if (on_left)
		fprintf(stream, "%-*s %s%*s%s", width, text, style->line, MIDDLE, "", style->line);
	else
		fprintf(stream, "%*s %s%*s%s %s", width, "", style->line, MIDDLE, "", style->line,
			text);
	if (objection)
		fprintf(stream, "   %s want %s", style->cross, objection->want);
	fputc('\n', stream);
}

/* The event without its side: the arrow says who. */
static void event_text(const struct event *event, char *buf, size_t size)
{
	struct event bare = *event;
	char text[EVENT_TEXT_SIZE], *space;

	bare.given = event->given & EVENT_HAS_CARRIES && event->with_data ? EVENT_HAS_CARRIES : 0;
	event_print(&bare, text, sizeof(text));
	space = strchr(text, ' ');
	snprintf(buf, size, "%s", space ? space + 1 : text);
}

static void print_arrow(const struct record_event *event, bool is_timed, int width,
	const struct style *style, FILE *stream)
{
	char text[EVENT_TEXT_SIZE];
	int room;

	event_text(&event->event, text, sizeof(text));
	room = MIDDLE - 5 - (int)strlen(text);
	print_time(is_timed ? event->at_ns : UNTIMED, stream);
	fprintf(stream, "%*s %s", width, "", style->line);
	if (event->event.side == SIDE_CLIENT) {
		fprintf(stream, " %s %s ", style->dash, text);
		repeat(style->dash, room, stream);
		fputs(style->to_right, stream);
	} else {
		fputs(style->to_left, stream);
		repeat(style->dash, room, stream);
		fprintf(stream, " %s %s ", text, style->dash);
	}
	fputs(style->line, stream);
}

static void print_event(const struct record_event *event, bool is_timed, int width,
	const struct style *style, FILE *stream)
{
	print_arrow(event, is_timed, width, style, stream);
	fputc('\n', stream);
}

static void print_account(const struct record *record, FILE *stream)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (record->counters[i])
			fprintf(stream, "    mib    %s +%lld\n", counter_name((enum counter)i),
				(long long)record->counters[i]);
	if (record->states[0][0] && record->states[1][0])
		fprintf(stream, "    state  client %s, server %s\n", record->states[0],
			record->states[1]);
	else if (record->states[0][0] || record->states[1][0])
		fprintf(stream, "    state  %s %s\n", record->states[0][0] ? "client" : "server",
			record->states[0][0] ? record->states[0] : record->states[1]);
	for (uint32_t i = 0; i < record->n_reasons && i < RECORD_MAX_REASONS; i++)
		fprintf(stream, "    reason %s %s\n", side_name(record_reason(record, i)->side),
			record_reason(record, i)->name);
}

/* Objections that belong to no step: the wire, counters, states. */
static void print_others(const struct test_case *test_case, const struct judgement *judgement,
	const struct style *style, FILE *stream)
{
	for (unsigned i = 0;
		judgement && i < judgement->n_objections && i < JUDGEMENT_MAX_OBJECTIONS; i++) {
		const struct objection *objection = &judgement->objections[i];

		fprintf(stream, "  %s %s:%u: %s: want %s, saw %s\n", style->cross, test_case->path,
			objection->line, objection->what, objection->want, objection->saw);
	}
}

/* The first objection is the reason of a plain failure and stands above already. */
static void print_verdict(
	const struct record *record, const struct judgement *judgement, FILE *stream)
{
	if (!judgement || judgement->verdict == VERDICT_PASS)
		return;
	if (judgement->verdict == VERDICT_FAIL && judgement->n_objections && !record->broken[0])
		fprintf(stream, "  FAIL\n");
	else
		fprintf(stream, "  %s: %s\n", verdict_name(judgement->verdict), judgement->reason);
}

/* The head of both columns, then steps and events in the order of their time. */
static void print_columns(const struct record *record, const struct test_case *test_case,
	const struct judgement *judgement, bool is_timed, const struct style *style, FILE *stream)
{
	int width = left_width(record, is_timed);
	uint32_t step = 0, event = 0;

	if (record->n_steps)
		fprintf(stream, "%*s  %-*s %s%*s%s %s\n", is_timed ? 14 : 0, "", width,
			peer_is_left(record) ? "peer" : "client", style->line, MIDDLE, "",
			style->line, has_peer(record) && !peer_is_left(record) ? "peer" : "server");
	while (step < record->n_steps || event < record->n_events) {
		bool is_step = event == record->n_events ||
			(step < record->n_steps &&
				moment(record_step(record, step)) <=
					record_event(record, event)->at_ns);

		if (is_step)
			print_step(record_step(record, step), is_timed,
				is_left(record, record_step(record, step)),
				objection_to(test_case, judgement, step), width, style, stream);
		else
			print_event(record_event(record, event), is_timed, width, style, stream);
		step += is_step;
		event += !is_step;
	}
	print_account(record, stream);
}

void ladder_print(const struct record *record, const struct test_case *test_case,
	const struct judgement *judgement, bool ascii, FILE *stream)
{
	const struct style *style = ascii ? &plain : &utf8;

	fprintf(stream, "%s %s   %s\n", record->name, record->variant, record->system);
	if (record->about[0])
		fprintf(stream, "  %s\n", record->about);
	print_columns(record, test_case, judgement, true, style, stream);
	print_others(test_case, judgement, style, stream);
	print_verdict(record, judgement, stream);
	fputc('\n', stream);
}

void ladder_print_untimed(const struct record *record, FILE *stream)
{
	print_columns(record, NULL, NULL, false, &utf8, stream);
}

/* What the arrow does not say: the numbers that a reader of the capture looks for. */
static void print_numbers(const struct record_event *event, uint32_t frame, FILE *stream)
{
	const struct event *seen = &event->event;
	bool is_reset = seen->kind == EVENT_RST || seen->kind == EVENT_RST_ACK;

	if (frame)
		fprintf(stream, " frame %u", frame);
	fprintf(stream, " seq %lld", (long long)seen->seq);
	if (seen->kind != EVENT_SYN && seen->kind != EVENT_RST)
		fprintf(stream, " ack %lld", (long long)seen->ack);
	if (is_reset)
		fprintf(stream, " win %lld ttl %lld", (long long)seen->win, (long long)seen->ttl);
}

void ladder_print_arrows(const struct ladder_arrows *arrows, bool ascii, FILE *stream)
{
	const struct style *style = ascii ? &plain : &utf8;
	int width = (int)strlen(arrows->left);

	fprintf(stream, "%14s  %s %s%*s%s %s\n", "", arrows->left, style->line, MIDDLE, "",
		style->line, arrows->right);
	for (size_t i = 0; i <= arrows->n; i++) {
		if (arrows->left_out && i == arrows->cut_after)
			fprintf(stream, "%14s  %*s %s%*s%s   %llu more events\n", "", width, "",
				style->line, MIDDLE, "", style->line,
				(unsigned long long)arrows->left_out);
		if (i == arrows->n)
			break;
		print_arrow(&arrows->events[i], true, width, style, stream);
		print_numbers(&arrows->events[i], arrows->frames[i], stream);
		fputc('\n', stream);
	}
}
