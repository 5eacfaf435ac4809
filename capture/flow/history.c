/* SPDX-License-Identifier: MIT */
/* From what is left of a connection to its history: numbers become positions, ends get their
 * names. Decides nothing else. */
#include <string.h>

#include "remains.h"

/* Physical directions are in the order in which the first segment went. */
struct view {
	const struct remains *remains;
	const struct connection *connection;
	const struct cold *cold; /* of zeros if it has none */
	unsigned opener;
};

static const struct direction *direction_of(const struct view *view, unsigned from)
{
	return &view->connection->directions[view->connection->is_self ? 0 : from];
}

static int64_t position(const struct direction *direction, uint32_t number)
{
	return direction->is_begun ? direction_position(direction, number) : 0;
}

/* Of a segment that `own` sent to `peer`; all zero if there was none. */
static void kept_show(struct history_segment *ret, const struct kept *kept,
	const struct direction *own, const struct direction *peer)
{
	if (!kept || !kept->frame) {
		memset(ret, 0, sizeof(*ret));
		return;
	}
	ret->time_ns = kept->time_ns;
	ret->seq = position(own, kept->seq);
	ret->ack = kept->flags & SEGMENT_ACK ? position(peer, kept->ack) : 0;
	ret->frame = kept->frame;
	ret->payload = kept->payload;
	ret->window = kept->window;
	ret->ipid = kept->ipid;
	ret->flags = kept->flags;
	ret->ttl = kept->ttl;
	ret->options_length = kept->options & KEPT_OPTIONS_LENGTH;
	ret->has_timestamps = kept->options & KEPT_TIMESTAMPS;
	ret->has_mptcp = kept->options & KEPT_MPTCP;
}

static void segment_set(struct history_segment *ret, const struct view *view,
	const struct kept *kept, unsigned from)
{
	kept_show(ret, kept, direction_of(view, from), direction_of(view, !from));
}

/* `next` counts what is no byte, too. Of a direction that was not captured nothing but what the
 * other end acknowledged is known. */
static uint64_t bytes_of(const struct view *view, unsigned from)
{
	const struct direction *own = &view->connection->directions[from];
	int64_t missed = view->remains->has_gaps ? view->remains->gaps.bytes[from] : 0;
	int64_t bytes = own->next - direction_has_syn(own) - own->has_fin - missed;

	return own->is_seen && bytes > 0 ? (uint64_t)bytes : 0;
}

static void direction_set(struct history_direction *ret, const struct view *view, unsigned from)
{
	const struct direction *own = &view->connection->directions[from];
	const struct direction *sender = direction_of(view, from),
			       *receiver = direction_of(view, !from);
	const struct rare *rare = &view->cold->rare[from];
	int64_t acked = direction_acked(own), begun_ns = view->connection->begun_ns;

	ret->is_begun = own->is_seen;
	ret->base = own->base;
	ret->has_syn = own->has_syn;
	ret->has_syn_ack = own->has_syn_ack;
	ret->has_fin = own->has_fin;
	ret->has_timestamps = own->has_timestamps;
	ret->has_mptcp = own->has_mptcp;
	ret->window_shift = own->window_shift;
	ret->ttl_least = own->ttl_least;
	ret->ttl_most = direction_ttl_most(own, rare);
	ret->syns = (uint16_t)direction_syns(own, rare);
	ret->zero_windows = rare->zero_windows;
	ret->probes_unheard = rare->probes_unheard;
	ret->retransmissions_unheard = rare->retransmissions_unheard;
	ret->answers_without_news = rare->answers_without_news;
	ret->retransmissions = rare->retransmissions;
	ret->next = own->is_seen || own->next > acked ? own->next : acked;
	ret->acked = acked;
	ret->bytes = bytes_of(view, from);
	ret->last_data_ns = own->last_data ? begun_ns + direction_last_data(own) : 0;
	kept_show(&ret->fin, connection_fin(view->connection, view->cold, from), sender, receiver);
	kept_show(&ret->last, &own->last, sender, receiver);
}

static void reset_set(struct history_reset *ret, const struct view *view, const struct reset *reset)
{
	*ret = (struct history_reset){
		.from = reset->from == view->opener ? HISTORY_OPENER : HISTORY_OTHER,
		.after_own_fin = reset->after_own_fin,
		.after_peer_fin = reset->after_peer_fin,
		.unacked = reset->unacked,
		.heard = reset->heard,
		.probes_unheard = reset->probes_unheard,
		.retransmissions_unheard = reset->retransmissions_unheard,
		.oddities = reset->oddities,
	};
	segment_set(&ret->segment, view, &reset->segment, reset->from);
	segment_set(&ret->trigger, view, &reset->trigger, !reset->from);
	segment_set(&ret->before, view, &reset->before, reset->from);
}

static void resets_make(const struct view *view, struct history *ret)
{
	unsigned kept = view->remains->resets_kept;

	for (unsigned i = 0; i < kept; i++)
		reset_set(&ret->resets[i], view, &view->remains->resets[i]);
	for (unsigned i = kept; i < HISTORY_MAX_RESETS && ret->resets[i].segment.frame; i++)
		memset(&ret->resets[i], 0, sizeof(ret->resets[i]));
}

static void foreign_make(const struct view *view, struct history *ret)
{
	const struct foreign *foreign = view->remains->has_foreign ? &view->remains->foreign : NULL;
	struct kept syn = {.frame = 0};

	if (foreign && foreign->count)
		kept_set(&syn, &foreign->segment, foreign->frame);
	segment_set(&ret->foreign_syn, view, &syn, foreign ? foreign->from : 0);
	segment_set(&ret->foreign_answer, view, syn.frame ? &foreign->answer : NULL,
		foreign ? !foreign->from : 0);
}

static void idle_make(const struct view *view, struct history *ret)
{
	const struct idle *idle = view->connection->idle;
	unsigned which = idle[1].ns > idle[0].ns, from = view->connection->idle_from >> which & 1;

	ret->idle_ns = (int64_t)idle[which].ns;
	ret->idle_broken_frame = idle[which].frame;
	ret->idle_broken_by = from == view->opener ? HISTORY_OPENER : HISTORY_OTHER;
}

static struct endpoint end_make(const struct view *view, unsigned from)
{
	const struct connection *connection = view->connection;
	struct endpoint end = {
		.family = connection->is_ip6 ? 6 : 4, .port = connection->directions[from].port};

	if (connection->is_ip6)
		memcpy(end.address, view->remains->addresses.ends[from], sizeof(end.address));
	else
		memcpy(end.address, &connection->addresses[from], sizeof(connection->addresses[0]));
	return end;
}

static uint32_t last_frame(const struct view *view)
{
	const struct direction *directions = view->connection->directions;
	const struct remains *remains = view->remains;
	uint32_t frame = directions[0].last.frame;

	if (directions[1].last.frame > frame)
		frame = directions[1].last.frame;
	for (unsigned i = 0; i < remains->resets_kept; i++)
		if (remains->resets[i].segment.frame > frame)
			frame = remains->resets[i].segment.frame;
	return frame;
}

/* Whoever sent the SYN, even if it was captured behind other segments. */
static unsigned opener_of(const struct connection *connection)
{
	const struct direction *directions = connection->directions;

	if (connection->is_self || directions[0].has_syn)
		return 0;
	return directions[1].has_syn || (directions[0].has_syn_ack && !directions[1].has_syn_ack);
}

void history_make(const struct remains *remains, struct history *ret)
{
	static const struct cold none;
	const struct connection *connection = &remains->connection;
	const struct direction *directions = connection->directions;
	const struct cold *cold = remains->has_cold ? &remains->cold : &none;
	struct view view = {remains, connection, cold, opener_of(connection)};

	ret->number = connection->number;
	ret->previous = cold->previous ? cold->previous - 1 : UINT32_MAX;
	for (unsigned i = 0; i < 2; i++) {
		unsigned from = i ^ view.opener;

		ret->ends[i] = end_make(&view, from);
		direction_set(&ret->directions[i], &view, from);
	}
	ret->begun_ns = connection->begun_ns;
	ret->ended_ns = remains->ended_ns;
	ret->seen_until_ns = remains->newest_ns;
	ret->first_frame = connection->first_frame;
	ret->last_frame = last_frame(&view);
	ret->segments = connection->segments;
	ret->duplicates = cold->duplicates;
	ret->resets_count = cold->resets_count;
	ret->is_midstream =
		!direction_has_syn(&directions[0]) && !direction_has_syn(&directions[1]);
	ret->is_self_connected = connection->is_self;
	ret->round_trip_ns = (int64_t)connection->round_trip_ns;
	ret->is_cut = !connection->is_replaced && !connection_is_over(connection);
	idle_make(&view, ret);
	foreign_make(&view, ret);
	resets_make(&view, ret);
}
