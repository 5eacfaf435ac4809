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

static int list_grow(struct record_list *list, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	struct record *records = reallocarray(list->records, wanted, sizeof(*records));

	if (!records)
		return -ENOMEM;
	list->records = records;
	*capacity = wanted;
	return 0;
}

static int list_read(FILE *stream, struct record_list *list, struct record_complaint *ret_complaint)
{
	size_t capacity = 0;
	unsigned line = 0;

	for (;;) {
		int r;

		if (list->n == capacity && list_grow(list, &capacity) < 0)
			return list_complain(ret_complaint, ENOMEM);
		r = record_read(stream, &line, &list->records[list->n], ret_complaint);
		if (r <= 0)
			return r;
		list->n++;
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
	struct record *records;
	int r = record_list_load(path, &more, ret_complaint);

	if (r < 0)
		return r;
	records = reallocarray(list->records, list->n + more.n + 1, sizeof(*records));
	if (records) {
		memcpy(records + list->n, more.records, more.n * sizeof(*records));
		list->records = records;
		list->n += more.n;
	} else {
		r = list_complain(ret_complaint, ENOMEM);
	}
	record_list_free(&more);
	return r;
}

void record_list_free(struct record_list *list)
{
	free(list->records);
	*list = (struct record_list){.n = 0};
}
