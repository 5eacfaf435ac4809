/* SPDX-License-Identifier: MIT */
/* The causes of a connection that ends badly: what each is, how to tell it, its cases. Read from
 * cases/causes.txt, whose head says what its words mean. */
#ifndef LASTACK_HARNESS_CAUSES_H
#define LASTACK_HARNESS_CAUSES_H

#include <stdbool.h>
#include <stddef.h>

#include "case.h"

/* The words of a block. Each holds a list, in the order of the file. */
enum cause_field {
	FIELD_SAYS, /* one sentence */
	FIELD_BRIEF, /* the same, for somebody who is neither end; of what a capture shows */
	FIELD_TELL, /* sentences: how to tell it from its neighbours, by what shows it */
	FIELD_FIX, /* sentences */
	FIELD_CASE, /* "unread/close" */
	FIELD_ERRORS, /* "recv ECONNRESET", "none CLOSE-WAIT" */
	FIELD_ALSO, /* the same, less typical */
	FIELD_ELSEWHERE, /* the same, where Linux never says so */
	FIELD_HEARD, /* phrases of symptom.h that mostly mean this cause */
	FIELD_MIB,
	FIELD_REASON, /* of enum sk_rst_reason, without its prefix */
	FIELD_SEEN, /* "owner/repository#number" */
	FIELD_BUGS,
	FIELD_MEASURED,
	CAUSE_FIELDS
};

struct cause_list_of_words {
	const char **items;
	size_t n;
};

struct cause_block {
	const char *name;
	unsigned line;
	struct cause_list_of_words fields[CAUSE_FIELDS];
};

struct cause_list {
	struct cause_block *blocks;
	size_t n;
	struct cause_list_of_words beyond; /* bugs that no case here can show */
	char *text; /* what all the words point into */
};

/* LASTACK_CASES/causes.txt, or as the build says. Valid until the next call. */
const char *causes_path(void);

/* Reads a file, or text; the caller frees with causes_free(). Returns 0, or -EINVAL with
 * *ret_complaint set, -ENOMEM, or a negative errno from reading (complaint set as well). */
int causes_load(const char *path, struct cause_list *ret, struct complaint *ret_complaint);
int causes_parse(const char *path, const char *text, size_t length, struct cause_list *ret,
	struct complaint *ret_complaint);
void causes_free(struct cause_list *list);

/* The block of this name, or NULL. */
const struct cause_block *causes_find(const struct cause_list *list, const char *name);

/* Whether one of the field's words is this. */
bool cause_has(const struct cause_block *block, enum cause_field field, const char *word);

/* "recv ECONNRESET" as what was called and what it said; false if it is not of this form. Calls are
 * those of symptom_call() and "none". */
bool cause_split_error(const char *error, char *call, size_t size, const char **ret_outcome);

/* How well a case shows an error: the number of its steps, states or outcomes that are it. `call`
 * may also be "any", and "counter" with a counter's name. */
unsigned cause_case_shows(const struct test_case *test_case, const char *call, const char *outcome);

#endif
