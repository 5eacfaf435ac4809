/* SPDX-License-Identifier: MIT */
#include "ends.h"

#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "pages.h"

enum { BUCKETS = 4 * ENDS_MOST };

struct ends {
	uint32_t buckets[BUCKETS]; /* index plus 1; 0: none */
	uint32_t count;
	uint64_t now; /* look-ups so far */
	/* By when they were last seen, as of `sorted`: who was seen since is newer than all who
	 * were not. Those before `next` made room, or were seen since. */
	struct age {
		uint64_t seen;
		uint32_t index;
	} ages[ENDS_MOST];
	uint64_t sorted;
	uint32_t next;
	struct end ends[ENDS_MOST];
	struct end_events events[ENDS_MOST];
};

struct ends *ends_new(void)
{
	struct ends *ends = pages_alloc(sizeof(*ends));

	if (!ends)
		return NULL;
	memset(ends->buckets, 0, sizeof(ends->buckets));
	ends->count = 0;
	ends->now = ends->sorted = 0;
	ends->next = ENDS_MOST;
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

static int age_compare(const void *a, const void *b)
{
	const struct age *left = a, *right = b;

	return (left->seen > right->seen) - (left->seen < right->seen);
}

static void ages_sort(struct ends *ends)
{
	for (uint32_t i = 0; i < ENDS_MOST; i++)
		ends->ages[i] = (struct age){ends->ends[i].seen, i};
	qsort(ends->ages, ENDS_MOST, sizeof(*ends->ages), age_compare);
	ends->sorted = ends->now;
	ends->next = 0;
}

/* Of all of them; looked for only where one has to go. */
static uint32_t oldest(struct ends *ends)
{
	for (;;) {
		if (ends->next == ENDS_MOST)
			ages_sort(ends);
		while (ends->next < ENDS_MOST) {
			uint32_t index = ends->ages[ends->next++].index;

			if (ends->ends[index].seen <= ends->sorted)
				return index;
		}
	}
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
	uint32_t index;

	if (ends->count < ENDS_MOST)
		return ends->count++;
	index = oldest(ends);
	forget(&ends->ends[index], data);
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
		end->seen = ++ends->now;
		return end;
	}
	index = room_make(ends, forget, data);
	end = &ends->ends[index];
	bucket = bucket_of(ends, endpoint);
	*end = (struct end){
		.endpoint = *endpoint,
		.chained = *bucket,
		.seen = ++ends->now,
		.held_first = END_NOBODY,
		.held_last = END_NOBODY,
	};
	memset(&ends->events[index], 0, sizeof(ends->events[index]));
	*bucket = index + 1;
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
