/* SPDX-License-Identifier: MIT */
/* Prints a case in its canonical form: the exact inverse of parse.c. */
#include <errno.h>
#include <string.h>

#include "case.h"
#include "verb.h"

#define CALL_COLUMN 20 /* width of verb and operands, unless one is longer */

static int call_width(const struct test_case *test_case)
{
	char text[RECORD_CALL_SIZE];
	size_t width = CALL_COLUMN - 1;

	for (uint32_t i = 0; i < test_case->script.n_actions; i++) {
		if (test_case->script.actions[i].begins)
			continue;
		action_print(&test_case->script.actions[i], text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	return (int)width + 1;
}

static void actor_print(const struct action *action, char *buf, size_t size)
{
	if (action->actor)
		snprintf(buf, size, "%s:%u", side_name(action->side), action->actor);
	else
		snprintf(buf, size, "%s", side_name(action->side));
}

static void bound_print(int64_t ms, char *buf, size_t size)
{
	if (ms % 1000 == 0)
		snprintf(buf, size, "%llds", (long long)ms / 1000);
	else
		snprintf(buf, size, "%lldms", (long long)ms);
}

static void step_print(
	const struct case_line *line, const struct action *action, int width, FILE *stream)
{
	char who[24], call[RECORD_CALL_SIZE], outcome[OUTCOME_TEXT_SIZE], min[24], max[24];

	actor_print(action, who, sizeof(who));
	action_print(action, call, sizeof(call));
	if (action->begins) {
		fprintf(stream, "%-8s %s\n", who, call);
		return;
	}
	outcome_print(&line->want, outcome, sizeof(outcome));
	fprintf(stream, "%-8s %-*s= %s", who, width, call, outcome);
	if (line->has_bounds) {
		bound_print(line->min_ms, min, sizeof(min));
		bound_print(line->max_ms, max, sizeof(max));
		fprintf(stream, " in %s..%s", min, max);
	}
	fputc('\n', stream);
}

static void line_print(
	const struct test_case *test_case, const struct case_line *line, int width, FILE *stream)
{
	char text[EVENT_TEXT_SIZE];

	switch (line->kind) {
	case LINE_TITLE:
	case LINE_COMMENT: fprintf(stream, "#%s%s\n", *line->text ? " " : "", line->text); return;
	case LINE_HEADER: fprintf(stream, "%s\n", line->text); return;
	case LINE_BLANK: fputc('\n', stream); return;
	case LINE_STEP:
		step_print(line, &test_case->script.actions[line->action], width, stream);
		return;
	case LINE_WIRE:
		fprintf(stream, "wire     %s\n",
			line->is_nothing ? "nothing"
					 : event_print(&line->event, text, sizeof(text)));
		return;
	case LINE_MIB:
		if (line->is_nothing)
			fprintf(stream, "mib      nothing\n");
		else
			fprintf(stream, "mib      %s +%lld\n", counter_name(line->counter),
				(long long)line->delta);
		return;
	case LINE_STATE:
		fprintf(stream, "state    %s %s\n", side_name(line->side), line->state);
		return;
	case LINE_REASON:
		if (line->is_nothing)
			fprintf(stream, "reason   nothing\n");
		else
			fprintf(stream, "reason   %s %s\n", side_name(line->side), line->reason);
		return;
	}
}

int case_print(const struct test_case *test_case, FILE *stream)
{
	int width = call_width(test_case);

	for (size_t i = 0; i < test_case->n_lines; i++)
		line_print(test_case, &test_case->lines[i], width, stream);
	return ferror(stream) ? -EIO : 0;
}
