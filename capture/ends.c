/* SPDX-License-Identifier: MIT */
#include "ends.h"

#include <stdlib.h>
#include <string.h>

#include "endpoint.h"

enum { BUCKETS = 4 * ENDS_MOST };

struct ends {
	uint32_t buckets[BUCKETS]; /* index plus 1; 0: none */
	uint32_t count;
	uint32_t newest, oldest;
	struct end ends[ENDS_MOST];
	struct end_events events[ENDS_MOST];
};

struct ends *ends_new(void)
{
	struct ends *ends = aligned_alloc(_Alignof(struct ends), sizeof(*ends));

	if (!ends)
		return NULL;
	memset(ends->buckets, 0, sizeof(ends->buckets));
	ends->count = 0;
	ends->newest = ends->oldest = END_NOBODY;
	return ends;
}

void ends_free(struct ends *ends)
{
	free(ends);
}

static uint32_t *bucket_of(struct ends *ends, const struct endpoint *endpoint)
{
	return &ends->buckets[(endpoint_hash(endpoint) >> 32) % BUCKETS];
}

static void age_remove(struct ends *ends, uint32_t index)
{
	struct end *end = &ends->ends[index];

	if (end->newer != END_NOBODY)
		ends->ends[end->newer].older = end->older;
	else
		ends->newest = end->older;
	if (end->older != END_NOBODY)
		ends->ends[end->older].newer = end->newer;
	else
		ends->oldest = end->newer;
}

static void age_put_first(struct ends *ends, uint32_t index)
{
	struct end *end = &ends->ends[index];

	end->newer = END_NOBODY;
	end->older = ends->newest;
	if (ends->newest != END_NOBODY)
		ends->ends[ends->newest].newer = index;
	else
		ends->oldest = index;
	ends->newest = index;
}

static void chain_remove(struct ends *ends, uint32_t index)
{
	uint32_t *link = bucket_of(ends, &ends->ends[index].endpoint);

	while (*link != index + 1)
		link = &ends->ends[*link - 1].chained;
	*link = ends->ends[index].chained;
}

static uint32_t room_make(struct ends *ends, ends_forget *forget, void *data)
{
	uint32_t index = ends->oldest;

	if (ends->count < ENDS_MOST)
		return ends->count++;
	forget(&ends->ends[index], data);
	age_remove(ends, index);
	chain_remove(ends, index);
	return index;
}

struct end *ends_find(struct ends *ends, const struct endpoint *endpoint)
{
	for (uint32_t i = *bucket_of(ends, endpoint); i; i = ends->ends[i - 1].chained)
		if (endpoint_equals(&ends->ends[i - 1].endpoint, endpoint))
			return &ends->ends[i - 1];
	return NULL;
}

struct end *ends_get(
	struct ends *ends, const struct endpoint *endpoint, ends_forget *forget, void *data)
{
	struct end *end = ends_find(ends, endpoint);
	uint32_t index, *bucket;

	if (end) {
		index = (uint32_t)(end - ends->ends);
		if (ends->newest != index) {
			age_remove(ends, index);
			age_put_first(ends, index);
		}
		return end;
	}
	index = room_make(ends, forget, data);
	end = &ends->ends[index];
	bucket = bucket_of(ends, endpoint);
	*end = (struct end){
		.endpoint = *endpoint,
		.chained = *bucket,
		.held_first = END_NOBODY,
		.held_last = END_NOBODY,
	};
	memset(&ends->events[index], 0, sizeof(ends->events[index]));
	*bucket = index + 1;
	age_put_first(ends, index);
	return end;
}

struct end_events *ends_events(struct ends *ends, const struct end *end)
{
	return &ends->events[end - ends->ends];
}

void ends_add(struct ends *ends, struct end *end, const struct end_event *event)
{
	struct end_events *events = ends_events(ends, end);

	events->ring[end->events_count++ % END_EVENTS] = *event;
	if (event->kind != END_ACCEPTED)
		return;
	if (!events->first_accepted.frame || event->time_ns < events->first_accepted.time_ns)
		events->first_accepted = *event;
	if (event->time_ns >= events->last_accepted.time_ns)
		events->last_accepted = *event;
}

size_t ends_bytes(void)
{
	return sizeof(struct ends);
}
