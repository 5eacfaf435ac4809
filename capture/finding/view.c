/* SPDX-License-Identifier: MIT */
#include "view.h"

#include "doubt.h"

/* Linux' own answers have no window and no options, others' do; who refuses has sent nothing else.
 */
/* Linux' own answers have no window and no options, others' do; who refuses has sent nothing else.
 */
enum shape view_shape(const struct history *history, const struct history_reset *reset)
{
	const struct history_segment *segment = &reset->segment, *trigger = &reset->trigger;
	bool is_bare = !segment->window && !segment->options_length;
	bool is_for_no_ack = trigger->frame && !(trigger->flags & SEGMENT_ACK);

	if (!(segment->flags & SEGMENT_ACK))
		return SHAPE_GONE;
	if (history->directions[reset->from].is_begun)
		return is_bare && is_for_no_ack ? SHAPE_ANSWER : SHAPE_ALIVE;
	return is_bare || (is_for_no_ack && trigger->flags & SEGMENT_SYN) ? SHAPE_ANSWER
									  : SHAPE_ALIVE;
}

bool view_is_clearing(const struct history *history, const struct history_reset *reset)
{
	return reset->from == HISTORY_OPENER && view_shape(history, reset) == SHAPE_GONE &&
		reset->before.flags & SEGMENT_SYN && !(reset->before.flags & SEGMENT_ACK) &&
		reset->segment.seq != 1;
}

static bool may_decide(const struct history *history, const struct history_reset *reset)
{
	return !doubt_is_ignored(history, reset) && !view_is_clearing(history, reset) &&
		doubt_weigh(history, reset) < DOUBT_ENOUGH;
}

/* The first reset that was believed and is its sender's own; failing that, the first, unless it
 * only cleared the way for the handshake. */
static const struct history_reset *deciding(const struct history *history)
{
	unsigned kept = history->resets_count < HISTORY_MAX_RESETS ? history->resets_count
								   : HISTORY_MAX_RESETS;

	for (unsigned i = 0; i < kept; i++)
		if (may_decide(history, &history->resets[i]))
			return &history->resets[i];
	if (!kept ||
		(view_is_clearing(history, &history->resets[0]) &&
			history->directions[HISTORY_OTHER].has_syn_ack))
		return NULL;
	return &history->resets[0];
}

static const struct history_reset *most_doubted(const struct history *history)
{
	const struct history_reset *most = NULL;
	unsigned weight = 0;

	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++) {
		unsigned own = doubt_weigh(history, &history->resets[i]);

		if (own > weight) {
			weight = own;
			most = &history->resets[i];
		}
	}
	return most;
}

static enum history_end first_to_finish(const struct history *history)
{
	const struct history_direction *opener = &history->directions[HISTORY_OPENER],
				       *other = &history->directions[HISTORY_OTHER];

	if (!opener->has_fin || !other->has_fin)
		return other->has_fin ? HISTORY_OTHER : HISTORY_OPENER;
	return other->fin.frame < opener->fin.frame ? HISTORY_OTHER : HISTORY_OPENER;
}

void view_make(
	const struct history *history, const struct surroundings *surroundings, struct view *ret)
{
	static const struct surroundings nothing = {.stray_of = UINT32_MAX};

	ret->history = history;
	ret->surroundings = surroundings ? surroundings : &nothing;
	ret->reset = deciding(history);
	ret->doubted = most_doubted(history);
	ret->shape = ret->reset ? view_shape(history, ret->reset) : SHAPE_NONE;
	ret->closer = ret->reset ? ret->reset->from : first_to_finish(history);
	ret->own = &history->directions[ret->closer];
	ret->peer = &history->directions[!ret->closer];
}

bool view_is_whole(const struct view *view)
{
	return !view->history->is_midstream && view->own->is_begun && view->peer->is_begun;
}

int64_t view_input(const struct view *view)
{
	int64_t heard = view->reset ? view->reset->heard : 0;

	return heard < (int64_t)view->peer->bytes ? heard : (int64_t)view->peer->bytes;
}

int64_t view_unacknowledged(const struct history *history, enum history_end end)
{
	const struct history_direction *direction = &history->directions[end];
	int64_t sent_to = direction->next - direction->has_fin,
		from = direction->has_syn || direction->has_syn_ack, acked = direction->acked;

	if (acked < from)
		acked = from;
	return sent_to > acked && direction->bytes ? sent_to - acked : 0;
}

int64_t view_pause(const struct view *view)
{
	if (!view->reset || !view->reset->after_own_fin || !view->reset->trigger.frame)
		return 0;
	return view->reset->trigger.time_ns - view->own->fin.time_ns;
}

int64_t view_window(const struct view *view, const struct history_segment *segment)
{
	/* RFC 7323 2.2: the window of a SYN is never scaled */
	return segment->flags & SEGMENT_SYN ? segment->window
					    : (int64_t)segment->window << view->own->window_shift;
}

bool view_is_drawn_by_data(const struct view *view)
{
	return view->reset->trigger.payload ||
		view_unacknowledged(view->history, !view->closer) > 0;
}

bool view_fins_crossed(const struct history *history)
{
	const struct history_direction *a = &history->directions[HISTORY_OPENER],
				       *b = &history->directions[HISTORY_OTHER];

	return a->has_fin && b->has_fin && a->fin.ack <= b->fin.seq + b->fin.payload &&
		b->fin.ack <= a->fin.seq + a->fin.payload;
}

bool view_may_race(const struct view *view)
{
	return view->closer == HISTORY_OTHER || view->history->is_midstream;
}

bool view_was_idle(const struct view *view, enum history_end breaker)
{
	const struct history *history = view->history;

	return history->idle_ns >= SECOND && history->idle_broken_by == breaker &&
		view->own->bytes && view->peer->bytes;
}
