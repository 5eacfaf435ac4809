/* SPDX-License-Identifier: MIT */
/* A worker: the process that owns a world and conducts runs in it, one after another, on request */
#ifndef LASTACK_HARNESS_WORKER_H
#define LASTACK_HARNESS_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "case.h"
#include "record.h"

#define WORKER_PATH_SIZE 512

/* What to run. The case must have been read before the worker was started: it is found by its
 * address, which both processes share from the fork on. */
struct job {
	const struct test_case *test_case;
	enum variant variant;
	char pcap_path[WORKER_PATH_SIZE]; /* "": no capture file */
};

enum worker_news {
	WORKER_READY, /* the world stands */
	WORKER_NOT_HERE, /* it cannot be had here; `text` names what is missing: SKIP */
	WORKER_DONE, /* the record of the job is in the worker's slot */
};

struct worker_message {
	enum worker_news news;
	bool is_spent; /* the world must not be used again: the worker ends itself */
	char text[RECORD_TEXT_SIZE];
};

struct worker {
	pid_t pid; /* 0: not running */
	int channel;
	bool asks_reasons; /* of some job it was given: it may leave a trace instance behind */
	struct record *slot; /* shared with the worker's process */
};

/* Starts a worker's process, pinned to the CPU. Its first message says whether the world stands.
 * Returns 0 or a negative errno (-EAGAIN: no more processes; -EMFILE: too few descriptors).
 * worker_end() ends and reaps it. */
int worker_start(struct worker *worker, unsigned cpu);
const char *worker_mend(int error); /* of these two, to be put behind what is wrong; else "" */

/* Sends a job; its answer comes over `channel` (poll it), then worker_take() reads it. */
int worker_give(struct worker *worker, const struct job *job);

/* Reads one message. Returns 0, or -EPIPE when the worker's process has died. */
int worker_take(struct worker *worker, struct worker_message *ret);

void worker_end(struct worker *worker);
void worker_free(struct worker *worker); /* worker_end(), and gives the slot back */

/* Of a kernel that is not Linux (abilities.h): whether it lacks what the job asks for, which shows
 * without a world. *ret is then the record, SKIP. */
bool worker_cannot(const struct job *job, struct record *ret);

/* Whether it matters that the machine was late for this run, as when it was not as wanted. */
typedef bool late_matters(const struct record *record, void *data);

/* Runs one job in a world of its own and waits for it: *ret is complete in any case. Done again
 * (late.h) if the machine was late and that matters; `matters` NULL: it always does. */
void worker_run_once(const struct job *job, late_matters *matters, void *data, struct record *ret);

/* Fills in what a record says before anything was run: names, system, about, departs. */
void record_begin(const struct test_case *test_case, enum variant variant, struct record *ret);

#endif
