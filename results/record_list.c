/* SPDX-License-Identifier: MIT */
/* What a record file holds. Knows files; leaves the text to record_read(). */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int list_complain(struct record_complaint *ret, int error)
{
	ret->line = 0;
	snprintf(ret->text, sizeof(ret->text), "%s", strerror(error));
	return -error;
}

static int list_grow(struct record_list *list, size_t more)
{
	size_t room = list->room ? list->room : 16;
	struct record **records;

	while (room < list->n + more)
		room *= 2;
	if (room == list->room)
		return 0;
	records = reallocarray(list->records, room, sizeof(*records));
	if (!records)
		return -ENOMEM;
	list->records = records;
	list->room = room;
	return 0;
}

int record_list_add(struct record_list *list, const struct record *record)
{
	struct record *copy = list_grow(list, 1) ? NULL : record_trim(record);

	if (!copy)
		return -ENOMEM;
	list->records[list->n++] = copy;
	return 0;
}

int record_list_take(struct record_list *list, struct record_list *other)
{
	if (list_grow(list, other->n))
		return -ENOMEM;
	for (size_t i = 0; i < other->n; i++)
		list->records[list->n++] = other->records[i];
	list->is_whole = other->is_whole;
	free(other->records);
	*other = (struct record_list){.n = 0};
	return 0;
}

int record_list_begin(struct record_list *ret, size_t n)
{
	*ret = (struct record_list){.n = n, .room = n + 1};
	ret->records = calloc(ret->room, sizeof(*ret->records));
	if (!ret->records)
		ret->n = ret->room = 0;
	return ret->records ? 0 : -ENOMEM;
}

int record_list_put(struct record_list *list, size_t i, const struct record *record)
{
	struct record *copy = record_trim(record);

	if (!copy)
		return -ENOMEM;
	free(list->records[i]);
	list->records[i] = copy;
	return 0;
}

static int list_read(FILE *stream, struct record_list *list, struct record_complaint *ret_complaint)
{
	size_t ended = 0, end;
	bool was_cut_off = false; /* streams may have been written one behind the other */
	struct record record;
	unsigned line = 0;
	int r;

	for (;;) {
		end = SIZE_MAX;
		r = record_read_to(stream, &line, &record, &end, ret_complaint);
		if (end != SIZE_MAX) {
			was_cut_off |= end != list->n - ended;
			ended = list->n;
		}
		list->is_whole = !was_cut_off && end != SIZE_MAX;
		if (r <= 0)
			return r;
		if (record_list_add(list, &record))
			return list_complain(ret_complaint, ENOMEM);
	}
}

int record_list_load(
	const char *path, struct record_list *ret, struct record_complaint *ret_complaint)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *stream = is_stdin ? stdin : fopen(path, "re");
	struct record_list list = {.n = 0};
	int r;

	if (!stream)
		return list_complain(ret_complaint, errno);
	r = list_read(stream, &list, ret_complaint);
	if (!is_stdin)
		fclose(stream);
	if (r < 0) {
		record_list_free(&list);
		return r;
	}
	*ret = list;
	return 0;
}

int record_list_load_more(
	const char *path, struct record_list *list, struct record_complaint *ret_complaint)
{
	struct record_list more = {.n = 0};
	int r = record_list_load(path, &more, ret_complaint);

	if (r < 0)
		return r;
	if (record_list_take(list, &more))
		r = list_complain(ret_complaint, ENOMEM);
	record_list_free(&more);
	return r;
}

void record_list_free(struct record_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->records[i]);
	free(list->records);
	*list = (struct record_list){.n = 0};
}
