/* SPDX-License-Identifier: MIT */
/* See rehearsal.h. */
#include "rehearsal.h"

#include <string.h>

enum { KEPT_AT_START = 8 };

static bool is_reset(enum event_kind kind)
{
	return kind == EVENT_RST || kind == EVENT_RST_ACK;
}

/* One beyond the last position that the event took. */
static int64_t end_of(const struct event *event)
{
	return event->seq + event->bytes +
		(event->kind == EVENT_FIN || event->kind == EVENT_SYN ||
			event->kind == EVENT_SYN_ACK);
}

/* The other end's next event of which that can be said bears an acknowledgment below the end. A
 * bare reset has none. */
static bool is_crossed(const struct proposal *proposal, size_t i)
{
	const struct event *event = &proposal->events[i].event;

	for (size_t j = i + 1; j < proposal->n_events; j++) {
		const struct event *next = &proposal->events[j].event;

		if (next->side == event->side)
			continue;
		if (next->kind == EVENT_RST || next->kind == EVENT_SYN)
			return false;
		return is_reset(event->kind) || next->ack < end_of(event);
	}
	return false;
}

/* Whether some later event of the other end acknowledges it, or is a bare reset, which something
 * that arrived has drawn. */
static bool arrives_later(const struct proposal *proposal, size_t i)
{
	const struct event *event = &proposal->events[i].event;

	for (size_t j = i + 1; j < proposal->n_events; j++) {
		const struct event *next = &proposal->events[j].event;

		if (next->side != event->side &&
			(next->kind == EVENT_RST || next->ack >= end_of(event)))
			return true;
	}
	return false;
}

/* Whether nobody ever acknowledged it, nor said anything behind it. */
static bool is_lost(const struct proposal *proposal, size_t i)
{
	const struct event *event = &proposal->events[i].event;
	enum history_end end = event->side == SIDE_CLIENT ? HISTORY_OPENER : HISTORY_OTHER;

	for (size_t j = i + 1; j < proposal->n_events; j++)
		if (proposal->events[j].event.side != event->side)
			return false;
	return !is_reset(event->kind) && proposal->history->directions[end].acked < end_of(event);
}

/* More bytes came than lie before the FIN. */
static bool is_early_fin(const struct proposal *proposal, size_t i)
{
	const struct event *fin = &proposal->events[i].event;
	int64_t bytes = 0;

	if (fin->kind != EVENT_FIN || proposal->history->is_midstream || proposal->left_out)
		return false;
	for (size_t j = 0; j < i; j++) {
		const struct event *event = &proposal->events[j].event;

		if (event->side == fin->side && event->kind == EVENT_DATA)
			bytes += event->bytes;
	}
	return fin->seq < 1 + bytes;
}

/* How far a reset lies from what its sender sent last. */
static int64_t offset_of(const struct proposal *proposal, size_t i)
{
	int64_t next = 1;

	for (size_t j = 0; j < i; j++) {
		const struct event *event = &proposal->events[j].event;

		if (event->side == proposal->events[i].event.side && !is_reset(event->kind) &&
			end_of(event) > next)
			next = end_of(event);
	}
	return proposal->events[i].event.seq - next;
}

/* SYN and SYN,ACK in this order, which `start connected` makes. */
static bool begins_with_handshake(const struct proposal *proposal)
{
	const struct record_event *events = proposal->events;
	bool is_refused = proposal->n_events == 3 && is_reset(events[2].event.kind);

	return proposal->n_events >= 2 && events[0].event.kind == EVENT_SYN &&
		events[1].event.kind == EVENT_SYN_ACK &&
		events[0].event.side != events[1].event.side && proposal->history->segments > 2 &&
		!(is_refused && events[2].event.kind == EVENT_RST);
}

/* How many bytes a case can send there: `most`, if the end that they come to reads them. One that
 * is gone is sent one segment, or it would answer each. */
static int64_t most_bytes_of(const struct proposal *proposal, size_t i, int64_t most)
{
	enum side side = proposal->events[i].event.side;

	for (size_t j = 0; j < i; j++)
		if (proposal->events[j].event.side != side &&
			is_reset(proposal->events[j].event.kind))
			return REHEARSAL_MAX_TOGETHER;
	for (size_t j = i + 1; j < proposal->n_events; j++)
		if (proposal->events[j].event.side != side) {
			if (proposal->events[j].event.kind == EVENT_RST)
				return REHEARSAL_MAX_TOGETHER;
			break;
		}
	if (is_crossed(proposal, i) || is_lost(proposal, i))
		return REHEARSAL_MAX_SEGMENT;
	return most;
}

static void shorten(struct cue *cue, struct rehearsal *rehearsal)
{
	if (cue->bytes <= cue->most)
		return;
	if (cue->bytes > rehearsal->shortened) {
		rehearsal->shortened = cue->bytes;
		rehearsal->shortened_to = cue->most;
	}
	cue->bytes = cue->most;
}

static bool is_more_of(const struct cue *last, const struct cue *cue)
{
	return last->kind == EVENT_DATA && cue->kind == EVENT_DATA && last->side == cue->side;
}

/* Behind a gap bytes may follow bytes of the same end: those are one event. */
static void add(struct rehearsal *rehearsal, const struct cue *cue)
{
	struct cue *last = rehearsal->n ? &rehearsal->cues[rehearsal->n - 1] : NULL;

	if (last && is_more_of(last, cue)) {
		last->bytes += cue->bytes;
		last->end = cue->end;
		shorten(last, rehearsal);
	} else {
		rehearsal->cues[rehearsal->n++] = *cue;
	}
}

/* What a FIN came with is held back for it: MSG_MORE. Only the last segment can be. */
static void hold_back(struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->n; i++) {
		struct cue *cue = &rehearsal->cues[i], *before = i ? cue - 1 : NULL;

		cue->with_data = cue->with_data && before && before->kind == EVENT_DATA &&
			before->side == cue->side &&
			(before->bytes <= REHEARSAL_MAX_HELD ||
				before->most > REHEARSAL_MAX_SEGMENT);
		if (cue->with_data)
			before->is_held = true;
	}
}

/* A living socket sends a reset once, and nothing draws it again. But a fast close of Multipath TCP
 * sends more than one. */
static void find_copies(const struct finding *finding, struct rehearsal *rehearsal)
{
	if (finding->n_causes && finding->causes[0] == CAUSE_MPTCP_ABORT)
		return;
	for (unsigned i = 1; i < rehearsal->n; i++) {
		struct cue *cue = &rehearsal->cues[i];

		for (unsigned j = 0; j < i && cue->kind == EVENT_RST_ACK && is_reset(cue[-1].kind);
			j++) {
			struct cue *first = &rehearsal->cues[j];

			if (first->kind != cue->kind || first->side != cue->side ||
				first->seq != cue->seq || first->ack != cue->ack)
				continue;
			cue->is_copy = true;
			first->is_crossed = true;
		}
	}
}

void rehearse(
	const struct proposal *proposal, unsigned most, int64_t most_bytes, struct rehearsal *ret)
{
	size_t first, from, n = proposal->n_events;

	memset(ret, 0, sizeof(*ret));
	ret->has_handshake = begins_with_handshake(proposal);
	first = ret->has_handshake ? 2 : 0;
	ret->left_out = proposal->left_out;
	from = n - first > most ? n - (most - KEPT_AT_START) : first;
	for (size_t i = first; i < n; i++) {
		const struct event *event = &proposal->events[i].event;
		struct cue cue = {.side = event->side,
			.kind = event->kind,
			.bytes = event->kind == EVENT_DATA ? event->bytes : 0,
			.with_data = event->with_data,
			.most = most_bytes_of(proposal, i, most_bytes),
			.is_early = is_early_fin(proposal, i),
			.seq = event->seq,
			.end = end_of(event),
			.ack = event->ack,
			.offset = is_reset(event->kind) ? offset_of(proposal, i) : 0,
			.is_crossed = is_crossed(proposal, i) || is_lost(proposal, i),
			.arrives_later = arrives_later(proposal, i)};

		if (i >= first + KEPT_AT_START && i < from) {
			ret->left_out++;
			continue;
		}
		shorten(&cue, ret);
		add(ret, &cue);
	}
	hold_back(ret);
	find_copies(proposal->finding, ret);
}

const struct cue *rehearsal_next_of(const struct rehearsal *rehearsal, unsigned i, enum side side)
{
	for (unsigned j = i + 1; j < rehearsal->n; j++)
		if (rehearsal->cues[j].side == side)
			return &rehearsal->cues[j];
	return NULL;
}
