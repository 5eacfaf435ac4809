/* SPDX-License-Identifier: MIT */
/* See explain.h. */
#include "explain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "scene.h"
#include "telling.h"

enum {
	PENDING = 16,
	EVENTS_AT_START = EXPLAIN_EVENTS / 2,
	EVENTS_AT_END = EXPLAIN_EVENTS - EVENTS_AT_START
};

struct explainer {
	struct flow_table *flows;
	struct scene *scene;
	explain_take *take;
	void *data;
	struct explain_totals totals;
	struct segment pending[PENDING]; /* in their order, where no events are kept */
	uint32_t pending_frames[PENDING], pending_hashes[PENDING];
	unsigned n_pending;
	int64_t keep;
	int64_t hurry_ns; /* how much less than its horizon the scene waits */
	uint32_t frame; /* of the segment under way, where events are kept */
	bool is_kept; /* it has come */
	int64_t kept_begun_ns;
	struct telling telling;
	struct explain_events events;
	size_t oldest; /* of the last ones, which stand in a ring */
};

static void judge_history(
	const struct history *history, const struct surroundings *surroundings, void *data)
{
	struct explainer *explainer = data;
	struct finding finding;

	finding_make(history, surroundings, &finding);
	explainer->take(history, &finding, explainer->data);
}

int explainer_new(int64_t keep, explain_take *take, void *data, struct explainer **ret)
{
	struct explainer *explainer = calloc(1, sizeof(*explainer));

	if (!explainer)
		return -ENOMEM;
	*explainer = (struct explainer){.keep = keep, .take = take, .data = data};
	if (flow_table_new(&explainer->flows) ||
		scene_new(judge_history, explainer, &explainer->scene)) {
		explainer_free(explainer);
		return -ENOMEM;
	}
	*ret = explainer;
	return 0;
}

void explainer_set_patience(struct explainer *explainer, int64_t patience_ns)
{
	flow_set_quiet(explainer->flows, patience_ns);
	explainer->hurry_ns = patience_ns < SCENE_HORIZON_NS ? SCENE_HORIZON_NS - patience_ns : 0;
}

void explainer_free(struct explainer *explainer)
{
	if (!explainer)
		return;
	flow_table_free(explainer->flows);
	scene_free(explainer->scene);
	free(explainer);
}

/* The first ones stay, of the others the last. */
static struct record_event *make_room(void *data)
{
	struct explainer *explainer = data;
	struct explain_events *events = &explainer->events;
	size_t at = events->n;

	if (events->n < EXPLAIN_EVENTS) {
		events->n++;
	} else {
		at = EVENTS_AT_START + explainer->oldest;
		explainer->oldest = (explainer->oldest + 1) % EVENTS_AT_END;
		events->cut_after = EVENTS_AT_START;
		events->left_out++;
	}
	events->events[at] = (struct record_event){0};
	events->frames[at] = explainer->frame;
	return &events->events[at];
}

static void keep_events(
	struct explainer *explainer, const struct segment *segment, const struct flow_note *note)
{
	if (!explainer->is_kept)
		explainer->kept_begun_ns = segment->time_ns;
	explainer->is_kept = true;
	telling_take(&explainer->telling, note->from_opener ? SIDE_CLIENT : SIDE_SERVER, segment,
		note, segment->time_ns - explainer->kept_begun_ns, make_room, explainer);
}

static int follow_pending(struct explainer *explainer)
{
	unsigned n = explainer->n_pending;

	explainer->n_pending = 0;
	return n ? flow_add_batch(explainer->flows, explainer->pending, explainer->pending_frames,
			   explainer->pending_hashes, n)
		 : 0;
}

static int follow_with_events(
	struct explainer *explainer, const struct segment *segment, uint32_t frame)
{
	struct flow_note note;
	int r = flow_add(explainer->flows, segment, frame, &note);

	explainer->frame = frame;
	if (!r && note.connection == explainer->keep)
		keep_events(explainer, segment, &note);
	return r;
}

static void note_times(struct explain_totals *totals, int64_t first_ns, int64_t last_ns)
{
	if (!totals->segments)
		totals->first_ns = first_ns;
	totals->last_ns = last_ns;
}

/* The segment is the next pending one. */
static int take_segment(struct explainer *explainer)
{
	struct explain_totals *totals = &explainer->totals;
	const struct segment *segment = &explainer->pending[explainer->n_pending];

	note_times(totals, segment->time_ns, segment->time_ns);
	totals->segments++;
	totals->resets += !!(segment->flags & SEGMENT_RST);
	if (explainer->keep >= 0)
		return follow_with_events(explainer, segment, (uint32_t)totals->frames);
	explainer->pending_hashes[explainer->n_pending] = flow_hash(segment);
	explainer->pending_frames[explainer->n_pending++] = (uint32_t)totals->frames;
	return explainer->n_pending == PENDING ? follow_pending(explainer) : 0;
}

int explainer_add_decoded(
	struct explainer *explainer, enum frame_kind kind, const struct segment *segment)
{
	explainer->totals.frames++;
	explainer->totals.short_frames += kind == FRAME_SHORT;
	explainer->totals.malformed += kind == FRAME_MALFORMED;
	if (kind != FRAME_TCP)
		return 0;
	explainer->pending[explainer->n_pending] = *segment;
	return take_segment(explainer);
}

static void count_batch(struct explain_totals *totals, const struct batch *batch)
{
	if (batch->unknown && !totals->unknown)
		totals->unknown_linktype = batch->unknown_linktype;
	totals->unknown += batch->unknown;
	totals->frames += batch->frames;
	totals->short_frames += batch->short_frames;
	totals->malformed += batch->malformed;
	totals->resets += batch->resets;
	if (batch->count)
		note_times(totals, batch->segments[0].time_ns,
			batch->segments[batch->count - 1].time_ns);
	totals->segments += batch->count;
}

int explainer_add_batch(struct explainer *explainer, const struct batch *batch)
{
	int r = follow_pending(explainer);

	count_batch(&explainer->totals, batch);
	if (explainer->keep < 0)
		return r ? r
			 : flow_add_batch(explainer->flows, batch->segments, batch->numbers,
				   batch->hashes, batch->count);
	for (unsigned i = 0; !r && i < batch->count; i++)
		r = follow_with_events(explainer, &batch->segments[i], batch->numbers[i]);
	return r;
}

static void take_history(const struct history *history, void *data)
{
	struct explainer *explainer = data;

	scene_add(explainer->scene, history);
}

void explainer_take_history(const struct history *history, int64_t before_ns, void *data)
{
	struct explainer *explainer = data;

	scene_advance(explainer->scene, before_ns);
	scene_add(explainer->scene, history);
}

struct flow_table *explainer_flows(struct explainer *explainer)
{
	return explainer->flows;
}

int explainer_take_ended(struct explainer *explainer, int64_t now_ns)
{
	int r = follow_pending(explainer);

	flow_take_ended(explainer->flows, now_ns, take_history, explainer);
	scene_advance(explainer->scene, now_ns + explainer->hurry_ns);
	return r;
}

int explainer_finish(struct explainer *explainer)
{
	int r = follow_pending(explainer);

	if (!r)
		r = flow_take_all(explainer->flows, take_history, explainer);
	scene_flush(explainer->scene);
	return r;
}

const struct explain_totals *explainer_totals(const struct explainer *explainer)
{
	return &explainer->totals;
}

/* Turns the ring so that its oldest event comes first. */
static void sort_events(struct explainer *explainer)
{
	struct explain_events *events = &explainer->events;
	struct explain_events before = *events;

	for (size_t i = 0; i < EVENTS_AT_END && events->left_out; i++) {
		size_t from = EVENTS_AT_START + (explainer->oldest + i) % EVENTS_AT_END;

		events->events[EVENTS_AT_START + i] = before.events[from];
		events->frames[EVENTS_AT_START + i] = before.frames[from];
	}
	explainer->oldest = 0;
}

const struct explain_events *explainer_events(struct explainer *explainer)
{
	if (!explainer->is_kept)
		return NULL;
	sort_events(explainer);
	return &explainer->events;
}

static bool parse_port(const char *text, struct explain_filter *ret)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (end == text || *end || port > UINT16_MAX || text[0] < '0' || text[0] > '9')
		return false;
	ret->has_port = true;
	ret->end.port = (uint16_t)port;
	return true;
}

static bool parse_address(const char *text, size_t length, struct explain_filter *ret)
{
	char address[64];

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = 0;
	ret->has_address = true;
	ret->end.family = strchr(address, ':') ? 6 : 4;
	return inet_pton(ret->end.family == 6 ? AF_INET6 : AF_INET, address, ret->end.address) == 1;
}

bool explain_filter_parse(const char *text, struct explain_filter *ret)
{
	const char *colon = strrchr(text, ':'), *bracket = strchr(text, ']');

	*ret = (struct explain_filter){0};
	if (text[0] == '[')
		return bracket && parse_address(text + 1, (size_t)(bracket - text - 1), ret) &&
			(!bracket[1] || (bracket[1] == ':' && parse_port(bracket + 2, ret)));
	if (!colon || strchr(text, ':') != colon)
		return parse_address(text, strlen(text), ret);
	return (colon == text || parse_address(text, (size_t)(colon - text), ret)) &&
		parse_port(colon + 1, ret);
}

bool explain_filter_takes(const struct explain_filter *filter, const struct history *history)
{
	for (int i = 0; i < 2; i++) {
		const struct endpoint *end = &history->ends[i];

		if ((!filter->has_port || filter->end.port == end->port) &&
			(!filter->has_address ||
				(filter->end.family == end->family &&
					!memcmp(filter->end.address, end->address,
						sizeof(end->address)))))
			return true;
	}
	return false;
}
