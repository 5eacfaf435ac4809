/* SPDX-License-Identifier: MIT */
/* How well a case shows an error: looks at what it wants, runs nothing. */
#include <string.h>

#include "causes.h"
#include "symptom_call.h"
#include "verb.h"

#define BLOCKS_FROM_MS 100 /* a call that is wanted to last so long blocks */

/* Whether one of the words of `text`, divided by blanks and bars, is this. */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; *at; at += strspn(at, " |")) {
		size_t next = strcspn(at, " |");

		if (next == length && !strncmp(at, word, length))
			return true;
		at += next;
	}
	return false;
}

/* The call that an outcome belongs to: for `await` and `look` the one that was begun before. */
static const char *call_of(const struct test_case *test_case, uint32_t index)
{
	const struct action *action = &test_case->script.actions[index];
	const char *verb = verbs[action->verb].name;

	if (strcmp(verb, "await") && strcmp(verb, "look"))
		return symptom_call(verb);
	while (index-- > 0) {
		const struct action *begun = &test_case->script.actions[index];

		if (begun->begins && begun->side == action->side && begun->actor == action->actor)
			return symptom_call(verbs[begun->verb].name);
	}
	return NULL;
}

static bool step_shows(
	const struct test_case *test_case, const struct case_line *line, const char *outcome)
{
	const struct action *action = &test_case->script.actions[line->action];
	const char *call = call_of(test_case, line->action);
	char text[OUTCOME_TEXT_SIZE];

	if (!strcmp(outcome, "EOF"))
		return line->want.kind == OUTCOME_NUMBER && !line->want.number && call &&
			!strcmp(call, "recv") && strcmp(verbs[action->verb].name, "look");
	if (!strcmp(outcome, "blocks") && line->has_bounds && line->min_ms >= BLOCKS_FROM_MS)
		return true;
	outcome_print(&line->want, text, sizeof(text));
	return has_word(text, strcmp(outcome, "blocks") ? outcome : "blocked");
}

static bool is_of_call(
	const struct test_case *test_case, const struct case_line *line, const char *call)
{
	const char *called = call_of(test_case, line->action);

	if (!strcmp(call, "any"))
		return true;
	if (!strcmp(call, "none"))
		return !called || strcmp(called, "recv");
	return called && !strcmp(called, call);
}

unsigned cause_case_shows(const struct test_case *test_case, const char *call, const char *outcome)
{
	unsigned n = 0;

	for (size_t i = 0; i < test_case->n_lines; i++) {
		const struct case_line *line = &test_case->lines[i];

		if (line->kind == LINE_STEP)
			n += is_of_call(test_case, line, call) &&
				step_shows(test_case, line, outcome);
		else if (line->kind == LINE_STATE && !strcmp(call, "none"))
			n += !strcmp(line->state, outcome);
		else if (line->kind == LINE_MIB && !line->is_nothing && !strcmp(call, "counter"))
			n += !strcmp(counter_name(line->counter), outcome);
	}
	return n;
}
