/* SPDX-License-Identifier: MIT */
/* Judges a record against a case. Pure: no socket, file, clock or printing. A recording made years
 * ago is judged like one made now. */
#ifndef LASTACK_HARNESS_JUDGE_H
#define LASTACK_HARNESS_JUDGE_H

#include "case.h"
#include "known.h"

#define JUDGEMENT_MAX_OBJECTIONS 16

/* One difference: want before saw. */
struct objection {
	uint32_t line; /* of the case file */
	char what[96]; /* "client recv 64", "wire", "mib TCPAbortOnClose" */
	char want[OUTCOME_TEXT_SIZE];
	char saw[OUTCOME_TEXT_SIZE];
};

struct judgement {
	enum verdict verdict;
	char reason[RECORD_TEXT_SIZE]; /* of BROKEN, SKIP, KNOWN; of FAIL the first objection in a
	                                  line */
	unsigned n_objections; /* all of them, also those beyond the array */
	struct objection objections[JUDGEMENT_MAX_OBJECTIONS];
};

/* `known` may be NULL. */
void judge(const struct test_case *test_case, const struct record *record,
	const struct known *known, struct judgement *ret);

#endif
