/* SPDX-License-Identifier: MIT */
/* The judge can fail: runs every committed case, then alters each record one field at a time -
 * every outcome, errno, signal, event, counter and reason - and demands that the judge objects to
 * every alteration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "catalog.h"
#include "judge.h"
#include "pool.h"

enum { OTHERS_MAX = 20 };

struct account {
	size_t runs, not_run, tried, caught;
};

/* One altered copy: `what` says how, for the person who has to find out why nobody objected. */
static void expect_objection(struct account *account, const struct test_case *test_case,
	const struct record *altered, const char *what)
{
	struct judgement judgement;

	account->tried++;
	judge(test_case, altered, NULL, &judgement);
	if (judgement.verdict == VERDICT_FAIL || judgement.verdict == VERDICT_BROKEN) {
		account->caught++;
		return;
	}
	fprintf(stderr, "%s %s: nobody objected: %s\n", altered->name, altered->variant, what);
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	char first[OUTCOME_TEXT_SIZE], second[OUTCOME_TEXT_SIZE];

	return !strcmp(
		outcome_print(a, first, sizeof(first)), outcome_print(b, second, sizeof(second)));
}

/* Other flags and bytes; other numbers where the case asks for them. */
static unsigned other_segments(
	const struct outcome *want, const struct outcome *kept, struct outcome *others)
{
	unsigned n = 0;

	for (uint8_t flag = 1; flag <= 0x20; flag = (uint8_t)(flag << 1)) {
		others[n] = *kept;
		others[n++].flags ^= flag;
	}
	others[n] = *kept;
	others[n++].bytes++;
	others[n] = *kept;
	others[n].seq += want->given & OUTCOME_HAS_SEQ ? 1 : 0;
	others[n].ack += want->given & OUTCOME_HAS_ACK ? 1 : 0;
	others[n++].win += want->given & OUTCOME_HAS_WIN ? 1 : 0;
	others[n] = *kept;
	others[n++].given &= (uint8_t)~want->given;
	return n;
}

/* Each is another kind of outcome, or the same with one thing changed; some may be as it was. */
static unsigned other_outcomes(const struct outcome *kept, struct outcome others[OTHERS_MAX])
{
	bool is_number = kept->kind == OUTCOME_NUMBER, is_word = kept->kind == OUTCOME_WORD;
	unsigned n = 0;

	others[n++] = outcome_number(is_number && kept->number == 0 ? 1 : 0);
	others[n++] = outcome_number(is_number ? kept->number + 1000000007 : -7);
	others[n++] = outcome_error(kept->kind == OUTCOME_ERROR ? kept->error + 1 : 104);
	others[n++] = outcome_error(kept->error == 11 ? 32 : 11);
	others[n++] = outcome_events(kept->kind == OUTCOME_EVENTS ? kept->events ^ 4 : 1);
	others[n++] = outcome_word(is_word && !strcmp(kept->word, "none") ? "all" : "none");
	others[n] = *kept;
	others[n++].signal = kept->signal ? 0 : 13;
	others[n] = *kept;
	others[n].is_spoilt = true;
	others[n++].spoilt_at = 0;
	if (is_word) {
		others[n] = *kept;
		others[n++].error = kept->error ? 0 : 104;
		others[n] = *kept;
		others[n].has_number = !kept->has_number;
		others[n++].number = 3;
	}
	if (is_number) {
		others[n] = *kept;
		others[n].has_second = !kept->has_second;
		others[n++].second = 3;
	}
	return n;
}

static void alter_outcome(struct account *account, const struct test_case *test_case,
	struct record *record, uint32_t i)
{
	struct outcome *outcome = &record->steps[i].outcome, kept = *outcome, others[OTHERS_MAX];
	unsigned n = other_outcomes(&kept, others);
	char what[128], text[OUTCOME_TEXT_SIZE];

	if (kept.kind == OUTCOME_SEGMENT)
		n += other_segments(&case_step(test_case, i)->want, &kept, others + n);
	for (unsigned j = 0; j < n; j++) {
		if (same_outcome(&others[j], &kept))
			continue;
		*outcome = others[j];
		snprintf(what, sizeof(what), "step %u %.40s now says %.60s", i,
			record->steps[i].call, outcome_print(outcome, text, sizeof(text)));
		expect_objection(account, test_case, record, what);
	}
	*outcome = kept;
}

static void alter_times(struct account *account, const struct test_case *test_case,
	struct record *record, uint32_t i)
{
	const struct case_line *line = case_step(test_case, i);
	int64_t kept = record->steps[i].took_ns;

	if (!line || !line->has_bounds)
		return;
	record->steps[i].took_ns = line->min_ms * 1000000 - 1;
	expect_objection(account, test_case, record, "a step that was too quick");
	record->steps[i].took_ns = line->max_ms * 1000000 + 1;
	expect_objection(account, test_case, record, "a step that was too slow");
	record->steps[i].took_ns = kept;
}

static void alter_steps(
	struct account *account, const struct test_case *test_case, struct record *record)
{
	static struct record shorter;

	for (uint32_t i = 0; i < record->n_steps; i++) {
		if (!test_case->script.actions[i].begins)
			alter_outcome(account, test_case, record, i);
		alter_times(account, test_case, record, i);
		shorter = *record;
		memmove(&shorter.steps[i], &shorter.steps[i + 1],
			(RECORD_MAX_STEPS - i - 1) * sizeof(*shorter.steps));
		shorter.n_steps--;
		expect_objection(account, test_case, &shorter, "a step is missing");
	}
}

static void alter_event(struct account *account, const struct test_case *test_case,
	const struct record *record, uint32_t i)
{
	static struct record altered;
	struct record_event *event = &altered.events[i];

	altered = *record;
	event->event.side = event->event.side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	expect_objection(account, test_case, &altered, "an event came from the other side");
	for (unsigned kind = EVENT_SYN; kind <= EVENT_RST_ACK; kind++) {
		altered = *record;
		if (kind == record->events[i].event.kind)
			continue;
		event->event.kind = (enum event_kind)kind;
		expect_objection(account, test_case, &altered, "an event is of another kind");
	}
	altered = *record;
	memmove(event, event + 1, (RECORD_MAX_EVENTS - i - 1) * sizeof(*event));
	altered.n_events--;
	expect_objection(account, test_case, &altered, "an event is missing");
	if (record->n_events < RECORD_MAX_EVENTS) {
		altered = *record;
		memmove(event + 1, event, (RECORD_MAX_EVENTS - i - 1) * sizeof(*event));
		altered.n_events++;
		expect_objection(account, test_case, &altered, "an event came twice");
	}
}

/* The amount of an event is asserted unless buffer sizes decide it. */
static void alter_amount(struct account *account, const struct test_case *test_case,
	const struct record *record, uint32_t i)
{
	static struct record altered;
	uint32_t nth = 0;

	altered = *record;
	altered.events[i].event.bytes++;
	if (record->events[i].event.kind != EVENT_DATA)
		return;
	for (size_t j = 0; j < test_case->n_lines; j++) {
		const struct case_line *line = &test_case->lines[j];

		if (line->kind != LINE_WIRE || line->is_nothing || nth++ != i)
			continue;
		if (!line->event.is_any_amount)
			expect_objection(
				account, test_case, &altered, "an event carried a byte more");
	}
}

static bool differs(const struct event *a, const struct event *b)
{
	return a->side != b->side || a->kind != b->kind ||
		(a->kind == EVENT_DATA && a->bytes != b->bytes && !a->is_about && !b->is_about);
}

static void alter_events(
	struct account *account, const struct test_case *test_case, const struct record *record)
{
	static struct record altered;

	for (uint32_t i = 0; i < record->n_events; i++) {
		alter_event(account, test_case, record, i);
		alter_amount(account, test_case, record, i);
		if (i + 1 == record->n_events ||
			!differs(&record->events[i].event, &record->events[i + 1].event))
			continue;
		altered = *record;
		altered.events[i] = record->events[i + 1];
		altered.events[i + 1] = record->events[i];
		expect_objection(account, test_case, &altered, "two events changed places");
	}
	if (record->n_events < RECORD_MAX_EVENTS) {
		altered = *record;
		altered.events[altered.n_events++].event =
			(struct event){.side = SIDE_SERVER, .kind = EVENT_RST};
		expect_objection(account, test_case, &altered, "a reset was added");
	}
}

static void alter_counters(
	struct account *account, const struct test_case *test_case, struct record *record)
{
	char what[96];

	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		int64_t kept = record->counters[i];

		snprintf(what, sizeof(what), "%s counts one more", counter_name((enum counter)i));
		record->counters[i] = kept + 1;
		expect_objection(account, test_case, record, what);
		if (kept) {
			record->counters[i] = 0;
			snprintf(what, sizeof(what), "%s did not count",
				counter_name((enum counter)i));
			expect_objection(account, test_case, record, what);
		}
		record->counters[i] = kept;
	}
}

static void alter_states(
	struct account *account, const struct test_case *test_case, struct record *record)
{
	for (unsigned side = 0; side < 2; side++) {
		char kept[RECORD_STATE_SIZE];

		if (!record->states[side][0])
			continue; /* the raw peer's side has none */
		memcpy(kept, record->states[side], sizeof(kept));
		snprintf(record->states[side], sizeof(kept), "%s",
			strcmp(kept, "CLOSING") ? "CLOSING" : "none");
		expect_objection(account, test_case, record, "a side ended in another state");
		memcpy(record->states[side], kept, sizeof(kept));
	}
}

static void alter_reasons(
	struct account *account, const struct test_case *test_case, const struct record *record)
{
	static struct record altered;

	if (!test_case->has_reasons)
		return;
	for (uint32_t i = 0; i < record->n_reasons; i++) {
		struct record_reason *reason = &altered.reasons[i];

		altered = *record;
		reason->side = reason->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
		expect_objection(account, test_case, &altered, "a reason is of the other side");
		altered = *record;
		reason->name[0] ^= 1;
		expect_objection(account, test_case, &altered, "a reason is another one");
		altered = *record;
		memmove(reason, reason + 1, (RECORD_MAX_REASONS - i - 1) * sizeof(*reason));
		altered.n_reasons--;
		expect_objection(account, test_case, &altered, "a reason is missing");
	}
	altered = *record;
	snprintf(altered.reasons[altered.n_reasons++].name, RECORD_REASON_SIZE, "NO_SOCKET");
	expect_objection(account, test_case, &altered, "a reason was added");
}

static enum pool_answer take(
	const struct job *job, size_t index, const struct record *record, void *data)
{
	static struct record copy;
	struct account *account = data;
	struct judgement judgement;

	copy = *record;
	copy.late_ms = 0; /* what is altered is to be objected to, whenever it came */
	judge(job->test_case, &copy, NULL, &judgement);
	if (judgement.verdict != VERDICT_PASS) { /* nothing can be learnt from altering it */
		account->not_run++;
		return POOL_TAKEN;
	}
	account->runs++;
	alter_steps(account, job->test_case, &copy);
	alter_events(account, job->test_case, &copy);
	alter_counters(account, job->test_case, &copy);
	alter_states(account, job->test_case, &copy);
	alter_reasons(account, job->test_case, &copy);
	return POOL_TAKEN;
}

int main(int argc, char **argv)
{
	struct catalog catalog;
	struct complaint complaint;
	struct pool_options options = {0};
	struct account account = {0};
	struct job *jobs;
	size_t n = 0;

	actor_resume_if_asked(argc, argv);
	if (catalog_load(argv + 1, (size_t)(argc - 1), &catalog, &complaint)) {
		complaint_print(&complaint, stderr);
		return 2;
	}
	jobs = calloc(catalog.n * VARIANT_COUNT + 1, sizeof(*jobs));
	for (size_t i = 0; jobs && i < catalog.n; i++)
		for (unsigned variant = 0; variant < VARIANT_COUNT; variant++)
			if (catalog.cases[i].variants[variant]) {
				jobs[n].test_case = &catalog.cases[i];
				jobs[n++].variant = (enum variant)variant;
			}
	if (!jobs || pool_run(jobs, n, &options, take, &account))
		return 2;
	printf("1..1\n# %zu runs altered (%zu not: they did not pass here): %zu alterations tried, %zu caught\n",
		account.runs, account.not_run, account.tried, account.caught);
	fprintf(stderr,
		"%zu runs altered (%zu not: they did not pass here): %zu alterations tried, %zu caught\n",
		account.runs, account.not_run, account.tried, account.caught);
	if (!account.runs)
		printf("ok 1 # SKIP no run passed here\n");
	else
		printf("%s 1 every alteration is caught\n",
			account.tried == account.caught ? "ok" : "not ok");
	free(jobs);
	catalog_free(&catalog);
	return 0;
}
