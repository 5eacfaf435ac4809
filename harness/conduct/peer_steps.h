/* SPDX-License-Identifier: MIT */
/* The raw peer's part in a run: its set-up and its verbs. For conductor.c only. */
#ifndef LASTACK_HARNESS_PEER_STEPS_H
#define LASTACK_HARNESS_PEER_STEPS_H

#include "orders.h"
#include "peer.h"

/* Opens the peer, gives it the ports that the script names and makes it the world's. What it lacks
 * is the record's skip; what fails, its broken. */
void peer_begin(struct run *run, struct peer *peer, enum side listening);

/* Answers the kernel's SYN, or opens the connection itself. */
void peer_shake_hands(struct run *run, bool kernel_connects);

/* Performs `>`, `<` and `icmp`. */
bool peer_perform(struct run *run, const struct action *action, struct reply *ret);

#endif
