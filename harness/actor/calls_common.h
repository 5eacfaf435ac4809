/* SPDX-License-Identifier: MIT */
/* What the files of socket verbs (calls_socket.c, calls_options.c, calls_descriptor.c,
 * calls_setup.c) share. */
#ifndef LASTACK_HARNESS_CALLS_COMMON_H
#define LASTACK_HARNESS_CALLS_COMMON_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "actor.h"
#include "vocabulary.h"

/* Of a call that says -1 and sets errno, or a number. */
static inline struct outcome call_result(long result)
{
	return result < 0 ? outcome_error(errno) : outcome_number(result);
}

/* Of a call that gave a descriptor, or -1 and errno: enters it (actor_enter()). */
static inline struct outcome call_entered(
	struct actor *actor, const struct action *action, const char *fallback, int fd)
{
	if (fd < 0 || !actor_enter(actor, action, fallback, fd))
		return outcome_error(errno);
	return outcome_word("fd");
}

/* setsockopt() in the shape of the option's row; `second` may be OPERAND_ABSENT. */
struct outcome call_set_option(
	int fd, const struct socket_option *option, int64_t first, int64_t second);

/* As the verbs bind and connect, with the run's port of this number. */
struct outcome call_bind_to(struct actor *actor, const struct action *action, unsigned port);
struct outcome call_connect_to_port(
	struct actor *actor, const struct action *action, unsigned port, bool is_opener);

#endif
