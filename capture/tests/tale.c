/* SPDX-License-Identifier: MIT */
#include "tale.h"

#include <string.h>

void tale_begin(struct tale *tale)
{
	memset(tale, 0, sizeof(*tale));
	tale->now_ns = tale->history.begun_ns = 1000000 * MS;
	tale->history.previous = UINT32_MAX;
	tale->history.round_trip_ns = MS;
	tale->history.ends[C] =
		(struct endpoint){.family = 4, .address = {10, 0, 0, 1}, .port = 40000};
	tale->history.ends[S] =
		(struct endpoint){.family = 4, .address = {10, 0, 0, 2}, .port = 80};
}

void tale_wait(struct tale *tale, int64_t ns)
{
	tale->now_ns += ns;
	if (ns > tale->history.idle_ns) {
		tale->history.idle_ns = ns;
		tale->history.idle_broken_frame = 0;
	}
}

static struct history_segment segment_make(
	struct tale *tale, enum history_end end, uint8_t flags, uint32_t payload)
{
	struct history_segment ret = {
		.time_ns = tale->now_ns,
		.seq = tale->history.directions[end].next,
		.frame = ++tale->frame,
		.payload = payload,
		.window = 512,
		.ipid = (uint16_t)(1000 * (end + 1) + tale->frame),
		.flags = flags,
		.ttl = 64,
		.options_length = 12,
		.has_timestamps = true,
	};

	if (flags & SEGMENT_ACK)
		ret.ack = tale->history.directions[!end].acked;
	if (tale->history.idle_ns && !tale->history.idle_broken_frame) {
		tale->history.idle_broken_frame = ret.frame;
		tale->history.idle_broken_by = end;
	}
	tale->history.segments++;
	tale->history.last_frame = ret.frame;
	tale->history.ended_ns = ret.time_ns;
	tale->now_ns += MS / 10;
	return ret;
}

/* One segment of a living end. */
static void emit(struct tale *tale, enum history_end end, uint8_t flags, uint32_t payload)
{
	struct history_direction *own = &tale->history.directions[end],
				 *peer = &tale->history.directions[!end];

	if (flags & SEGMENT_ACK && !tale->is_deaf[end])
		peer->acked = peer->next;
	tale->last[end] = segment_make(tale, end, flags, payload);
	own->last = tale->last[end];
	own->is_begun = true;
	own->ttl_least = own->ttl_most = 64;
	own->has_timestamps = true;
	peer->probes_unheard = peer->retransmissions_unheard = 0;
	if (payload) {
		own->bytes += payload;
		own->last_data_ns = own->last.time_ns;
	}
	own->next += payload + !!(flags & (SEGMENT_SYN | SEGMENT_FIN));
	if (flags & SEGMENT_FIN) {
		own->has_fin = true;
		own->fin = own->last;
	}
}

void tale_syn(struct tale *tale)
{
	struct history_direction *own = &tale->history.directions[C];

	if (own->has_syn)
		own->next = 0; /* once more */
	emit(tale, C, SEGMENT_SYN, 0);
	own->has_syn = true;
	own->syns++;
}

void tale_syn_ack(struct tale *tale)
{
	emit(tale, S, SEGMENT_SYN | SEGMENT_ACK, 0);
	tale->history.directions[S].has_syn_ack = true;
	tale->history.directions[S].syns++;
}

void tale_ack(struct tale *tale, enum history_end end)
{
	emit(tale, end, SEGMENT_ACK, 0);
}

void tale_connect(struct tale *tale)
{
	tale_syn(tale);
	tale_syn_ack(tale);
	tale_ack(tale, C);
}

void tale_send(struct tale *tale, enum history_end end, uint32_t bytes)
{
	emit(tale, end, SEGMENT_PSH | SEGMENT_ACK, bytes);
	if (!tale->is_deaf[!end])
		tale_ack(tale, !end);
}

void tale_fin(struct tale *tale, enum history_end end)
{
	emit(tale, end, SEGMENT_FIN | SEGMENT_ACK, 0);
	if (!tale->is_deaf[!end])
		tale_ack(tale, !end);
}

void tale_again(struct tale *tale, enum history_end end, unsigned times)
{
	int64_t interval = 200 * MS;

	for (unsigned i = 0; i < times; i++) {
		tale->now_ns += interval;
		interval *= 2;
		tale->history.directions[end].last = segment_make(tale, end, SEGMENT_ACK, 100);
		tale->history.directions[end].retransmissions++;
		tale->history.directions[end].retransmissions_unheard++;
	}
}

void tale_probe(struct tale *tale, enum history_end end, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		tale_wait(tale, 1000 * MS);
		tale->history.directions[end].last = segment_make(tale, end, SEGMENT_ACK, 0);
		tale->history.directions[end].probes_unheard++;
	}
}

static struct history_reset *reset_add(struct tale *tale, enum history_end end, uint8_t flags)
{
	struct history *history = &tale->history;
	struct history_direction *own = &history->directions[end],
				 *peer = &history->directions[!end];
	struct history_reset *ret = &history->resets[history->resets_count++];

	ret->from = end;
	ret->trigger = tale->last[!end];
	ret->before = tale->last[end];
	ret->after_own_fin = own->has_fin;
	ret->after_peer_fin = peer->has_fin;
	ret->unacked = own->next - own->acked;
	ret->probes_unheard = own->probes_unheard;
	ret->retransmissions_unheard = own->retransmissions_unheard;
	if (flags & SEGMENT_ACK && !tale->is_deaf[end])
		peer->acked = peer->next;
	ret->heard = peer->acked ? peer->acked - 1 : 0;
	ret->segment = segment_make(tale, end, flags, 0);
	return ret;
}

struct history_reset *tale_abort(struct tale *tale, enum history_end end)
{
	return reset_add(tale, end, SEGMENT_RST | SEGMENT_ACK);
}

struct history_reset *tale_gone(struct tale *tale, enum history_end end)
{
	struct history_reset *ret;
	bool is_answer = !(tale->last[!end].flags & SEGMENT_ACK);

	tale->is_deaf[end] = !is_answer;
	ret = reset_add(tale, end, SEGMENT_RST | (is_answer ? SEGMENT_ACK : 0));
	ret->segment.seq = ret->trigger.ack;
	ret->segment.ack = is_answer ? 1 : 0;
	ret->segment.window = ret->segment.ipid = 0;
	ret->segment.options_length = 0;
	ret->segment.has_timestamps = false;
	return ret;
}

const struct history *tale_end(struct tale *tale, int64_t ns)
{
	tale->history.seen_until_ns = tale->now_ns + ns;
	tale->history.is_cut = true;
	return &tale->history;
}
