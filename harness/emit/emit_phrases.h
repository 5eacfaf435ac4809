/* SPDX-License-Identifier: MIT */
/* What the programs' languages say for a verb, an option, a step of the set-up: patterns with
 * blanks to fill in.
 *
 * A pattern is text of the language with directives:
 *   $d  the descriptor acted on          $v  the one that is made      $n  the one named (dup2)
 *   $0 $1 $2  operands, as numbers       $f  flags (operand 1)         $h  how (shutdown)
 *   $g  a comma and the flags, if any
 *   $p  events of poll (operand 0)       $e  those of epoll            $q  an ioctl request
 *   $t  a timeout: 0 with `now`, else -1 (operand 1)   $w  the same (operand 0)
 *   $s  a signal                         $b  0 or 1 (operand 0)        $k  on or off (operand 1)
 *   $a  host and port, two arguments     $F  the family of a socket    $P  this side's epoll
 *   $H  the host of the variant          $Y  the type of a socket
 *   $L $O  level and name of an option   $C  a word (operand 0)
 *   $W  the number wanted, -1 if none
 *   $S  the count of what was sent       $R  what was received here, and sent by the other side
 *   $[ $]  around a number of bytes sent, $< $> received: where they are counted */
#ifndef LASTACK_HARNESS_EMIT_PHRASES_H
#define LASTACK_HARNESS_EMIT_PHRASES_H

#include "emit_plan.h"
#include "vocabulary.h"

/* The pattern of a step; NULL: the language cannot say it. is_done_with: no later step uses the
 * descriptor it acts on. */
const char *emit_phrase(
	enum emit_language language, const struct action *action, bool is_done_with);

/* Why not; NULL: there is no more to say than that. */
const char *emit_refusal(const struct action *action);

/* That of setting an option, with values from the case's header; NULL: it cannot be said. */
const char *emit_setting(enum emit_language language, const struct script_option *option);

enum emit_set_up {
	EMIT_SOCKET,
	EMIT_BIND,
	EMIT_BIND_ANY, /* the kernel chooses the port */
	EMIT_PORT_CHOSEN,
	EMIT_LISTEN,
	EMIT_CONNECT,
	EMIT_ACCEPT,
};
const char *emit_set_up_phrase(enum emit_language language, enum emit_set_up what);

#endif
