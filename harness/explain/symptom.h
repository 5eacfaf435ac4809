/* SPDX-License-Identifier: MIT */
/* What a person pastes who has seen a connection end badly: an errno, a log line, a state, a
 * counter. Reads it into facts; knows nothing of why it happened (diagnosis.h). */
#ifndef LASTACK_HARNESS_SYMPTOM_H
#define LASTACK_HARNESS_SYMPTOM_H

#include <stdbool.h>
#include <stddef.h>

#include "causes.h"

#define SYMPTOM_MAX_FACTS 8
#define SYMPTOM_PHRASE_SIZE 80

enum fact_kind {
	FACT_OUTCOME, /* `call` said `name`: an errno, EOF, SIGPIPE, "blocks"; or a state */
	FACT_COUNTER,
	FACT_REASON,
	FACT_CAUSE, /* somebody named the cause itself */
};

struct fact {
	enum fact_kind kind;
	const char *call; /* of symptom_call(), "any" or, for a state, "none" */
	const char *name;
	char phrase[SYMPTOM_PHRASE_SIZE]; /* what was recognized, as the table spells it */
	bool is_vague;
};

struct symptom {
	struct fact facts[SYMPTOM_MAX_FACTS];
	size_t n;
};

enum {
	PHRASE_EXACT = 1, /* letters stand for themselves, not for both cases */
	PHRASE_ALONE = 2, /* nothing else may stand beside it: a word that means much else, too */
	PHRASE_VAGUE = 4, /* counts only where nothing plainer is said */
};

/* A way to say it. Blanks stand for blanks, underscores and hyphens; letters for both cases. The
 * outcome
 * "" is that it means nothing of a connection's end, whatever its words mean by themselves. */
struct phrase {
	const char *text;
	const char *call, *outcome;
	unsigned flags;
};

extern const struct phrase phrases[]; /* ends with a NULL text */

/* How haproxy says that a session ended: the first two characters of its termination state. */
struct termination {
	const char *state;
	const char *call, *outcome;
};

extern const struct termination terminations[]; /* ends with a NULL state */

/* Numbers that systems give for an errno. */
struct errno_number {
	int number;
	const char *outcome;
	const char *system;
};

extern const struct errno_number errno_numbers[]; /* ends with number 0 */

bool symptom_is_outcome(const char *word);
bool symptom_is_phrase(const char *text);

/* Reads what is known in the text; n is 0 if nothing is. Counters, reasons and causes are those
 * that the list names. *ret points into both and into constant tables. */
void symptom_read(const char *text, const struct cause_list *causes, struct symptom *ret);

/* "recv() fails with ECONNRESET". Returns buf. */
char *fact_print(const struct fact *fact, char *buf, size_t size);

/* Up to n known phrases that the text is nearest to, best first. Returns how many. */
size_t symptom_nearest(const char *text, const char **ret, size_t n);

#endif
