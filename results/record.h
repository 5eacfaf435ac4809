/* SPDX-License-Identifier: MIT */
/* A record: what one run of one case showed. Pointer-free and of fixed size, so that it can stand
 * in a page shared between processes; text on disk. Does not know whether it was as wanted.
 *
 *   record  unread/close ipv4    linux 6.18.44 x86_64
 *   about   close() with unread data resets the connection
 *   departs socket(7): ...                             (only where the case has such a line)
 *    0.000000  client    send 7          = 7              in 12us
 *    0.000031  wire      client data 7   seq 1 ack 1 win 512 ipid 7 ttl 64 opts ts
 *    0.000040  client:2  recv 64 &       = begun          in 3us
 *   mib     TCPAbortOnClose +1
 *   state   client none
 *   reason  server TCP_ABORT_ON_CLOSE                      (only if the kernel was asked)
 *   unseen  TCPSYNChallenge reason     (only what this observer could not see; "mib": no counter)
 *   late    312 ms               (only if the machine was, by so much that the run is void if it
 *                                 was not as wanted: a timer may have gone off that should not)
 *   again   2                    (only if it was conducted before, so often, and late each time)
 *   broken  client recv 64 did not return within 10 s     (only if we did not find out)
 *   skip    needs CAP_NET_ADMIN                            (only if it could not be run here)
 *   end     PASS
 * Step and wire lines stand in order of their time; equal times: steps first. `end` may lack a word
 * (a record made by an observer that does not judge) and may have text behind it (FAIL, KNOWN,
 * ...). Times are cut to the microsecond. Every line ends with a newline, so that a cut-off file
 * shows; empty lines mean nothing, nor do lines that begin with # between two records. Text is
 * UTF-8 without control characters: record_print() writes '?' for any other byte */
#ifndef LASTACK_RESULTS_RECORD_H
#define LASTACK_RESULTS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "counter.h"
#include "event.h"
#include "outcome.h"
#include "side.h"
#include "unseen.h"

#define RECORD_MAX_STEPS 64
#define RECORD_MAX_EVENTS 96
#define RECORD_NAME_SIZE 96
#define RECORD_VARIANT_SIZE 16
#define RECORD_SYSTEM_SIZE 96
#define RECORD_TEXT_SIZE 256
#define RECORD_CALL_SIZE 80
#define RECORD_STATE_SIZE 16
#define RECORD_MAX_REASONS 32
#define RECORD_REASON_SIZE 40

enum verdict {
	VERDICT_NONE, /* not judged */
	VERDICT_PASS,
	VERDICT_FAIL, /* the stack did something else */
	VERDICT_BROKEN, /* we did not find out */
	VERDICT_SKIP, /* not possible here; the reason names what is missing */
	VERDICT_KNOWN, /* differs as known.tsv says */
};

struct record_step {
	int64_t at_ns; /* since the run began; when the call was begun */
	int64_t took_ns; /* how long it took; for `await`: since the begun call was made */
	enum side side;
	uint8_t actor; /* 0: the side's own process; 2..: a further thread or forked child */
	char call[RECORD_CALL_SIZE]; /* verb and operands as in the case, with " &" when begun */
	struct outcome outcome;
};

struct record_event {
	int64_t at_ns;
	struct event event;
};

/* Why the kernel says it sent a reset: a name of its enum sk_rst_reason. */
struct record_reason {
	enum side side;
	char name[RECORD_REASON_SIZE];
};

struct record {
	char name[RECORD_NAME_SIZE]; /* topic/case */
	char variant[RECORD_VARIANT_SIZE]; /* ipv4, ... */
	char system[RECORD_SYSTEM_SIZE]; /* "linux 6.18.44 x86_64" */
	char about[RECORD_TEXT_SIZE];
	char departs[RECORD_TEXT_SIZE];
	int64_t counters[COUNTER_COUNT]; /* deltas over the run */
	char states[2]
		   [RECORD_STATE_SIZE]; /* by side, at the end; RFC spelling, "none", "" unknown */
	struct unseen unseen;
	uint32_t late_ms; /* that the steps came too late; 0: in time (who conducts says what is
	                     late) */
	uint32_t again; /* runs before this one that were late, and are not recorded */
	char broken[RECORD_TEXT_SIZE]; /* why we did not find out; "" if we did */
	char skip[RECORD_TEXT_SIZE]; /* what was missing; "" if nothing was */
	enum verdict verdict;
	char reason[RECORD_TEXT_SIZE]; /* the judge's text behind the verdict word; may be "" */
	uint32_t n_steps, n_events, n_reasons;
	bool is_trimmed; /* see record_trim() */
	/* Filled by whoever makes the record; read by record_step(), record_event(),
	 * record_reason(). */
	struct record_step steps[RECORD_MAX_STEPS];
	struct record_event events[RECORD_MAX_EVENTS];
	struct record_reason reasons[RECORD_MAX_REASONS]; /* of all resets, in their order */
};

/* The step, event or reason with this index, which must be below their number and their
 * RECORD_MAX_. Of a trimmed record as well. */
const struct record_step *record_step(const struct record *record, uint32_t i);
const struct record_event *record_event(const struct record *record, uint32_t i);
const struct record_reason *record_reason(const struct record *record, uint32_t i);

/* A copy that takes only as much memory as the record uses: its events stand right behind its
 * steps, its reasons behind its events. It must not be copied by assignment, nor grow. Of malloc();
 * NULL: there is no memory. */
struct record *record_trim(const struct record *record);
/* A copy of full size, of a trimmed record or not. */
void record_copy(struct record *ret, const struct record *record);

const char *verdict_name(enum verdict verdict); /* "PASS"; "" for NONE */
bool verdict_parse(const char *word, enum verdict *ret_verdict); /* "" is NONE */

/* Writes one record followed by an empty line. Returns 0, or -EIO when the stream has failed. */
int record_print(const struct record *record, FILE *stream);

struct record_complaint {
	unsigned line; /* counted from 1 */
	char text[RECORD_TEXT_SIZE]; /* what was read and what was wanted */
};

/* Reads the next record from a stream of them. Returns 1 and fills *ret; 0 at the end of the file;
 * -EINVAL with *ret_complaint set (its line counts on from *line, which the caller keeps, starting
 * at 0); -EIO, complaint with line 0, when the stream cannot be read. A record cut off before its
 * `end` line is -EINVAL: no half record is ever taken. Do not read on behind an error. */
int record_read(
	FILE *stream, unsigned *line, struct record *ret, struct record_complaint *ret_complaint);

/* As record_read(); *end is set to what a "# complete" line (stream_end.h) says that stands before
 * the record or the end of the file, and left alone if there is none. */
int record_read_to(FILE *stream, unsigned *line, struct record *ret, size_t *end,
	struct record_complaint *ret_complaint);

/* A growing list of trimmed records: what a record file holds. Begins as {0}. */
struct record_list {
	struct record **records;
	size_t n, room;
	bool is_whole; /* the file read last ends with "# complete N", N records being before it */
};

/* Adds a copy. 0 or -ENOMEM; the list is then as it was. */
int record_list_add(struct record_list *list, const struct record *record);
/* Adds what the other list holds, which is empty then. 0 or -ENOMEM; both are then as they were. */
int record_list_take(struct record_list *list, struct record_list *other);
/* Makes a list of that many places, which hold NULL until record_list_put(). 0 or -ENOMEM. */
int record_list_begin(struct record_list *ret, size_t n);
/* Puts a copy in place i, in place of what is there. 0 or -ENOMEM. */
int record_list_put(struct record_list *list, size_t i, const struct record *record);

/* Reads a whole file ("-": standard input). Returns 0 or a negative errno; complaint as above
 * (line 0: the file itself could not be read). The caller frees with record_list_free(). */
int record_list_load(
	const char *path, struct record_list *ret, struct record_complaint *ret_complaint);
/* Adds what a file holds to a list (that begins as {0}). As record_list_load(); after an error the
 * list is as it was, and still the caller's. */
int record_list_load_more(
	const char *path, struct record_list *list, struct record_complaint *ret_complaint);
void record_list_free(struct record_list *list);

#endif
