/* SPDX-License-Identifier: MIT */
/* Field by field: what lies between them means nothing. */
#include "history_digest.h"

#include "endpoint.h"

/* Each value counts, and where it stands. */
static uint64_t digest_add(uint64_t digest, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		digest = hash_mix(digest + values[i] + 1);
	return digest;
}

#define DIGEST(digest, ...)                                 \
	digest_add(digest, (const uint64_t[]){__VA_ARGS__}, \
		sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static uint64_t segment_digest(uint64_t digest, const struct history_segment *segment)
{
	return DIGEST(digest, (uint64_t)segment->time_ns, (uint64_t)segment->seq,
		(uint64_t)segment->ack, segment->frame, segment->payload, segment->window,
		segment->ipid, segment->flags, segment->ttl, segment->options_length,
		segment->has_timestamps, segment->has_mptcp);
}

static uint64_t direction_digest(uint64_t digest, const struct history_direction *direction)
{
	digest = DIGEST(digest, direction->is_begun, direction->has_syn, direction->has_syn_ack,
		direction->has_fin, direction->has_timestamps, direction->has_mptcp,
		direction->window_shift, direction->ttl_least, direction->ttl_most, direction->base,
		direction->syns, direction->zero_windows, direction->probes_unheard,
		direction->retransmissions_unheard, direction->answers_without_news,
		direction->retransmissions, (uint64_t)direction->next, (uint64_t)direction->acked,
		direction->bytes, (uint64_t)direction->last_data_ns);
	return segment_digest(segment_digest(digest, &direction->fin), &direction->last);
}

static uint64_t reset_digest(uint64_t digest, const struct history_reset *reset)
{
	digest = DIGEST(digest, reset->from, reset->after_own_fin, reset->after_peer_fin,
		(uint64_t)reset->unacked, (uint64_t)reset->heard, reset->probes_unheard,
		reset->retransmissions_unheard, reset->oddities);
	digest = segment_digest(digest, &reset->segment);
	return segment_digest(segment_digest(digest, &reset->trigger), &reset->before);
}

uint64_t history_digest(uint64_t before, const struct history *history)
{
	uint64_t digest = DIGEST(before, history->number, history->previous,
		endpoint_hash(&history->ends[0]), endpoint_hash(&history->ends[1]),
		(uint64_t)history->begun_ns, (uint64_t)history->ended_ns, history->first_frame,
		history->last_frame, history->segments, history->duplicates, history->is_midstream,
		history->is_self_connected, (uint64_t)history->round_trip_ns,
		(uint64_t)history->idle_ns, history->idle_broken_frame, history->idle_broken_by,
		history->resets_count, history->is_cut, (uint64_t)history->seen_until_ns);

	for (unsigned i = 0; i < 2; i++)
		digest = direction_digest(digest, &history->directions[i]);
	for (unsigned i = 0; i < HISTORY_MAX_RESETS; i++)
		digest = reset_digest(digest, &history->resets[i]);
	digest = segment_digest(digest, &history->foreign_syn);
	return segment_digest(digest, &history->foreign_answer);
}
