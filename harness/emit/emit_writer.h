/* SPDX-License-Identifier: MIT */
/* The steps of a case as statements of a programming language: the same walk for each of them.
 *
 * Each process is a function, and waits with turn() for a step's turn unless the step before was
 * its own; step() prints and compares, and gives the turn to the next. Where one process does
 * everything there are no turns. */
#ifndef LASTACK_HARNESS_EMIT_WRITER_H
#define LASTACK_HARNESS_EMIT_WRITER_H

#include "emit_dialect.h"
#include "emit_text.h"

#define EMIT_LIST_SIZE 512

struct emit_writer {
	const struct emit_plan *plan;
	const struct emit_grammar *grammar;
	const struct emit_dialect *dialect;
	FILE *out;
	int stream; /* whose statements are written */
	unsigned next; /* the turn that follows its last step */
	const char *indent;
};

/* How a language puts things together. */
struct emit_grammar {
	const char *end; /* of a statement */
	const char *defer; /* before an expression that step() is to evaluate */
	const char *process; /* behind the name of a process */
	bool forks; /* a process's child can be another's */
	const char *with_signal; /* opens what adds the signals caught; NULL: it has none */
	/* The expression that begins a call. */
	int (*begin)(const struct emit_writer *writer, const struct action *action, FILE *out);
	/* Statements behind a step; NULL: none. */
	void (*behind)(const struct emit_writer *writer, const struct action *action);
};

/* A statement of its own line, without its end; broken if it is too wide. */
void emit_statement(const struct emit_writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The statement that was written into the buffer, which this closes and frees; none if that failed.
 * Returns r or -ENOMEM. */
int emit_buffered_statement(const struct emit_writer *writer, struct emit_buffer *buffer, int r);

/* Has the functions written, and then the file, which knows by them what else it must hold.
 * Returns what they do, or -ENOMEM. */
int emit_program(struct emit_writer *writer, int (*write_functions)(struct emit_writer *writer),
	int (*write_file)(const struct emit_plan *plan, const char *functions, FILE *stream),
	FILE *stream);

/* All that this stream does, its part of the set-up first. Returns 0, -EOPNOTSUPP, -ENOMEM. */
int emit_steps(struct emit_writer *writer);
/* Waits for this turn, if it comes from another process. */
void emit_turn(struct emit_writer *writer, unsigned turn);

/* The call of a step, without what stands around it. */
int emit_call(const struct emit_writer *writer, const struct action *action, FILE *out);

/* What this stream does of the set-up. As emit_steps(), which begins with it. */
int emit_set_up(struct emit_writer *writer);
/* What has to be so of the kernel; the ports that must be known beforehand. */
void emit_needs(const struct emit_writer *writer);
void emit_ports(const struct emit_writer *writer);

/* Notes what this descriptor is connected to, if some step asks; by_port: to the usual port. */
void emit_note(const struct emit_writer *writer, enum side side, const char *name, bool by_port);

bool emit_catches_signals(const struct emit_plan *plan, enum side side);
bool emit_is_killed(const struct emit_plan *plan, const struct action *begun);

/* Whether some outcome is not wanted exactly. */
bool emit_has_ranges(const struct emit_plan *plan);

/* Comma-separated names, each once. */
void emit_declare(char list[EMIT_LIST_SIZE], const char *name);
void emit_list_descriptors(const struct emit_plan *plan, char list[EMIT_LIST_SIZE]);
void emit_list_objects(
	const struct emit_plan *plan, char ends[EMIT_LIST_SIZE], char calls[EMIT_LIST_SIZE]);
#define EMIT_TALLIES "client_sent, client_received, server_sent, server_received"
/* Statements that turn off what puts off acknowledgments: the suite's own runs have it off, so that
 * each step is complete. */
void emit_acknowledging(
	const struct emit_plan *plan, const char *indent, const char *end, FILE *out);
/* Whether a text has this word. */
bool emit_has_word(const char *text, const char *word);

#endif
