/* SPDX-License-Identifier: MIT */
/* Records that take only as much memory as they use. Knows how a record lies in memory. */
#include <stdlib.h>
#include <string.h>

#include "record.h"

#define HEAD_SIZE offsetof(struct record, steps)

/* No count is trusted: a record may come from a page that a crashed process was writing to. */
static size_t at_most(uint32_t n, size_t max)
{
	return n < max ? n : max;
}

static size_t steps_size(const struct record *record)
{
	return at_most(record->n_steps, RECORD_MAX_STEPS) * sizeof(struct record_step);
}

static size_t events_size(const struct record *record)
{
	return at_most(record->n_events, RECORD_MAX_EVENTS) * sizeof(struct record_event);
}

static size_t reasons_size(const struct record *record)
{
	return at_most(record->n_reasons, RECORD_MAX_REASONS) * sizeof(struct record_reason);
}

/* Where the arrays begin, in bytes from the record's beginning. */
static size_t events_at(const struct record *record)
{
	return record->is_trimmed ? HEAD_SIZE + steps_size(record)
				  : offsetof(struct record, events);
}

static size_t reasons_at(const struct record *record)
{
	return record->is_trimmed ? events_at(record) + events_size(record)
				  : offsetof(struct record, reasons);
}

static const void *at(const struct record *record, size_t offset)
{
	return (const char *)record + offset;
}

const struct record_step *record_step(const struct record *record, uint32_t i)
{
	return (const struct record_step *)at(record, HEAD_SIZE) + i;
}

const struct record_event *record_event(const struct record *record, uint32_t i)
{
	return (const struct record_event *)at(record, events_at(record)) + i;
}

const struct record_reason *record_reason(const struct record *record, uint32_t i)
{
	return (const struct record_reason *)at(record, reasons_at(record)) + i;
}

struct record *record_trim(const struct record *record)
{
	size_t steps = steps_size(record), events = events_size(record),
	       reasons = reasons_size(record);
	char *copy = malloc(HEAD_SIZE + steps + events + reasons);
	struct record *trimmed = (struct record *)(void *)copy;

	if (!copy)
		return NULL;
	memcpy(copy, record, HEAD_SIZE + steps);
	memcpy(copy + HEAD_SIZE + steps, record_event(record, 0), events);
	memcpy(copy + HEAD_SIZE + steps + events, record_reason(record, 0), reasons);
	trimmed->is_trimmed = true;
	return trimmed;
}

void record_copy(struct record *ret, const struct record *record)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, record, HEAD_SIZE);
	memcpy(ret->steps, record_step(record, 0), steps_size(record));
	memcpy(ret->events, record_event(record, 0), events_size(record));
	memcpy(ret->reasons, record_reason(record, 0), reasons_size(record));
	ret->is_trimmed = false;
}
