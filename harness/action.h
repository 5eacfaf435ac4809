/* SPDX-License-Identifier: MIT */
/* An action: what one side is told to do. Pointer-free, because it crosses processes; holds no
 * expectation, because whoever performs it must not know what is wanted. */
#ifndef LASTACK_HARNESS_ACTION_H
#define LASTACK_HARNESS_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "side.h"

#define ACTION_OPERANDS 4
#define ACTION_NAME_SIZE 12
#define ACTION_MAX_ACTOR 3 /* actors of a side: 0 its own process, 2 and 3 threads or children */
#define OPERAND_ABSENT INT64_MIN

struct action {
	enum side side;
	uint8_t actor; /* 0, 2, 3 */
	uint8_t verb; /* index into verbs[] */
	bool begins; /* `&`: begin the call and do not wait for it */
	bool has_names_on, has_names_as;
	char on[ACTION_NAME_SIZE]; /* the descriptor acted on; "sock" or "listener" if not said */
	char as[ACTION_NAME_SIZE]; /* the descriptor made; "sock" if not said */
	char name[ACTION_NAME_SIZE]; /* a descriptor operand (dup2) */
	int64_t operands[ACTION_OPERANDS]; /* by position; OPERAND_ABSENT where left out */
	uint32_t line; /* of the case file, counted from 1; 0 for the harness's own set-up */
};

#endif
