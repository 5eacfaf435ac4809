/* SPDX-License-Identifier: MIT */
/* Turns captured frames into the telling events of the run that is under way. */
#ifndef LASTACK_HARNESS_WIRE_H
#define LASTACK_HARNESS_WIRE_H

#include "world.h"

/* Begins a run: forgets the connections, gives the ports to the listening side. From now on every
 * frame's connection is followed, the frame saved, and what it tells entered into the world's
 * record. */
void wire_begin(struct world *world, enum side listening);

/* Which side sends from this port to that; false if neither is the run's. */
bool wire_side(const struct world *world, uint16_t source, uint16_t destination, enum side *ret);

#endif
