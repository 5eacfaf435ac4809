/* SPDX-License-Identifier: MIT */
/* One child of an engine: started, read, ended by pid, reaped. */
#ifndef LASTACK_HARNESS_SURVEY_CHILD_H
#define LASTACK_HARNESS_SURVEY_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONSOLE_SIZE 4096

struct survey_child {
	pid_t pid; /* 0: none */
	int records, console; /* descriptors; -1: ended */
	char *text; /* of the stream so far; of malloc() */
	size_t length, room;
	size_t n_done; /* records that are whole so far */
	char last[CONSOLE_SIZE]; /* of the console, the end */
	size_t n_last;
	int64_t heard_ns; /* when something came last */
};

/* Starts it with LASTACK_CASES set to the feed. It ends with this process. Returns 0 or a negative
 * errno; survey_child_end() in any case. */
int survey_child_start(struct survey_child *child, char *const words[], const char *feed);

/* Takes what is there to be read. Returns whether more may come. */
bool survey_child_read(struct survey_child *child);

/* Ends it if it has not ended, reaps it, closes. Gives its wait status. What it wrote stays until
 * survey_child_free(). */
int survey_child_end(struct survey_child *child);
void survey_child_free(struct survey_child *child);

/* The last line of its console that is not blank, without control characters. Returns buf. */
char *survey_child_last_line(const struct survey_child *child, char *buf, size_t size);

#endif
