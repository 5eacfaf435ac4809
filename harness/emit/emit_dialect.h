/* SPDX-License-Identifier: MIT */
/* How a language says the verbs: one row each, with blanks to fill in. */
#ifndef LASTACK_HARNESS_EMIT_DIALECT_H
#define LASTACK_HARNESS_EMIT_DIALECT_H

#include "emit_plan.h"

/* A pattern is text of the language with directives:
 *   $d  the descriptor acted on          $v  the one that is made      $n  the one named (dup2)
 *   $0 $1 $2  operands, as numbers       $f  flags (operand 1)         $h  how (shutdown)
 *   $g  a comma and the flags, if any
 *   $p  events of poll (operand 0)       $e  those of epoll            $q  an ioctl request
 *   $t  a timeout: 0 with `now`, else -1 (operand 1)   $w  the same (operand 0)
 *   $s  a signal                         $b  0 or 1 (operand 0)        $k  on or off (operand 1)
 *   $a  host and port, two arguments     $F  the family of a socket    $P  this side's epoll
 *   $Y  the type of a socket
 *   $L $O  level and name of an option   $C  a word (operand 0)
 *   $Z  close()
 *   $W  the number wanted, -1 if none
 *   $S  the count of what was sent       $R  what was received here, and sent by the other side
 *   $[ $]  around a number of bytes sent, $< $> received: where they are counted */
struct emit_row {
	const char *verb;
	const char *pattern; /* NULL: it cannot be said */
	const char *refusal; /* why; NULL: the language has no such verb */
};

struct emit_dialect {
	const struct emit_row *rows; /* a NULL verb ends them */
	const char *socket, *poll, *epoll, *signal; /* what stands before a constant's name */
	const char *set[OPTION_SIGNATURE + 1], *get[OPTION_SIGNATURE + 1]; /* by option_shape */
	const char *dispositions[DISPOSITION_BLOCK + 1];
	const char *tally_begin, *tally_end; /* around client_sent, server_received */
	const char *set_begin, *set_end; /* around a `set` that is a step */
	const char *integer_linger; /* SO_LINGER with one value */
	/* NULL or: what else cannot be said; as emit_refuse() */
	int (*check)(const struct emit_plan *plan, const struct action *action);
	const char *close[2]; /* for good; and with more to come on the same name. NULL: the row */
	const char *flags[2]; /* fcntl: O_NONBLOCK, FD_CLOEXEC */
	const char *amount, *outgoing; /* ioctl: of what came, of what was sent */
	const char *bad_accept[ACCEPT_BAD_LENGTH + 1];
	bool (*knows_constant)(const char *name); /* NULL: all */
};

/* Writes the expression of a step that performs its verb. Returns 0 or -EOPNOTSUPP. */
int emit_expression(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct action *action, FILE *out);

/* Writes the setting of a socket option, as `set` of the dialect has it. */
int emit_option(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct script_option *option, const char *variable, FILE *out);

#endif
