/* SPDX-License-Identifier: MIT */
/* SYNs that do not fit the connection that their 4-tuple has (RFC 5961 4): kept with that, until
 * what follows shows that they were no strays, and a connection begins with them. */
#include "connection.h"

enum {
	SYN_COPY_NS = 5000000,
	SYN_AGAIN_NS = 200000000, /* nobody sends a SYN again earlier */
};

static bool is_bare_ack(const struct place *place)
{
	const struct segment *segment = place->segment;

	return !(segment->flags & (SEGMENT_SYN | SEGMENT_FIN)) && !segment->payload &&
		place->seq == place->own->next;
}

void foreign_review(const struct place *place)
{
	struct foreign *foreign = connection_foreign(place->table, place->connection);

	if (!foreign || !foreign->count || foreign->answer.frame || place->from == foreign->from)
		return;
	if (is_bare_ack(place) || place->segment->flags & SEGMENT_RST)
		kept_set(&foreign->answer, place->segment, place->frame);
}

bool foreign_is_same(const struct place *place)
{
	const struct foreign *foreign = connection_foreign(place->table, place->connection);

	return foreign && foreign->count && foreign->from == place->from &&
		foreign->segment.seq == place->segment->seq;
}

void foreign_take(struct place *place)
{
	struct cold *cold = connection_make_cold(place->table, place->connection);
	struct foreign *foreign = connection_make(place->table, &cold->foreign, SLAB_FOREIGN);
	const struct segment *segment = place->segment, *before = &foreign->segment;

	place->connection->is_eventful = true;
	if (foreign_is_same(place)) {
		place->is_retransmission = true;
		if (before->ipid == segment->ipid &&
			segment->time_ns - before->time_ns < SYN_COPY_NS) {
			cold->duplicates++;
			foreign->copies++;
			return;
		}
		foreign->count++;
	} else {
		place->is_new_syn = true;
		place->new_bytes = segment->payload;
		*foreign = (struct foreign){
			.count = 1,
			.frame = place->frame,
			.from = place->from,
			.segment = *segment,
		};
	}
	place->connection->segments++;
}

/* Its number, or the one behind it and its bytes, which the connection that it met would not use.
 */
static bool foreign_is_at(
	const struct foreign *foreign, const struct direction *direction, uint32_t number)
{
	uint32_t ahead = number - (foreign->segment.seq + 1);
	int64_t position = direction_position(direction, number);

	return ahead <= foreign->segment.payload &&
		(position < direction_acked(direction) || position > direction->next);
}

/* Its sender sends it again, and nobody said anything in between. */
static bool foreign_is_repeated(const struct place *place, const struct foreign *foreign)
{
	const struct direction *directions = place->connection->directions;

	return place->segment->flags & SEGMENT_SYN && place->segment->seq == foreign->segment.seq &&
		place->segment->time_ns - foreign->segment.time_ns >= SYN_AGAIN_NS &&
		directions[0].last.frame <= foreign->frame &&
		directions[1].last.frame <= foreign->frame;
}

/* A SYN,ACK was captured before the SYN that it answers. */
static bool foreign_is_asked(const struct place *place, const struct foreign *foreign)
{
	return foreign->segment.flags & SEGMENT_ACK && place->segment->flags & SEGMENT_SYN &&
		!(place->segment->flags & (SEGMENT_ACK | SEGMENT_RST)) &&
		place->from != foreign->from && place->segment->seq + 1 == foreign->segment.ack;
}

bool foreign_is_answered(const struct place *place)
{
	const struct foreign *foreign = connection_foreign(place->table, place->connection);
	const struct segment *segment = place->segment;
	const struct direction *sender;
	bool is_self = place->connection->is_self;

	if (!foreign || !foreign->count)
		return false;
	if (foreign_is_asked(place, foreign))
		return true;
	sender = &place->connection->directions[foreign->from];
	if (place->from == foreign->from) {
		if (!is_self && foreign_is_repeated(place, foreign))
			return true;
		if (!(segment->flags & (SEGMENT_SYN | SEGMENT_RST)) &&
			foreign_is_at(foreign, sender, segment->seq))
			return true;
		/* To itself: its own SYN,ACK once more acknowledges what it did the first time. */
		if (!is_self || (foreign_is_same(place) && foreign->segment.flags & SEGMENT_ACK))
			return false;
	}
	return segment->flags & SEGMENT_ACK && (!(segment->flags & SEGMENT_RST) || !segment->seq) &&
		foreign_is_at(foreign, sender, segment->ack);
}
