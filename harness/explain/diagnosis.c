/* SPDX-License-Identifier: MIT */
/* Ranks by the words of cases/causes.txt: what a cause lists first is typical of it, and of causes
 * that fit equally the file's order decides, the common ones first. */
#include "diagnosis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

enum {
	WEIGHT_NAMED = 200,
	WEIGHT_KERNEL = 80, /* a counter or reason says more than an errno */
	WEIGHT_HEARD = 60,
	WEIGHT_ERROR = 50,
	WEIGHT_ALSO = 40,
	WEIGHT_ELSEWHERE = 30,
	WEIGHT_OTHER_CALL = 10, /* the errno is its, but of another call */
	WEIGHT_STEP = 3,
	STEPS = 3,
};

/* What stands further back in its list weighs a little less. */
static unsigned weigh_word(
	const struct cause_block *cause, enum cause_field field, const char *word, unsigned weight)
{
	for (size_t i = 0; i < cause->fields[field].n; i++)
		if (!strcmp(cause->fields[field].items[i], word))
			return weight - WEIGHT_STEP * (unsigned)(i < STEPS ? i : STEPS);
	return 0;
}

/* What one of the fields' errors has of the fact. */
static unsigned weigh_error(const struct cause_block *cause, enum cause_field field,
	const struct fact *fact, unsigned weight)
{
	unsigned best = 0;

	for (size_t i = 0; i < cause->fields[field].n; i++) {
		const char *outcome;
		char call[32];

		if (!cause_split_error(
			    cause->fields[field].items[i], call, sizeof(call), &outcome) ||
			strcmp(outcome, fact->name))
			continue;
		if (!strcmp(fact->call, "any") || !strcmp(fact->call, call))
			return weight;
		best = WEIGHT_OTHER_CALL;
	}
	return best;
}

static unsigned weigh_outcome(const struct cause_block *cause, const struct fact *fact)
{
	static const struct {
		enum cause_field field;
		unsigned weight;
	} fields[] = {
		{FIELD_ERRORS, WEIGHT_ERROR},
		{FIELD_ALSO, WEIGHT_ALSO},
		{FIELD_ELSEWHERE, WEIGHT_ELSEWHERE},
	};
	unsigned best = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		unsigned score = weigh_error(cause, fields[i].field, fact, fields[i].weight);

		if (score > best)
			best = score;
	}
	return best;
}

static unsigned weigh_fact(const struct cause_block *cause, const struct fact *fact)
{
	unsigned score = 0;

	switch (fact->kind) {
	case FACT_CAUSE: return strcmp(cause->name, fact->name) ? 0 : WEIGHT_NAMED;
	case FACT_COUNTER: score = weigh_word(cause, FIELD_MIB, fact->name, WEIGHT_KERNEL); break;
	case FACT_REASON: score = weigh_word(cause, FIELD_REASON, fact->name, WEIGHT_KERNEL); break;
	case FACT_OUTCOME: score = weigh_outcome(cause, fact); break;
	}
	if (cause_has(cause, FIELD_HEARD, fact->phrase))
		score += WEIGHT_HEARD;
	return score;
}

size_t diagnose(
	const struct symptom *symptom, const struct cause_list *causes, struct candidate *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < causes->n; i++) {
		struct candidate candidate = {.cause = &causes->blocks[i]};
		size_t place;

		for (size_t j = 0; j < symptom->n; j++)
			candidate.score += weigh_fact(candidate.cause, &symptom->facts[j]);
		if (!candidate.score)
			continue;
		for (place = n++; place > 0 && ret[place - 1].score < candidate.score; place--)
			ret[place] = ret[place - 1];
		ret[place] = candidate;
	}
	return n;
}

/* Errors by the very call count for more than those of another. */
static unsigned shows(const struct test_case *test_case, const struct symptom *symptom)
{
	unsigned score = 0;

	for (size_t i = 0; i < symptom->n; i++) {
		const struct fact *fact = &symptom->facts[i];

		if (fact->kind == FACT_COUNTER)
			score += cause_case_shows(test_case, "counter", fact->name) > 0;
		if (fact->kind != FACT_OUTCOME)
			continue;
		score += 2 * (cause_case_shows(test_case, fact->call, fact->name) > 0);
		score += cause_case_shows(test_case, "any", fact->name) > 0;
	}
	return score;
}

static int load(const char *name, struct test_case *ret, struct complaint *ret_complaint)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s.case", catalog_directory(), name) >=
		(int)sizeof(path))
		return complaint_of_file(
			ret_complaint, -ENAMETOOLONG, name, "the name is too long");
	return case_load(path, ret, ret_complaint);
}

int diagnosis_pick_case(const struct cause_block *cause, const struct symptom *symptom,
	struct test_case *ret, struct complaint *ret_complaint)
{
	const struct cause_list_of_words *names = &cause->fields[FIELD_CASE];
	unsigned best = 0, score;
	int r = load(names->items[0], ret, ret_complaint);

	if (r)
		return r;
	best = shows(ret, symptom);
	for (size_t i = 1; i < names->n; i++) {
		struct test_case other;

		r = load(names->items[i], &other, ret_complaint);
		if (r)
			break;
		score = shows(&other, symptom);
		if (score > best) {
			case_free(ret);
			*ret = other;
			best = score;
		} else {
			case_free(&other);
		}
	}
	if (r)
		case_free(ret);
	return r;
}
