/* SPDX-License-Identifier: MIT */
/* The verbs of the case language: one row each. A behaviour that needs logic becomes a row here.
 * The table says how a verb is written, what it may answer and who performs it; the parser, the
 * printer, the actors and the language page all read it. */
#ifndef LASTACK_HARNESS_VERB_H
#define LASTACK_HARNESS_VERB_H

#include "action.h"
#include "outcome.h"
#include "vocabulary.h"

enum operand_kind {
	OPERAND_NONE,
	OPERAND_NUMBER, /* -2147483648..2147483647 */
	OPERAND_SIZE, /* bytes, 0..64 MiB */
	OPERAND_OPTION, /* a row of socket_options[]; its values follow as numbers */
	OPERAND_CHOICE, /* one of `words` */
	OPERAND_BITS, /* A|B of `words`, or none */
	OPERAND_HOW, /* one of `words`, or a number that is none of them */
	OPERAND_NAME, /* a descriptor of this side */
	OPERAND_ACTOR, /* 2 or 3 */
	OPERAND_NOW, /* the word `now` */
	OPERAND_PORT, /* 0..3: the n-th port of this run */
	/* The raw peer's, several words each: see peer_words.c. Nothing may follow them. */
	OPERAND_SEGMENT, /* FIN,ACK seq=+0 */
	OPERAND_ERROR, /* unreachable 1 seq=+0 */
	OPERAND_ARRIVAL, /* now, again, from=2 */
};

struct operand_form {
	enum operand_kind kind;
	const char *name; /* as the language page shows it */
	bool is_optional;
	const struct word *words;
};

enum verb_trait {
	VERB_MAKES_DESCRIPTOR = 1 << 0, /* takes `as NAME` */
	VERB_NO_DESCRIPTOR = 1 << 1, /* takes no `on NAME` */
	VERB_CHANGES_WORLD =
		1 << 2, /* leaves traces: the case gets a network namespace of its own */
	VERB_CHANGES_PROCESS = 1 << 3, /* its process is not used for another run */
	VERB_BY_CONDUCTOR = 1 << 4, /* performed from outside the actor */
	VERB_ANSWERS_EVENTS = 1 << 5, /* IN|OUT is a possible outcome */
	VERB_ANSWERS_STATE = 1 << 6, /* a state's name is a possible outcome */
	VERB_ANSWERS_ERRNO = 1 << 7, /* an errno's bare name is a possible outcome */
	VERB_SENDS = 1 << 8, /* how much it moves is decided by buffer sizes */
	VERB_INTERNAL = 1 << 9, /* the harness's own; not part of the language */
	VERB_OF_PEER = 1 << 10, /* the raw peer's, and nobody else's */
	VERB_ALSO_OF_PEER = 1 << 11, /* the raw peer's, too */
	VERB_ANSWERS_SEGMENT = 1 << 12, /* a segment is a possible outcome */
	VERB_ON_LINK = 1 << 13, /* changes the network between the sides: only with `needs veth` */
};

struct actor;

/* Performs one action in an actor. errno-style failures of the call itself are outcomes; it never
 * fails otherwise. May block for as long as the call does. */
typedef struct outcome verb_function(struct actor *actor, const struct action *action);

struct verb {
	const char *name;
	struct operand_form operands[ACTION_OPERANDS];
	unsigned traits;
	const char *words; /* further outcome words, blank-separated; NULL: none */
	verb_function *perform; /* NULL with VERB_BY_CONDUCTOR */
	const char *example; /* one line of a case, side left out */
	const char *help; /* what it does, in a sentence */
};

/* Rows the conductor performs or sends itself; their place in the table is looked up by name once.
 */
enum verb_id {
	VERB_AWAIT,
	VERB_AWAIT_BOTH,
	VERB_LOOK,
	VERB_STATE,
	VERB_UNTIL,
	VERB_KILL,
	VERB_PEER_STATE,
	VERB_COUNTER,
	VERB_ROUTE,
	VERB_DELIVER,
	VERB_LINK,
	VERB_ADDRESS,
	VERB_FIREWALL,
	VERB_FORK,
	VERB_EXIT,
	VERB_EXEC,
	VERB_BIND,
	VERB_LISTEN,
	VERB_CLOSE,
	VERB_SETUP_LISTEN,
	VERB_SETUP_CONNECT,
	VERB_SETUP_ACCEPT,
	VERB_START_THREAD,
	VERB_RESET,
	VERB_PEER_SEND,
	VERB_PEER_GET,
	VERB_PEER_ERROR,
	VERB_OTHERS, /* the first of the rows that nobody needs by number */
};

extern const struct verb verbs[];
extern const unsigned verb_count;

/* The row of this name, internal ones excluded; NULL if there is none. */
const struct verb *verb_find(const char *name);
unsigned verb_index(const struct verb *verb);

/* "recv 64 PEEK on b &": the action in the notation of the case, without its side. Returns buf. */
char *action_print(const struct action *action, char *buf, size_t size);

/* Whether this outcome can be an answer of this verb, as far as its words go (numbers, errors and
 * `any` always can). If not, *ret_nearest may hold the word that was meant. */
bool verb_may_answer(
	const struct verb *verb, const struct outcome *outcome, struct nearest *ret_nearest);

#endif
