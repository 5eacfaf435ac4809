/* SPDX-License-Identifier: MIT */
#include "ends.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4 * ENDS_MOST };

struct ends {
	uint32_t buckets[BUCKETS]; /* index plus 1; 0: none */
	uint32_t count;
	uint32_t newest, oldest;
	struct end ends[ENDS_MOST];
};

struct ends *ends_new(void)
{
	struct ends *ends = calloc(1, sizeof(*ends));

	if (ends)
		ends->newest = ends->oldest = END_NOBODY;
	return ends;
}

void ends_free(struct ends *ends)
{
	free(ends);
}

static uint32_t *bucket_of(struct ends *ends, const struct endpoint *endpoint)
{
	uint64_t half[2], hash = endpoint->port | (uint64_t)endpoint->family << 16;

	memcpy(half, endpoint->address, sizeof(half));
	for (int i = 0; i < 2; i++) {
		hash = (hash ^ half[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return &ends->buckets[hash % BUCKETS];
}

static bool is_same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
		!memcmp(a->address, b->address, sizeof(a->address));
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
		if (is_same(&ends->ends[i - 1].endpoint, endpoint))
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
	memset(end, 0, sizeof(*end));
	end->endpoint = *endpoint;
	end->held_first = end->held_last = END_NOBODY;
	bucket = bucket_of(ends, endpoint);
	end->chained = *bucket;
	*bucket = index + 1;
	age_put_first(ends, index);
	return end;
}

void end_add(struct end *end, const struct end_event *event)
{
	end->events[end->events_count++ % END_EVENTS] = *event;
	if (event->kind != END_ACCEPTED)
		return;
	if (!end->first_accepted.frame || event->time_ns < end->first_accepted.time_ns)
		end->first_accepted = *event;
	if (event->time_ns >= end->last_accepted.time_ns)
		end->last_accepted = *event;
}
