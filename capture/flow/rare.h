/* SPDX-License-Identifier: MIT */
/* What most directions never have, and how it is kept: `struct rare` of connection.h. Flags in the
 * direction say where there is something to look for, so that who has nothing looks nowhere. Not
 * for other rooms. */
#ifndef LASTACK_CAPTURE_RARE_H
#define LASTACK_CAPTURE_RARE_H

#include "connection.h"

unsigned rare_syns(const struct place *place);
void rare_set_syns(const struct place *place, unsigned syns);

/* The segment has another TTL than the lowest one, a closed window, or is a bare ACK without news.
 */
void rare_take_ttl(const struct place *place);
void rare_take_zero_window(const struct place *place);
void rare_take_repeated_ack(const struct place *place);

/* The segment repeats something, or probes, since the other end is not heard. */
void rare_take_unheard(const struct place *place, bool is_probe);
/* Its sender goes on: what was before the other end was heard does not count any more. */
void rare_forget_before(const struct place *place);
/* The end that it goes to has heard the other one. */
void rare_note_heard(const struct place *place);

static inline void rare_goes_on(const struct place *place)
{
	if (place->own->has_unheard)
		rare_forget_before(place);
}

static inline void rare_peer_is_heard(const struct place *place)
{
	if (place->peer->has_unheard)
		rare_note_heard(place);
}

#endif
