/* SPDX-License-Identifier: MIT */
/* Keeps what connections showed, and tells each what others showed before it and, if it was held
 * back, after it. Knows listening ends and time; must not know causes. */
#include "scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "ends.h"
#include "view.h"

enum {
	HELD_MOST = 2048, /* histories that wait, of all ends */
	HELD_MOST_OF_END = 64,
	SEEN_MOST = 1024, /* connections that a stray segment may belong to */
};

/* The connection that a stray segment belongs to must end before it is known. */
#define STRAY_HORIZON_NS (3 * SCENE_HORIZON_NS)

struct held {
	const struct history *history;
	struct surroundings around;
	int64_t since_ns; /* of what comes later, what comes after this */
	int64_t refused_later_ns, accepted_later_ns; /* 0: not seen */
	bool was_refused_before; /* others were, while this one was there */
	bool is_stray; /* bears segments of another connection, perhaps: waits for that */
	bool is_waiting;
	uint32_t next; /* of the same end */
	struct end *end; /* NULL: it was forgotten */
};

/* What is kept of a connection to recognise a segment of it under another address. */
struct seen {
	struct endpoint ends[2];
	uint32_t base[2];
	int64_t next[2];
	int64_t begun_ns, ended_ns;
	uint32_t number;
};

struct scene {
	scene_callback *callback;
	void *data;
	struct ends *ends;
	struct held *held; /* a ring */
	struct history *histories; /* of those held: */
	uint16_t
		unused[HELD_MOST]; /* which are not, the last one first: it is still in the cache */
	unsigned unused_count;
	uint32_t held_begin, held_count;
	struct seen *seen; /* a ring */
	unsigned seen_count; /* ever */
	int64_t now_ns;
};

int scene_new(scene_callback *callback, void *data, struct scene **ret)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -ENOMEM;
	scene->callback = callback;
	scene->data = data;
	while (scene->unused_count < HELD_MOST) {
		scene->unused[scene->unused_count] =
			(uint16_t)(HELD_MOST - 1 - scene->unused_count);
		scene->unused_count++;
	}
	scene->ends = ends_new();
	scene->held = calloc(HELD_MOST, sizeof(*scene->held));
	scene->histories = calloc(HELD_MOST, sizeof(*scene->histories));
	scene->seen = calloc(SEEN_MOST, sizeof(*scene->seen));
	if (!scene->ends || !scene->held || !scene->histories || !scene->seen) {
		scene_free(scene);
		return -ENOMEM;
	}
	*ret = scene;
	return 0;
}

void scene_free(struct scene *scene)
{
	if (!scene)
		return;
	ends_free(scene->ends);
	free(scene->held);
	free(scene->histories);
	free(scene->seen);
	free(scene);
}

/* What one history shows. */

static bool was_accepted(const struct history *history)
{
	return history->directions[HISTORY_OPENER].has_syn &&
		history->directions[HISTORY_OTHER].has_syn_ack;
}

static bool was_refused(const struct history *history)
{
	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++)
		if (history->resets[i].from == HISTORY_OTHER &&
			view_shape(history, &history->resets[i]) == SHAPE_ANSWER)
			return history->directions[HISTORY_OPENER].has_syn;
	return false;
}

/* Reset by the listening end, which had sent no byte: perhaps it had never been accepted. */
static const struct history_reset *reset_unused(const struct history *history)
{
	const struct history_reset *reset = &history->resets[0];

	if (!history->resets_count || reset->from != HISTORY_OTHER ||
		history->directions[HISTORY_OTHER].bytes || !was_accepted(history) ||
		view_shape(history, reset) != SHAPE_ALIVE)
		return NULL;
	return reset;
}

static bool is_unanswered(const struct history *history)
{
	return !history->resets_count && history->directions[HISTORY_OPENER].has_syn &&
		!history->directions[HISTORY_OTHER].is_begun;
}

static bool may_be_stray(const struct history *history)
{
	return history->is_midstream && history->resets_count &&
		view_shape(history, &history->resets[0]) == SHAPE_GONE && !history->resets[0].heard;
}

/* Connections and strays. */

static void seen_add(struct scene *scene, const struct history *history)
{
	struct seen *seen = &scene->seen[scene->seen_count % SEEN_MOST];

	if (history->is_midstream && history->resets_count)
		return;
	scene->seen_count++;
	for (unsigned i = 0; i < 2; i++) {
		seen->ends[i] = history->ends[i];
		seen->base[i] = history->directions[i].base;
		seen->next[i] = history->directions[i].next;
	}
	seen->begun_ns = history->begun_ns;
	seen->ended_ns = history->ended_ns;
	seen->number = history->number;
}

/* A raw number within what was sent there, or a window's worth beyond. */
static bool is_number_of(uint32_t raw, uint32_t base, int64_t next)
{
	return (uint32_t)(raw - base) <= (uint32_t)next + 65536;
}

/* Whether the stray segment bears the numbers of this connection, and who resets it is one of its
 * ends. */
static bool is_segment_of(const struct history *stray, const struct seen *seen)
{
	const struct history_reset *reset = &stray->resets[0];
	enum history_end from = reset->from;
	uint32_t seq = stray->directions[!from].base + (uint32_t)reset->trigger.seq,
		 ack = stray->directions[from].base + (uint32_t)reset->trigger.ack;

	if (seen->number == stray->number || stray->begun_ns < seen->begun_ns ||
		stray->begun_ns > seen->ended_ns + SCENE_HORIZON_NS)
		return false;
	for (unsigned i = 0; i < 2; i++)
		if (endpoint_equals(&stray->ends[from], &seen->ends[i]) &&
			!endpoint_equals(&stray->ends[!from], &seen->ends[!i]) &&
			is_number_of(ack, seen->base[i], seen->next[i]) &&
			is_number_of(seq, seen->base[!i], seen->next[!i]))
			return true;
	return false;
}

static uint32_t stray_of(const struct scene *scene, const struct history *history)
{
	unsigned n = scene->seen_count < SEEN_MOST ? scene->seen_count : SEEN_MOST;

	for (unsigned i = 0; i < n; i++)
		if (is_segment_of(history, &scene->seen[i]))
			return scene->seen[i].number;
	return UINT32_MAX;
}

/* What an event means for one that is reset, or unanswered. */

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* Both were there when the first of them was reset, and they are reset in the order in which they
 * came, as a queue is: a server that resets one now and then does not look like that. */
static void meet_reset(struct held *held, const struct end_event *event)
{
	const struct history_reset *reset = reset_unused(held->history);
	bool begun_before =
		event->other_ns<held->history->begun_ns, begun_behind = event->other_ns> held
			->history->begun_ns;
	int64_t apart;

	if (!reset)
		return;
	apart = distance(event->time_ns, reset->segment.time_ns);
	if (apart > SCENE_TOGETHER_NS || event->other_ns > reset->segment.time_ns ||
		held->history->begun_ns > event->time_ns ||
		(begun_before && event->time_ns > reset->segment.time_ns) ||
		(begun_behind && event->time_ns < reset->segment.time_ns))
		return;
	held->around.reset_together++;
	if (apart > held->around.reset_together_ns)
		held->around.reset_together_ns = apart;
}

static void meet(struct held *held, const struct end_event *event)
{
	bool is_later = event->time_ns > held->since_ns &&
		event->time_ns <= held->since_ns + SCENE_HORIZON_NS;

	switch (event->kind) {
	case END_RESET_UNUSED: meet_reset(held, event); break;
	case END_ACCEPTED:
		if (is_later &&
			(!held->accepted_later_ns || event->time_ns < held->accepted_later_ns))
			held->accepted_later_ns = event->time_ns;
		break;
	case END_REFUSED:
		if (event->time_ns > held->history->begun_ns && event->time_ns < held->since_ns)
			held->was_refused_before = true;
		if (is_later &&
			(!held->refused_later_ns || event->time_ns < held->refused_later_ns)) {
			held->refused_later_ns = event->time_ns;
			held->around.refused_later_frame = event->frame;
		}
		break;
	case END_SILENCE:
		if (held->history->idle_ns >= SECOND &&
			distance(event->other_ns, held->history->idle_ns) <=
				held->history->idle_ns / 20)
			held->around.same_idle++;
		break;
	}
}

/* Programs may choose a TTL, so a host can have several; the reset's own, if it is among them. */
static uint8_t usual_ttl(const struct end *machine, const struct history *history)
{
	uint8_t ttl = history->resets_count ? history->resets[0].segment.ttl : 0;

	return ttl >= machine->ttl_least && ttl <= machine->ttl_most ? ttl : machine->ttl_least;
}

/* What is known already: of the past, and of what came out of order. */
static void recall(struct scene *scene, struct held *held)
{
	const struct history *history = held->history;
	struct endpoint host = history->ends[HISTORY_OTHER];
	const struct end *end = held->end, *machine;
	const struct end_events *events = ends_events(scene->ends, end);
	unsigned n = end->events_count < END_EVENTS ? end->events_count : END_EVENTS;

	/* to most connections others' events say nothing */
	if (reset_unused(history) || is_unanswered(history) || history->idle_ns >= SECOND)
		for (unsigned i = 0; i < n; i++)
			meet(held, &events->ring[i]);
	if (events->first_accepted.frame && events->first_accepted.time_ns < history->begun_ns)
		held->around.accepted_earlier_frame = events->first_accepted.frame;
	if (events->last_accepted.frame && events->last_accepted.time_ns < history->begun_ns)
		held->around.accepted_earlier_frame = events->last_accepted.frame;
	if (!history->resets_count)
		return; /* only a reset's TTL is compared */
	host.port = 0;
	machine = ends_find(scene->ends, &host);
	if (machine)
		held->around.server_ttl = usual_ttl(machine, history);
}

/* A port that accepted in between was not closed; where it refused before already, the listener's
 * queue was gone by then. */
static void hand_on(struct scene *scene, struct held *held)
{
	if (held->accepted_later_ns &&
		(!held->refused_later_ns || held->accepted_later_ns < held->refused_later_ns))
		held->around.refused_later_frame = 0;
	if (held->was_refused_before) {
		held->around.refused_later_frame = 0;
		held->around.reset_together = 0;
		held->around.reset_together_ns = 0;
	}
	if (held->is_stray)
		held->around.stray_of = stray_of(scene, held->history);
	scene->callback(held->history, &held->around, scene->data);
}

/* Holding. */

static void unlink_first(struct scene *scene, struct end *end)
{
	struct held *first = &scene->held[end->held_first];

	end->held_first = first->next;
	if (end->held_first == END_NOBODY)
		end->held_last = END_NOBODY;
	end->held_count--;
	first->end = NULL;
}

static void release(struct scene *scene, struct held *held)
{
	held->is_waiting = false;
	hand_on(scene, held);
	scene->unused[scene->unused_count++] = (uint16_t)(held->history - scene->histories);
}

/* The oldest of an end's, which may lie in the midst of the ring. */
static void release_first_of(struct scene *scene, struct end *end)
{
	struct held *held = &scene->held[end->held_first];

	unlink_first(scene, end);
	release(scene, held);
}

static void release_oldest(struct scene *scene)
{
	struct held *held = &scene->held[scene->held_begin];

	if (held->is_waiting && held->end)
		release_first_of(scene, held->end);
	else if (held->is_waiting)
		release(scene, held);
	scene->held_begin = (scene->held_begin + 1) % HELD_MOST;
	scene->held_count--;
}

static void end_forgotten(struct end *end, void *data)
{
	while (end->held_first != END_NOBODY)
		unlink_first(data, end);
}

static void hold(struct scene *scene, const struct held *held)
{
	struct history *history;
	uint32_t index;

	if (held->end->held_count == HELD_MOST_OF_END)
		release_first_of(scene, held->end);
	while (scene->held_count == HELD_MOST)
		release_oldest(scene);
	index = (scene->held_begin + scene->held_count++) % HELD_MOST;
	history = &scene->histories[scene->unused[--scene->unused_count]];
	*history = *held->history;
	scene->held[index] = *held;
	scene->held[index].history = history;
	scene->held[index].is_waiting = true;
	scene->held[index].next = END_NOBODY;
	if (held->end->held_last != END_NOBODY)
		scene->held[held->end->held_last].next = index;
	else
		held->end->held_first = index;
	held->end->held_last = index;
	held->end->held_count++;
}

static void tell_all(struct scene *scene, struct end *end, const struct end_event *event)
{
	for (uint32_t i = end->held_first; i != END_NOBODY; i = scene->held[i].next)
		meet(&scene->held[i], event);
	ends_add(scene->ends, end, event);
}

static struct end *machine_get(struct scene *scene, const struct history *history)
{
	struct endpoint host = history->ends[HISTORY_OTHER];

	host.port = 0;
	return ends_get(scene->ends, &host, end_forgotten, scene);
}

static void note_ttl(struct end *machine, const struct history *history)
{
	const struct history_direction *other = &history->directions[HISTORY_OTHER];

	if (!machine->ttl_least || other->ttl_least < machine->ttl_least)
		machine->ttl_least = other->ttl_least;
	if (other->ttl_most > machine->ttl_most)
		machine->ttl_most = other->ttl_most;
}

static void note_events(struct scene *scene, struct end *end, const struct history *history)
{
	const struct history_reset *reset = reset_unused(history);
	struct end_event event = {.frame = history->first_frame, .time_ns = history->begun_ns};

	if (was_accepted(history)) {
		event.kind = END_ACCEPTED;
		tell_all(scene, end, &event);
	} else if (was_refused(history)) {
		event.kind = END_REFUSED;
		tell_all(scene, end, &event);
	}
	if (reset) {
		event.kind = END_RESET_UNUSED;
		event.time_ns = reset->segment.time_ns;
		event.other_ns = history->begun_ns;
		tell_all(scene, end, &event);
	}
	if (history->idle_ns >= SECOND) {
		event.kind = END_SILENCE;
		event.time_ns = history->ended_ns;
		event.other_ns = history->idle_ns;
		tell_all(scene, end, &event);
	}
}

void scene_add(struct scene *scene, const struct history *history)
{
	const struct history_reset *reset = reset_unused(history);
	struct held held = {
		.history = history,
		.around.stray_of = UINT32_MAX,
		.since_ns = reset ? reset->segment.time_ns : history->ended_ns,
		.is_stray = may_be_stray(history),
	};
	struct end *machine;

	/* Together, so that the processor fetches both at once; neither makes room for the other,
	 * which is the newest. */
	machine = was_accepted(history) ? machine_get(scene, history) : NULL;
	held.end = ends_get(scene->ends, &history->ends[HISTORY_OTHER], end_forgotten, scene);
	recall(scene, &held);
	note_events(scene, held.end, history);
	if (machine)
		note_ttl(machine, history);
	seen_add(scene, history);
	if (reset || held.is_stray || is_unanswered(history))
		hold(scene, &held);
	else
		hand_on(scene, &held);
	scene_advance(scene, history->ended_ns);
}

void scene_advance(struct scene *scene, int64_t now_ns)
{
	if (now_ns > scene->now_ns)
		scene->now_ns = now_ns;
	while (scene->held_count) {
		const struct held *oldest = &scene->held[scene->held_begin];
		int64_t horizon = oldest->is_stray ? STRAY_HORIZON_NS : SCENE_HORIZON_NS;

		if (oldest->is_waiting && oldest->since_ns + horizon >= scene->now_ns)
			return;
		release_oldest(scene);
	}
}

void scene_flush(struct scene *scene)
{
	while (scene->held_count)
		release_oldest(scene);
}

size_t scene_held(const struct scene *scene)
{
	size_t n = 0;

	for (uint32_t i = 0; i < scene->held_count; i++)
		n += scene->held[(scene->held_begin + i) % HELD_MOST].is_waiting;
	return n;
}

size_t scene_bytes(const struct scene *scene)
{
	return sizeof(*scene) + HELD_MOST * (sizeof(*scene->held) + sizeof(*scene->histories)) +
		SEEN_MOST * sizeof(*scene->seen) + ends_bytes();
}
