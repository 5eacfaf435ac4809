/* SPDX-License-Identifier: MIT */
/* How an order is given to an actor and its reply taken, with a deadline on everything. For
 * conductor.c, orders.c and observe.c only. */
#ifndef LASTACK_HARNESS_ORDERS_H
#define LASTACK_HARNESS_ORDERS_H

#include "case.h"
#include "world.h"

#define RUN_ASKED_COUNTERS 64 /* rows of asked_counters[] */

#define RUN_MAX_REASONS 64

/* A reset that the kernel told of; taken when its name is "". */
struct run_reason {
	uint16_t source, destination;
	char name[RECORD_REASON_SIZE];
};

struct run {
	struct world *world;
	const struct script *script;
	enum variant variant;
	struct record *record;
	bool is_cut; /* a call will never return (userstack.h): the steps behind it are not done */
	struct reasons *reasons; /* NULL: not asked for */
	int64_t set_up_ns; /* that the connection took */
	unsigned n_noted;
	struct run_reason noted[RUN_MAX_REASONS];
	int64_t asked_before[RUN_ASKED_COUNTERS]; /* what `counter` counts from */
};

/* Notes why we did not find out; the first reason stays. */
void run_break(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Broken or not possible here: nothing further is done. */
bool run_is_over(const struct run *run);

/* Gives the order and waits for the reply. If the actor's process ends on it, that is the outcome
 * (`exited 0`, `killed SIGPIPE`). False: broken, and *ret means nothing. */
bool order_perform(struct run *run, enum side side, const struct action *action, struct reply *ret);

/* Gives the order and returns once the actor sleeps in the call or has returned from it; *ret then
 * says `begun`, and how long it worked until then. */
bool order_begin(struct run *run, enum side side, const struct action *action, struct reply *ret);

/* Takes the reply of the begun call. */
bool order_await(struct run *run, enum side side, const struct action *action, struct reply *ret);
/* `blocked` if the actor still sleeps in the begun call, else `returned`. */
bool order_look(struct run *run, enum side side, const struct action *action, struct reply *ret);

/* Notes before the first step what its observations are measured from. */
void observe_begin(struct run *run);
/* Performs await, look, state, until, kill, counter, route. */
bool observe(struct run *run, enum side side, const struct action *action, struct reply *ret);
/* What the kernel holds for the end that this descriptor named; "" if it never was an end. */
const char *observe_state(struct run *run, enum side side, const char *name);

/* A reply of the conductor's own, begun now. */
void order_stamp(const struct run *run, struct reply *ret, struct outcome outcome);

/* Reads a file of the actor's task in /proc, at most size - 1 bytes of it. False if it is gone. */
bool order_read_task(
	struct run *run, enum side side, unsigned actor, const char *file, char *ret, size_t size);

/* The letter that /proc gives for the actor's task (R, S, T, ...), 0 if it is gone. */
char order_task_state(struct run *run, enum side side, unsigned actor);

/* Waits for the actor's process to end; its wait status is in the handle. False on the deadline. */
bool order_await_end(struct run *run, struct actor_handle *actor);
struct outcome order_end_outcome(const struct actor_handle *actor);
int64_t order_deadline_ns(const struct run *run); /* CLOCK_MONOTONIC */
int64_t order_clock_ns(void);

#endif
