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
	const char *own; /* before a call object */
	const char *process[2]; /* around a process */
	bool forks; /* a process's child can be another's */
	const char *with_signal; /* opens what adds the signals caught; NULL: it has none */
	int (*set_up[3])(const struct emit_writer *writer); /* listen, connect, accept */
	/* The expression that begins a call. */
	int (*begin)(const struct emit_writer *writer, const struct action *action, FILE *out);
	/* Statements behind a step; NULL: none. */
	void (*behind)(const struct emit_writer *writer, const struct action *action);
};

/* A statement of its own line, without its end; broken if it is too wide. */
void emit_statement(const struct emit_writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All that this stream does, its part of the set-up first. Returns 0, -EOPNOTSUPP, -ENOMEM. */
int emit_steps(struct emit_writer *writer);
/* Waits for this turn, if it comes from another process. */
void emit_turn(struct emit_writer *writer, unsigned turn);

/* The call of a step, without what stands around it. */
int emit_call(const struct emit_writer *writer, const struct action *action, FILE *out);

/* The options that a side's socket is given by the case's header. */
int emit_options(const struct emit_writer *writer, enum side side, const char *variable);

/* Notes what this descriptor is connected to, if some step asks; by_port: to the usual port. */
void emit_note(const struct emit_writer *writer, enum side side, const char *name, bool by_port);

/* What has to be so of the kernel; the ports that must be known beforehand. */
void emit_needs(const struct emit_writer *writer);
void emit_ports(const struct emit_writer *writer);

/* A port that bind() chose is given back when listening ends; one that was asked for is kept. */
bool emit_port_is_given(const struct emit_plan *plan);
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
/* Whether a text has this word. */
bool emit_has_word(const char *text, const char *word);

#endif
