/* SPDX-License-Identifier: MIT */
/* See rare.h. */
#include "rare.h"

static struct rare *rare_make(const struct place *place)
{
	return connection_make_rare(place->table, place->connection, place->from);
}

static void count_byte(uint8_t *counter)
{
	*counter += *counter < UINT8_MAX;
}

static void count_short(uint16_t *counter)
{
	*counter += *counter < UINT16_MAX;
}

unsigned rare_syns(const struct place *place)
{
	return direction_syns(
		place->own, connection_rare(place->table, place->connection, place->from));
}

void rare_set_syns(const struct place *place, unsigned syns)
{
	place->own->syns = (syns < SYNS_MANY ? syns : SYNS_MANY) & SYNS_MANY;
	if (syns >= SYNS_MANY)
		rare_make(place)->syns = (uint8_t)(syns < UINT8_MAX ? syns : UINT8_MAX);
}

void rare_take_ttl(const struct place *place)
{
	struct direction *own = place->own;
	struct rare *rare = rare_make(place);
	uint8_t ttl = place->segment->ttl, most = direction_ttl_most(own, rare);

	rare->ttl_most = ttl > most ? ttl : most;
	own->ttl_least = ttl < own->ttl_least ? ttl : own->ttl_least;
	own->has_ttls = true;
}

void rare_take_zero_window(const struct place *place)
{
	count_short(&rare_make(place)->zero_windows);
}

void rare_take_repeated_ack(const struct place *place)
{
	count_short(&rare_make(place)->answers_without_news);
}

void rare_take_unheard(const struct place *place, bool is_probe)
{
	struct rare *rare = rare_make(place);

	place->own->has_unheard = true;
	if (is_probe) {
		count_byte(&rare->probes_unheard);
		return;
	}
	rare->retransmissions += rare->retransmissions < UINT32_MAX;
	count_byte(&rare->retransmissions_unheard);
}

void rare_forget_before(const struct place *place)
{
	struct rare *rare = rare_make(place);

	rare->probes_before = rare->retransmissions_before = 0;
	place->own->has_unheard = rare->probes_unheard || rare->retransmissions_unheard;
}

void rare_note_heard(const struct place *place)
{
	struct rare *rare = connection_make_rare(place->table, place->connection, !place->from);

	if (!rare->probes_unheard && !rare->retransmissions_unheard)
		return;
	rare->probes_before = rare->probes_unheard;
	rare->retransmissions_before = rare->retransmissions_unheard;
	rare->probes_unheard = rare->retransmissions_unheard = 0;
}
