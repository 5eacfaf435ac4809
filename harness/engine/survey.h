/* SPDX-License-Identifier: MIT */
/* A survey: the same cases observed on many stacks, several at a time. Starts what the engines
 * prepare, collects the records, ends what has fallen silent, gives a machine that was cut off a
 * second try with what was left, and says of every run that nobody found out about why. Does not
 * judge. */
#ifndef LASTACK_HARNESS_SURVEY_H
#define LASTACK_HARNESS_SURVEY_H

#include "catalog.h"
#include "engine.h"
#include "record.h"

struct survey_column {
	/* What to observe: as in struct engine_task. */
	const struct stack *stack;
	const char *const *files;
	size_t n_files;
	char system[RECORD_SYSTEM_SIZE]; /* what its records are to say; "": what they say */
	/* Why there is no such column (before: its package could not be had, it is passed over;
	 * after: the engine could not start), or why it is not whole; "". */
	char trouble[RECORD_TEXT_SIZE];
	/* What came of it: a record for every run, in the catalog's order; none if it could not
	 * start. A column that has records before is passed over. */
	struct record_list records;
	size_t n_silent; /* of these, broken because nothing was heard of them */
	unsigned tries;
	double seconds; /* from its first start to its end */
};

enum survey_news { SURVEY_STARTED, SURVEY_PROGRESS, SURVEY_RETRIED, SURVEY_DONE };

struct survey_options {
	const struct catalog *catalog;
	bool only_first_variant;
	unsigned at_once; /* 0: as many as there are CPUs */
	unsigned patience_s; /* how long a stack may say nothing before it is ended */
	const char *folder; /* where it may make folders of its own, which it removes */
	/* Told as it goes; `done` of `total` runs of this column are recorded. May be NULL. */
	void (*on_news)(enum survey_news news, const struct survey_column *column, size_t done,
		size_t total, void *data);
	void *data;
};

/* Returns 0, whatever became of the columns; -EINTR after SIGINT, SIGTERM or SIGHUP (all children
 * are ended; columns that were done keep their records), or another negative errno and the
 * complaint when there is no room for it. The caller frees the columns' records. */
int survey_run(struct survey_column *columns, size_t n, const struct survey_options *options,
	struct complaint *ret_complaint);

#endif
