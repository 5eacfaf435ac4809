/* SPDX-License-Identifier: MIT */
/* What all languages have to know of a case before they write it: which processes there are, whose
 * turn a step is, what its descriptors are called. */
#ifndef LASTACK_HARNESS_EMIT_PLAN_H
#define LASTACK_HARNESS_EMIT_PLAN_H

#include "emit.h"
#include "verb.h"

#define EMIT_NAME_SIZE 32

/* Who runs a part of the program: the first process, or that of an actor. */
enum { EMIT_MAIN = 0 };
#define EMIT_STREAM(side, actor) (1 + (int)(side) * (ACTION_MAX_ACTOR + 1) + (int)(actor))
#define EMIT_STREAMS EMIT_STREAM(2, 0)

struct emit_plan {
	const struct emit_order *order;
	const struct test_case *test_case;
	const struct script *script;
	enum side listens, connects;
	bool has_process[2]; /* the side has a process of its own, not the first one */
	bool is_forked[2][ACTION_MAX_ACTOR + 1];
	bool has_processes;
	bool has_ports[CASE_PORTS]; /* beside port 0 of a case that starts with a listener */
	bool counts; /* how much was sent has to be known */
	unsigned turns_before; /* steps of the set-up, each a turn of its own */
	int64_t most_bytes; /* of one call */
	unsigned seconds; /* after which it hangs */
	struct complaint *complaint;
};

/* Returns 0, or -EOPNOTSUPP with the complaint set. */
int emit_plan_make(
	const struct emit_order *order, struct emit_plan *ret, struct complaint *complaint);

/* Complains of a step (NULL: of the case), returns -EOPNOTSUPP. */
int emit_refuse(const struct emit_plan *plan, const struct action *action, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The client's or the server's process. */
enum side emit_side(const struct emit_plan *plan, const struct action *action);

/* Who performs a step. */
int emit_stream(const struct emit_plan *plan, const struct action *action);

/* A call that its process does not survive: the first process tells how it ended. */
bool emit_is_last(const struct emit_plan *plan, const struct action *action);

/* A kill that the process does not survive, and what other ones come to. */
enum emit_fate { EMIT_DIES, EMIT_IGNORES, EMIT_CATCHES, EMIT_STOPS };
enum emit_fate emit_fate(const struct emit_plan *plan, const struct action *action);

/* The step that `await` or `look` is about; NULL: none. */
const struct action *emit_begun(const struct emit_plan *plan, const struct action *action);

/* "client", "server_b", "listener": of the descriptor acted on, or made. Return buf. */
const char *emit_variable(
	const struct emit_plan *plan, enum side side, const char *name, char buf[EMIT_NAME_SIZE]);
const char *emit_acted_on(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE]);
const char *emit_made(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE]);
/* "client", "server_2": an actor. */
const char *emit_actor(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE]);

/* The name in the case of the descriptor that a step makes; NULL: none. */
const char *emit_made_name(const struct action *action);
const char *emit_on_name(const struct action *action);

/* Whether some step asks what state the kernel holds for this descriptor's end. */
bool emit_is_asked(const struct emit_plan *plan, enum side side, const char *name);

/* "client  send 7": who does what, as a record has it. */
void emit_what(const struct action *action, char *buf, size_t size);

/* The address of the variant; "unix" for names that are numbers like ports. */
const char *emit_host(enum variant variant);
bool emit_is_ipv6(enum variant variant);
bool emit_is_unix(enum variant variant);
const char *emit_type(enum variant variant); /* "SOCK_STREAM", ... */

#endif
