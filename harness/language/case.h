/* SPDX-License-Identifier: MIT */
/* A test case in memory: what to do (the script), what is wanted of it, and every line as it stood,
 * so that printing a case that was read gives its text back. Reading and printing are exact
 * inverses on canonical text; docs: cases/language.md. */
#ifndef LASTACK_HARNESS_CASE_H
#define LASTACK_HARNESS_CASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "action.h"
#include "record.h"

#define CASE_MAX_STEPS RECORD_MAX_STEPS
#define CASE_MAX_SYSCTLS 6
#define CASE_MAX_OPTIONS 6
#define CASE_PORTS 4 /* ports a run has for itself */
#define CASE_DEADLINE_MS 10000 /* a call that takes longer, plus the longest `in`, is given up */

enum variant {
	VARIANT_IPV4,
	VARIANT_IPV6,
	VARIANT_MAPPED,
	VARIANT_SWAPPED,
	VARIANT_UNIX, /* from here on only where the case asks for it */
	VARIANT_UNIX_SEQPACKET,
	VARIANT_UNIX_DGRAM,
	VARIANT_MPTCP,
	VARIANT_COUNT,
};

const char *variant_name(enum variant variant);
bool variant_parse(const char *name, enum variant *ret);

enum start { START_CONNECTED, START_LISTENING, START_NOTHING };

/* A header `sysctl net.ipv4.tcp_fin_timeout 2`. */
struct script_sysctl {
	char name[64];
	char value[32];
};

/* A header `option client SO_RCVBUF 4096`: set before the connection is made. */
struct script_option {
	enum side side;
	uint8_t option; /* row of socket_options[] */
	int64_t values[2];
};

/* All that the conductor is given. No expectations. Pointer-free. */
struct script {
	enum start start;
	bool default_timing; /* `timing default`: no quickack routes, delayed ACKs as shipped */
	bool asks_reasons; /* `needs tracefs`: the kernel's reasons for its resets are recorded */
	bool is_slow; /* `time slow`, or a call wanted to last: waits for timers, not for the CPU */
	bool needs_link; /* `needs veth`: two network namespaces, joined by a link */
	bool own_world; /* some line changes the namespace: never share it with another run */
	bool has_peer; /* a raw peer takes the place of `peer_plays` */
	enum side peer_plays; /* client or server */
	bool own_process; /* some line changes a process: never share the actors with another run */
	uint32_t deadline_ms; /* for one call */
	uint32_t n_sysctls, n_options, n_actions;
	struct script_sysctl sysctls[CASE_MAX_SYSCTLS];
	struct script_option options[CASE_MAX_OPTIONS];
	struct action actions[CASE_MAX_STEPS];
};

enum case_line_kind {
	LINE_TITLE, /* # text, the first lines */
	LINE_HEADER, /* keyword text */
	LINE_COMMENT, /* # text, further down */
	LINE_BLANK,
	LINE_STEP,
	LINE_WIRE,
	LINE_MIB,
	LINE_STATE,
	LINE_REASON,
};

struct case_line {
	enum case_line_kind kind;
	uint32_t line; /* counted from 1 */
	uint32_t action; /* STEP: index into script.actions */
	bool has_bounds; /* STEP: min_ms..max_ms */
	bool is_nothing; /* WIRE, MIB, REASON: the word `nothing` */
	struct outcome want; /* STEP; kind NONE for a begun call */
	int64_t min_ms, max_ms;
	struct event event; /* WIRE */
	enum counter counter; /* MIB */
	int64_t delta;
	enum side side; /* STATE, REASON */
	char state[RECORD_STATE_SIZE];
	char reason[RECORD_REASON_SIZE];
	char *text; /* TITLE, COMMENT: behind "# "; HEADER: the whole line, canonical; else NULL */
};

struct test_case {
	char path[512];
	char name[RECORD_NAME_SIZE]; /* topic/name */
	char about[RECORD_TEXT_SIZE];
	char departs[RECORD_TEXT_SIZE];
	char symptom[RECORD_TEXT_SIZE], fix[RECORD_TEXT_SIZE], cite[RECORD_TEXT_SIZE];
	bool variants[VARIANT_COUNT];
	unsigned needs_version; /* major << 16 | minor; 0: any */
	char needs_path[64]; /* that must exist, "" none */
	char needs_feature[24]; /* a row of needs[], "" none */
	bool has_wire, has_mib,
		has_reasons; /* a list that is given is complete; one that is not is not asserted */
	struct script script;
	size_t n_lines;
	struct case_line *lines;
};

/* What is wrong with a text, for the person who wrote it. */
struct complaint {
	char file[512];
	unsigned line, column; /* counted from 1; 0: the file as a whole */
	char text[768]; /* what was read, what was wanted, the mend */
};

/* "file:line:column: text" */
void complaint_print(const struct complaint *complaint, FILE *stream);

/* Fills all of it; what does not fit is cut. */
void complaint_say(struct complaint *complaint, const char *file, unsigned line, unsigned column,
	const char *format, va_list args) __attribute__((format(printf, 5, 0)));

/* Says it of the file as a whole, and returns `error`. */
int complaint_of_file(struct complaint *complaint, int error, const char *file, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* Where the reader of a text is, and who hears what is wrong there. */
struct text_place {
	const char *file;
	unsigned line; /* 0: the file as a whole */
	struct complaint *complaint;
};

/* Says it of this column. Returns -EINVAL. */
int text_refuse(const struct text_place *place, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads a case from text (need not end in NUL). `path` names it in messages and gives its name:
 * .../topic/name.case below a `cases` folder is topic/name, any other user/name. Returns 0, or
 * -EINVAL with *ret_complaint set, or -ENOMEM. The caller frees with case_free(). */
int case_parse(const char *path, const char *text, size_t length, struct test_case *ret,
	struct complaint *ret_complaint);

/* As case_parse(), from a file; "-" is standard input. Further: a negative errno from reading it */
int case_load(const char *path, struct test_case *ret, struct complaint *ret_complaint);
void case_free(struct test_case *test_case);

/* Writes the canonical text. Returns 0 or -EIO. */
int case_print(const struct test_case *test_case, FILE *stream);

/* Whether the run must not share a namespace with others: the script says so, or the variant's
 * connections outlive what the harness can see (an MPTCP socket is ended by a kernel thread). */
bool variant_needs_own_world(enum variant variant, const struct script *script);

/* The step line of the i-th action. */
const struct case_line *case_step(const struct test_case *test_case, uint32_t action);

#endif
