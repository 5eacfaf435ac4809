/* SPDX-License-Identifier: MIT */
/* A TCP stack that lives in the actors' own processes, in place of the kernel's: each has one to
 * itself, as if it were a host. Their frames pass the world's `lo` between packet sockets, where
 * the kernel's own stack has no eye for them (they are addressed to other hardware) and the capture
 * has.
 *
 * Such a stack does nothing by itself. Beside its actor's channel it has one of its own (actor
 * number USER_STACK_ACTOR), over which the conductor has it take in the frames that have come and
 * run the timers that are due; and its only clock is shared->stack_ms, which the conductor moves
 * when somebody waits and nothing else can happen. So nothing depends on how fast the machine is.
 */
#ifndef LASTACK_HARNESS_USERSTACK_H
#define LASTACK_HARNESS_USERSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "case.h"
#include "shared.h"
#include "sockets.h"

struct world;

#define USER_STACK_ACTOR 1 /* a number that no actor has */
/* By the stack's clock; the longest that anything lasts is a TIME-WAIT of 120 s. */
#define USER_STACK_PATIENCE_MS 150000

/* Where a raw peer stands that takes the place of a side's stack. */
struct user_stack_place {
	uint8_t own[16], other[16]; /* addresses, network order; of IPv4 the first 4 bytes */
	uint8_t header[14]; /* of Ethernet, to the other */
};

struct user_stack {
	char system[RECORD_SYSTEM_SIZE]; /* as records name it: "lwip 2.1.3 x86_64" */
	struct unseen unseen; /* what no record of it can hold */
	const struct socket_calls *calls;

	/* Whether the script asks for what this stack does not have; then *ret_reason
	 * (RECORD_TEXT_SIZE) names it. */
	bool (*lacks)(const struct script *script, enum variant variant, char *ret_reason);

	/* In the worker's process: where the side's frames come and go, for all its runs (to close
	 * a packet socket takes the kernel 20 ms). A descriptor or a negative errno. */
	int (*open)(enum side side);
	/* In the actor's process: begins its stack and a thread that serves the channel. 0 or a
	 * negative errno. */
	int (*start)(enum side side, struct shared *shared, int frames, int channel);

	/* `family` as on the wire, 4 or 6. */
	void (*place)(enum side side, uint8_t family, struct user_stack_place *ret);
};

extern const struct user_stack *user_stack; /* NULL: the actors use the kernel's */

struct user_stack_order {
	bool asks_state; /* else: take in, and run what is due */
	uint16_t local, peer; /* ports; peer 0: of the listener */
};

struct user_stack_reply {
	uint32_t did; /* frames taken in and timers run */
	uint32_t sent; /* frames, since the order before */
	bool is_blocked; /* a thread of the program waits in a call */
	int64_t next_ms; /* the next timer's time */
	int state; /* as Linux numbers it; 0: none */
};

/* The conductor's. All return 0 or a negative errno. */

/* Returns when the stacks have nothing to do before their clock moves, every call that is under way
 * has either returned or waits, and the capture has all that was sent. */
int user_stack_settle(struct world *world);

/* Before the actors are forked: their sockets for frames are there and empty. */
int user_stack_prepare(struct world *world);

/* To be called when all is settled: moves the clock to the next timer of either side, runs what is
 * due, and settles again. */
int user_stack_pass_time(struct world *world);

/* The state of the side's connection with these ports; 0: none, or its process is gone. */
int user_stack_state(struct world *world, enum side side, uint16_t local, uint16_t peer, int *ret);

#endif
