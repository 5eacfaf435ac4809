/* SPDX-License-Identifier: MIT */
/* From what was kept of a connection to its history: numbers become positions, ends get their
 * names. Decides nothing else. */
#include <string.h>

#include "connection.h"

/* Physical directions are in the order in which the first segment went. */
struct view {
	const struct flow_table *table;
	const struct connection *connection;
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

/* Made for a segment that `from` sent. */
static struct history_segment segment_make(
	const struct view *view, const struct kept *kept, unsigned from)
{
	if (!kept->is_kept)
		return (struct history_segment){.frame = 0};
	return (struct history_segment){
		.time_ns = kept->time_ns,
		.seq = position(direction_of(view, from), kept->seq),
		.ack = kept->flags & SEGMENT_ACK ? position(direction_of(view, !from), kept->ack)
						 : 0,
		.frame = kept->frame,
		.payload = kept->payload,
		.window = kept->window,
		.ipid = kept->ipid,
		.flags = kept->flags,
		.ttl = kept->ttl,
		.options_length = kept->options_length,
		.has_timestamps = kept->has_timestamps,
		.has_mptcp = kept->has_mptcp,
	};
}

static struct history_direction direction_make(const struct view *view, unsigned from)
{
	const struct direction *own = &view->connection->directions[from];
	const struct ending *ending = slab_at(&view->table->endings, view->connection->ending);
	static const struct kept none;

	return (struct history_direction){
		.is_begun = own->is_seen,
		.has_syn = own->has_syn,
		.has_syn_ack = own->has_syn_ack,
		.has_fin = own->has_fin,
		.has_timestamps = own->has_timestamps,
		.has_mptcp = own->has_mptcp,
		.window_shift = own->window_shift,
		.ttl_least = own->ttl_least,
		.ttl_most = own->ttl_most,
		.syns = own->syns,
		.zero_windows = own->zero_windows,
		.probes_unheard = own->probes_unheard,
		.retransmissions_unheard = own->retransmissions_unheard,
		.answers_without_news = own->answers_without_news,
		.retransmissions = own->retransmissions,
		.next = own->is_seen || own->next > own->acked ? own->next : own->acked,
		.acked = own->acked,
		.bytes = own->bytes,
		.first_data_ns = own->first_data_ns,
		.last_data_ns = own->last_data_ns,
		.fin = segment_make(view, ending ? &ending->fins[from] : &none, from),
		.last = segment_make(view, &own->last, from),
	};
}

static struct history_reset reset_make(const struct view *view, const struct reset *reset)
{
	return (struct history_reset){
		.segment = segment_make(view, &reset->segment, reset->from),
		.from = reset->from == view->opener ? HISTORY_OPENER : HISTORY_OTHER,
		.trigger = segment_make(view, &reset->trigger, !reset->from),
		.before = segment_make(view, &reset->before, reset->from),
		.after_own_fin = reset->after_own_fin,
		.after_peer_fin = reset->after_peer_fin,
		.unacked = reset->unacked,
		.heard = reset->heard,
		.oddities = reset->oddities,
	};
}

static void resets_make(const struct view *view, struct history *ret)
{
	const struct slab *resets = &view->table->resets;
	const struct reset *reset = slab_at(resets, view->connection->resets);

	ret->resets_count = view->connection->resets_count;
	for (unsigned i = 0; reset && i < HISTORY_MAX_RESETS; i++) {
		ret->resets[i] = reset_make(view, reset);
		reset = slab_at(resets, reset->next);
	}
}

static void foreign_make(const struct view *view, struct history *ret)
{
	const struct rare *rare = slab_at(&view->table->rares, view->connection->rare);
	struct kept syn;

	if (!rare || !rare->foreign_count)
		return;
	syn = kept_make(&rare->foreign, rare->foreign_frame);
	ret->foreign_syn = segment_make(view, &syn, rare->foreign_from);
	ret->foreign_answer = segment_make(view, &rare->foreign_answer, !rare->foreign_from);
}

static void idle_make(const struct view *view, struct history *ret)
{
	const struct idle *idle = view->connection->idle;

	if (idle[1].ns > idle[0].ns)
		idle++;
	ret->idle_ns = idle->ns;
	ret->idle_broken_frame = idle->frame;
	ret->idle_broken_by = idle->from == view->opener ? HISTORY_OPENER : HISTORY_OTHER;
}

/* Whoever sent the SYN, even if it was captured behind other segments. */
static unsigned opener_of(const struct connection *connection)
{
	const struct direction *directions = connection->directions;

	if (connection->is_self || directions[0].has_syn)
		return 0;
	return directions[1].has_syn || (directions[0].has_syn_ack && !directions[1].has_syn_ack);
}

void history_make(
	const struct flow_table *table, const struct connection *connection, struct history *ret)
{
	const struct direction *directions = connection->directions;
	struct view view = {table, connection, opener_of(connection)};

	memset(ret, 0, sizeof(*ret));
	ret->number = connection->number;
	ret->previous = connection->previous;
	for (unsigned i = 0; i < 2; i++) {
		unsigned from = i ^ view.opener;

		ret->ends[i] = connection->ends[from];
		ret->directions[i] = direction_make(&view, from);
	}
	ret->begun_ns = connection->begun_ns;
	ret->ended_ns = connection->last_ns;
	ret->first_frame = connection->first_frame;
	ret->last_frame = connection->last_frame;
	ret->segments = connection->segments;
	ret->duplicates = connection->duplicates;
	ret->is_midstream = !directions[0].has_syn && !directions[0].has_syn_ack &&
		!directions[1].has_syn && !directions[1].has_syn_ack;
	ret->is_self_connected = connection->is_self;
	ret->round_trip_ns = connection->round_trip_ns;
	ret->is_cut = !connection->is_replaced && !connection_is_over(connection);
	idle_make(&view, ret);
	foreign_make(&view, ret);
	resets_make(&view, ret);
}
