/* SPDX-License-Identifier: MIT */
/* See worst.h. A heap whose root is the best of those kept. */
#include "worst.h"

#include <errno.h>
#include <stdlib.h>

#include "explain_words.h"

static int64_t lost(const struct finding *finding)
{
	return finding->unacknowledged[0] + finding->unacknowledged[1] + finding->maybe_unread[0] +
		finding->maybe_unread[1];
}

/* By cause, then by the bytes that may be lost, then the earlier. */
static bool is_worse_than(const struct explained *a, const struct explained *b)
{
	unsigned a_weight = explain_weight(a->finding->causes[0]),
		 b_weight = explain_weight(b->finding->causes[0]);

	if (a_weight != b_weight)
		return a_weight > b_weight;
	if (lost(a->finding) != lost(b->finding))
		return lost(a->finding) > lost(b->finding);
	return a->history->number < b->history->number;
}

struct worst_entry worst_keep(const struct explained *explained)
{
	return (struct worst_entry){*explained->history, *explained->finding, *explained->reason};
}

struct explained worst_show(const struct worst_entry *entry)
{
	return (struct explained){&entry->history, &entry->finding, &entry->reason};
}

static bool is_worse(const struct worst_entry *a, const struct worst_entry *b)
{
	const struct explained shown_a = worst_show(a), shown_b = worst_show(b);

	return is_worse_than(&shown_a, &shown_b);
}

int worst_new(size_t room, struct worst *ret)
{
	*ret = (struct worst){.room = room};
	ret->entries = room ? calloc(room, sizeof(*ret->entries)) : NULL;
	return ret->entries || !room ? 0 : -ENOMEM;
}

void worst_free(struct worst *worst)
{
	free(worst->entries);
}

static void swap(struct worst *worst, size_t a, size_t b)
{
	struct worst_entry entry = worst->entries[a];

	worst->entries[a] = worst->entries[b];
	worst->entries[b] = entry;
}

static void rise(struct worst *worst, size_t at)
{
	while (at && is_worse(&worst->entries[(at - 1) / 2], &worst->entries[at])) {
		swap(worst, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void sink(struct worst *worst)
{
	for (size_t at = 0;;) {
		size_t best = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < worst->n; child++)
			if (is_worse(&worst->entries[best], &worst->entries[child]))
				best = child;
		if (best == at)
			return;
		swap(worst, at, best);
		at = best;
	}
}

static bool is_worse_than_the_best(const struct worst *worst, const struct explained *explained)
{
	const struct explained best = worst_show(&worst->entries[0]);

	return is_worse_than(explained, &best);
}

void worst_offer(struct worst *worst, const struct explained *explained)
{
	if (!worst->room || explain_is_in_order(explained->finding->causes[0]))
		return;
	if (worst->n < worst->room) {
		worst->entries[worst->n] = worst_keep(explained);
		rise(worst, worst->n++);
	} else if (is_worse_than_the_best(worst, explained)) {
		worst->entries[0] = worst_keep(explained);
		sink(worst);
	}
}

static int by_badness(const void *a, const void *b)
{
	return is_worse(a, b) ? -1 : 1;
}

void worst_sort(struct worst *worst)
{
	if (worst->n)
		qsort(worst->entries, worst->n, sizeof(*worst->entries), by_badness);
}
