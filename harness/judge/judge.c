/* SPDX-License-Identifier: MIT */
/* Judges a record against a case. Pure: no sockets, files, clocks or printing. Compares the steps,
 * then the wire, then the counters, then the final states, then the reasons of the resets; one
 * event too many or too few is an objection. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verb.h"

static struct objection *object(struct judgement *judgement, uint32_t line)
{
	static struct objection beyond;
	unsigned place = judgement->n_objections++;
	struct objection *made =
		place < JUDGEMENT_MAX_OBJECTIONS ? &judgement->objections[place] : &beyond;

	memset(made, 0, sizeof(*made));
	made->line = line;
	return made;
}

static bool segment_agrees(const struct outcome *want, const struct outcome *saw)
{
	return want->flags == saw->flags && want->bytes == saw->bytes &&
		(want->given & saw->given) == want->given &&
		(!(want->given & OUTCOME_HAS_SEQ) || want->seq == saw->seq) &&
		(!(want->given & OUTCOME_HAS_ACK) || want->ack == saw->ack) &&
		(!(want->given & OUTCOME_HAS_WIN) || want->win == saw->win);
}

static bool outcome_agrees(const struct outcome *want, const struct outcome *saw)
{
	if (want->kind == OUTCOME_ANY || saw->kind == OUTCOME_NONE) /* not seen */
		return true;
	if (want->kind != saw->kind || want->signal != saw->signal || saw->is_spoilt)
		return false;
	switch (want->kind) {
	case OUTCOME_NUMBER:
		if (want->is_range)
			return !saw->has_second && saw->number >= want->number &&
				saw->number <= want->number_max;
		return want->number == saw->number && want->has_second == saw->has_second &&
			(!want->has_second || want->second == saw->second);
	case OUTCOME_ERROR: return want->error == saw->error;
	case OUTCOME_EVENTS: return want->events == saw->events;
	case OUTCOME_WORD:
		return !strcmp(want->word, saw->word) && want->error == saw->error &&
			want->has_number == saw->has_number &&
			(!want->has_number || want->number == saw->number);
	case OUTCOME_SEGMENT: return segment_agrees(want, saw);
	case OUTCOME_NONE:
	case OUTCOME_ANY: break;
	}
	return false;
}

static void name_step(const struct action *action, char *buf, size_t size)
{
	char call[RECORD_CALL_SIZE];

	action_print(action, call, sizeof(call));
	if (action->actor)
		snprintf(buf, size, "%s:%u %s", side_name(action->side), action->actor, call);
	else
		snprintf(buf, size, "%s %s", side_name(action->side), call);
}

static void judge_time(const struct case_line *line, const struct action *action,
	const struct record_step *saw, struct judgement *judgement)
{
	struct objection *objection;

	if (!line->has_bounds ||
		(saw->took_ns >= line->min_ms * 1000000 && saw->took_ns <= line->max_ms * 1000000))
		return;
	objection = object(judgement, line->line);
	name_step(action, objection->what, sizeof(objection->what));
	snprintf(objection->want, sizeof(objection->want), "in %lld..%lld ms",
		(long long)line->min_ms, (long long)line->max_ms);
	snprintf(objection->saw, sizeof(objection->saw), "in %lld ms",
		(long long)saw->took_ns / 1000000);
}

static void judge_step(const struct case_line *line, const struct action *action,
	const struct record_step *saw, struct judgement *judgement)
{
	struct objection *objection;

	if (action->begins) /* its outcome is judged where it is awaited */
		return;
	if (!outcome_agrees(&line->want, &saw->outcome)) {
		objection = object(judgement, line->line);
		name_step(action, objection->what, sizeof(objection->what));
		outcome_print(&line->want, objection->want, sizeof(objection->want));
		outcome_print(&saw->outcome, objection->saw, sizeof(objection->saw));
	}
	judge_time(line, action, saw, judgement);
}

/* Whether the record is one of this case: the same actions in the same order. */
static bool is_of_case(const struct test_case *test_case, const struct record *record)
{
	const struct script *script = &test_case->script;

	if (record->n_steps > script->n_actions || record->n_steps > RECORD_MAX_STEPS)
		return false;
	for (uint32_t i = 0; i < record->n_steps; i++) {
		const struct action *action = &script->actions[i];
		char call[RECORD_CALL_SIZE];

		action_print(action, call, sizeof(call));
		if (record_step(record, i)->side != action->side ||
			record_step(record, i)->actor != action->actor ||
			strcmp(record_step(record, i)->call, call))
			return false;
	}
	return true;
}

/* A call that nothing could end any more was the last step: those behind it were not done. */
static bool ends_blocked(const struct record *record)
{
	const struct record_step *last;

	if (!record->n_steps)
		return false;
	last = record_step(record, record->n_steps - 1);
	return last->outcome.kind == OUTCOME_WORD && !strcmp(last->outcome.word, "blocked") &&
		strncmp(last->call, "look", 4);
}

static void judge_steps(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	for (uint32_t i = 0; i < record->n_steps; i++)
		judge_step(case_step(test_case, i), &test_case->script.actions[i],
			record_step(record, i), judgement);
}

static bool amount_agrees(int64_t want, int64_t saw)
{
	return want == EVENT_POSITIVE ? saw > 0 : want == saw;
}

static bool event_agrees(const struct event *want, const struct event *saw)
{
	if (want->side != saw->side || want->kind != saw->kind)
		return false;
	if (want->kind == EVENT_DATA && !want->is_any_amount && want->bytes != saw->bytes)
		return false;
	if ((want->given & saw->given) != want->given)
		return false;
	return (!(want->given & EVENT_HAS_CARRIES) || want->with_data == saw->with_data) &&
		(!(want->given & EVENT_HAS_SEQ) || want->seq == saw->seq) &&
		(!(want->given & EVENT_HAS_ACK) || want->ack == saw->ack) &&
		(!(want->given & EVENT_HAS_WIN) || amount_agrees(want->win, saw->win)) &&
		(!(want->given & EVENT_HAS_IPID) || amount_agrees(want->ipid, saw->ipid)) &&
		(!(want->given & EVENT_HAS_TTL) || want->ttl == saw->ttl) &&
		(!(want->given & EVENT_HAS_TOS) || want->tos == saw->tos) &&
		(!(want->given & EVENT_HAS_OPTS) || want->opts == saw->opts);
}

/* The n-th line of a list. */
static const struct case_line *nth_line(
	const struct test_case *test_case, enum case_line_kind kind, uint32_t n)
{
	for (size_t i = 0; i < test_case->n_lines; i++)
		if (test_case->lines[i].kind == kind && !test_case->lines[i].is_nothing && !n--)
			return &test_case->lines[i];
	return NULL;
}

static uint32_t last_line(const struct test_case *test_case)
{
	return test_case->n_lines ? test_case->lines[test_case->n_lines - 1].line : 0;
}

static void object_to_event(const struct test_case *test_case, const struct case_line *want,
	const struct record_event *saw, struct judgement *judgement)
{
	struct objection *objection = object(judgement, want ? want->line : last_line(test_case));

	snprintf(objection->what, sizeof(objection->what), "wire");
	if (want)
		event_print(&want->event, objection->want, sizeof(objection->want));
	else
		snprintf(objection->want, sizeof(objection->want), "nothing more");
	if (saw) {
		struct event shown = saw->event; /* only what was asked about */

		shown.given &= want ? want->event.given : 0;
		event_print(&shown, objection->saw, sizeof(objection->saw));
	} else
		snprintf(objection->saw, sizeof(objection->saw), "nothing more");
}

static void judge_wire(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	const struct case_line *want;

	if (!test_case->has_wire)
		return;
	for (uint32_t i = 0; (want = nth_line(test_case, LINE_WIRE, i)) || i < record->n_events;
		i++) {
		const struct record_event *saw =
			i < record->n_events ? record_event(record, i) : NULL;

		if (!want || !saw || !event_agrees(&want->event, &saw->event))
			object_to_event(test_case, want, saw, judgement);
	}
}

static void object_to_counter(
	uint32_t line, const char *name, int64_t want, int64_t saw, struct judgement *judgement)
{
	struct objection *objection = object(judgement, line);

	snprintf(objection->what, sizeof(objection->what), "mib %s", name);
	snprintf(objection->want, sizeof(objection->want), "+%lld", (long long)want);
	snprintf(objection->saw, sizeof(objection->saw), "+%lld", (long long)saw);
}

/* The kernel's own count of resets must be what the wire showed, whoever wrote which expectation.
 * Not on a link: TCP counts a reset that a network without route or carrier does not take, and does
 * not count what a firewall sends; so there a case lists them. */
static void judge_resets(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	int64_t resets = 0;

	for (uint32_t i = 0; i < record->n_events; i++)
		resets += record_event(record, i)->event.kind == EVENT_RST ||
			record_event(record, i)->event.kind == EVENT_RST_ACK;
	if (resets != record->counters[COUNTER_OUT_RSTS] &&
		!unseen_has_counter(&record->unseen, COUNTER_OUT_RSTS))
		object_to_counter(last_line(test_case), "OutRsts (resets on the wire)", resets,
			record->counters[COUNTER_OUT_RSTS], judgement);
}

static void judge_mib(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	int64_t want[COUNTER_COUNT] = {0};
	uint32_t line[COUNTER_COUNT];

	if (!test_case->has_mib)
		return;
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		line[i] = last_line(test_case);
	for (size_t i = 0; i < test_case->n_lines; i++)
		if (test_case->lines[i].kind == LINE_MIB && !test_case->lines[i].is_nothing) {
			want[test_case->lines[i].counter] += test_case->lines[i].delta;
			line[test_case->lines[i].counter] = test_case->lines[i].line;
		}
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (want[i] != record->counters[i] &&
			!unseen_has_counter(&record->unseen, (enum counter)i) &&
			(i != COUNTER_OUT_RSTS || test_case->script.needs_link))
			object_to_counter(line[i], counter_name((enum counter)i), want[i],
				record->counters[i], judgement);
	if (!test_case->script.needs_link)
		judge_resets(test_case, record, judgement);
}

static void judge_states(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	for (size_t i = 0; i < test_case->n_lines; i++) {
		const struct case_line *line = &test_case->lines[i];
		struct objection *objection;

		if (line->kind != LINE_STATE || !strcmp(line->state, record->states[line->side]))
			continue;
		if (record->unseen.states && !record->states[line->side][0])
			continue;
		objection = object(judgement, line->line);
		snprintf(objection->what, sizeof(objection->what), "state %s",
			side_name(line->side));
		snprintf(objection->want, sizeof(objection->want), "%s", line->state);
		snprintf(objection->saw, sizeof(objection->saw), "%s", record->states[line->side]);
	}
}

static void object_to_reason(const struct test_case *test_case, const struct case_line *want,
	const struct record_reason *saw, struct judgement *judgement)
{
	struct objection *objection = object(judgement, want ? want->line : last_line(test_case));

	snprintf(objection->what, sizeof(objection->what), "reason");
	snprintf(objection->want, sizeof(objection->want), "nothing more");
	snprintf(objection->saw, sizeof(objection->saw), "nothing more");
	if (want)
		snprintf(objection->want, sizeof(objection->want), "%s %s", side_name(want->side),
			want->reason);
	if (saw)
		snprintf(objection->saw, sizeof(objection->saw), "%s %.*s", side_name(saw->side),
			RECORD_REASON_SIZE - 1, saw->name);
}

static void judge_reasons(
	const struct test_case *test_case, const struct record *record, struct judgement *judgement)
{
	const struct case_line *want;

	if (!test_case->has_reasons || record->unseen.reasons)
		return;
	for (uint32_t i = 0; (want = nth_line(test_case, LINE_REASON, i)) || i < record->n_reasons;
		i++) {
		const struct record_reason *saw =
			i < record->n_reasons ? record_reason(record, i) : NULL;

		if (!want || !saw || want->side != saw->side ||
			strncmp(want->reason, saw->name, RECORD_REASON_SIZE))
			object_to_reason(test_case, want, saw, judgement);
	}
}

static void conclude(const struct known *known, struct judgement *judgement)
{
	const struct objection *first = &judgement->objections[0];
	bool fits =
		known && judgement->n_objections && (!known->line || known->line == first->line);

	judgement->verdict = judgement->n_objections ? VERDICT_FAIL : VERDICT_PASS;
	if (fits) {
		judgement->verdict = VERDICT_KNOWN;
		snprintf(judgement->reason, sizeof(judgement->reason), "%s", known->why);
	} else if (judgement->n_objections) {
		snprintf(judgement->reason, sizeof(judgement->reason),
			"line %u: %.60s: want %.70s, saw %.70s", first->line, first->what,
			first->want, first->saw);
	} else if (known) {
		judgement->verdict = VERDICT_FAIL;
		snprintf(judgement->reason, sizeof(judgement->reason),
			"the known divergence is gone: take its row out of known.tsv (%.120s)",
			known->why);
	}
}

/* A timer may have gone off that the case does not mean: not the stack's doing. */
static void make_void(const struct record *record, struct judgement *judgement)
{
	char why[RECORD_TEXT_SIZE], before[48] = "";

	if (record->again)
		snprintf(before, sizeof(before), " and in %u runs before", record->again);
	snprintf(why, sizeof(why), "the machine was late by %u ms here%s: %.150s", record->late_ms,
		before, judgement->reason);
	judgement->verdict = VERDICT_BROKEN;
	memcpy(judgement->reason, why, sizeof(why));
}

/* Broken off: what was seen before that still counts. A stack that did something else and then left
 * a call hanging has failed, or is known to do so; one that only left us waiting has not been found
 * out about. */
static void judge_broken(const struct test_case *test_case, const struct record *record,
	const struct known *known, struct judgement *ret)
{
	size_t at;

	judge_steps(test_case, record, ret);
	if (!ret->n_objections) {
		ret->verdict = VERDICT_BROKEN;
		snprintf(ret->reason, sizeof(ret->reason), "%s", record->broken);
		return;
	}
	conclude(known, ret);
	if (ret->verdict == VERDICT_KNOWN)
		return;
	at = strlen(ret->reason);
	snprintf(ret->reason + at, sizeof(ret->reason) - at, "; then: %.80s", record->broken);
}

void judge(const struct test_case *test_case, const struct record *record,
	const struct known *known, struct judgement *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (record->skip[0]) {
		ret->verdict = VERDICT_SKIP;
		snprintf(ret->reason, sizeof(ret->reason), "%s", record->skip);
	} else if (!is_of_case(test_case, record) || record->n_events > RECORD_MAX_EVENTS ||
		record->n_reasons > RECORD_MAX_REASONS ||
		(!record->broken[0] && !ends_blocked(record) &&
			record->n_steps != test_case->script.n_actions)) {
		ret->verdict = VERDICT_BROKEN;
		snprintf(ret->reason, sizeof(ret->reason),
			"the record has other steps than the case: "
			"was it made from another version of the file?");
	} else if (record->broken[0]) {
		judge_broken(test_case, record, known, ret);
	} else {
		judge_steps(test_case, record, ret);
		judge_wire(test_case, record, ret);
		judge_mib(test_case, record, ret);
		judge_states(test_case, record, ret);
		judge_reasons(test_case, record, ret);
		conclude(known, ret);
		if (record->late_ms && ret->verdict == VERDICT_FAIL)
			make_void(record, ret);
	}
}
