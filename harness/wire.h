/* SPDX-License-Identifier: MIT */
/* Turns captured frames into the telling events of the run that is under way. */
#ifndef LASTACK_HARNESS_WIRE_H
#define LASTACK_HARNESS_WIRE_H

#include "world.h"

/* Takes one frame: follows its connection, saves it, and enters what it tells into the record. */
void wire_take(struct world *world, const struct frame *frame);

/* Begins a run: forgets the connections, gives the ports to the listening side. */
void wire_begin(struct world *world, enum side listening);

#endif
