/* SPDX-License-Identifier: MIT */
/* Shows how two lists of records differ, signature line by signature line. Must not know what was
 * wanted. */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "signature.h"

struct lines {
	char *text; /* the lines, each with a NUL instead of its newline */
	const char **line;
	size_t n;
};

static int lines_of(const struct record *record, const struct unseen *unseen, struct lines *ret)
{
	struct lines lines = {.text = signature_text_without(record, unseen)};
	char *at, *next;

	if (!lines.text)
		return -ENOMEM;
	lines.line = calloc(strlen(lines.text) + 1, sizeof(*lines.line));
	if (!lines.line) {
		free(lines.text);
		return -ENOMEM;
	}
	for (at = lines.text; (next = strchr(at, '\n')); at = next + 1) {
		*next = '\0';
		lines.line[lines.n++] = at;
	}
	*ret = lines;
	return 0;
}

static void lines_free(struct lines *lines)
{
	free(lines->text);
	free(lines->line);
}

/* table[i][j]: the length of the longest common subsequence of a's lines from i and b's from j. */
static size_t *common_table(const struct lines *a, const struct lines *b)
{
	size_t width = b->n + 1;
	size_t *table = calloc((a->n + 1) * width, sizeof(*table));
	size_t i, j;

	if (!table)
		return NULL;
	for (i = a->n; i-- > 0;) {
		for (j = b->n; j-- > 0;) {
			size_t down = table[(i + 1) * width + j], right = table[i * width + j + 1];

			if (strcmp(a->line[i], b->line[j]) == 0)
				table[i * width + j] = table[(i + 1) * width + j + 1] + 1;
			else
				table[i * width + j] = down > right ? down : right;
		}
	}
	return table;
}

static void changes_print(
	const struct lines *a, const struct lines *b, const size_t *table, FILE *stream)
{
	size_t width = b->n + 1;
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		if (i < a->n && j < b->n && strcmp(a->line[i], b->line[j]) == 0) {
			i++;
			j++;
		} else if (j == b->n ||
			(i < a->n && table[(i + 1) * width + j] >= table[i * width + j + 1])) {
			fprintf(stream, "- %s\n", a->line[i++]);
		} else {
			fprintf(stream, "+ %s\n", b->line[j++]);
		}
	}
}

static bool lines_equal(const struct lines *a, const struct lines *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return false;
	return a->n == b->n;
}

static int lines_compare(const struct lines *a, const struct lines *b, FILE *stream)
{
	size_t *table = common_table(a, b);

	if (!table)
		return -ENOMEM;
	changes_print(a, b, table, stream);
	free(table);
	return 0;
}

/* What a comparison works on. */
struct comparison {
	const struct diff_options *options;
	FILE *stream;
	struct diff_count count;
};

/* A difference may be the machine's doing: a run that was late says little of its stack. */
static void lateness_print(const struct record *record, const char *which, FILE *stream)
{
	const char *runs = record->again == 1 ? "run" : "runs";

	if (record->late_ms && record->again)
		fprintf(stream, "%s: the machine was late by %u ms, and in %u %s before\n", which,
			record->late_ms, record->again, runs);
	else if (record->late_ms)
		fprintf(stream, "%s: the machine was late by %u ms\n", which, record->late_ms);
	else if (record->again)
		fprintf(stream, "%s: in time, but the machine was late in %u %s before\n", which,
			record->again, runs);
}

static int run_show(struct comparison *comparison, const struct record *a,
	const struct lines *lines_a, const struct record *b, const struct lines *lines_b)
{
	int r;

	comparison->count.different++;
	comparison->count.late += a->late_ms || b->late_ms;
	fprintf(comparison->stream, "%s %s\n", a->name, a->variant);
	lateness_print(a, "a", comparison->stream);
	lateness_print(b, "b", comparison->stream);
	r = lines_compare(lines_a, lines_b, comparison->stream);
	if (!r && comparison->options->detail)
		comparison->options->detail(a, b, comparison->stream);
	return r;
}

static int run_compare(
	struct comparison *comparison, const struct record *a, const struct record *b)
{
	struct unseen unseen = unseen_of_both(&a->unseen, &b->unseen);
	struct lines lines_a, lines_b;
	int r = lines_of(a, &unseen, &lines_a);

	if (r < 0)
		return r;
	r = lines_of(b, &unseen, &lines_b);
	if (r == 0) {
		if (lines_equal(&lines_a, &lines_b))
			comparison->count.same++;
		else
			r = run_show(comparison, a, &lines_a, b, &lines_b);
		lines_free(&lines_b);
	}
	lines_free(&lines_a);
	return r;
}

/* The first run of that name and variant which is not yet taken; list->n if there is none. */
static size_t partner_find(
	const struct record_list *list, const bool *taken, const struct record *run)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!taken[i] && strcmp(list->records[i]->name, run->name) == 0 &&
			strcmp(list->records[i]->variant, run->variant) == 0)
			break;
	return i;
}

static int pairs_compare(const struct record_list *a, const struct record_list *b, bool *taken_a,
	bool *taken_b, struct comparison *comparison)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		size_t j = partner_find(b, taken_b, a->records[i]);
		int r;

		if (j == b->n)
			continue;
		taken_a[i] = taken_b[j] = true;
		if (comparison->options->only_both &&
			(!signature_exists(a->records[i]) || !signature_exists(b->records[j])))
			continue;
		r = run_compare(comparison, a->records[i], b->records[j]);
		if (r < 0)
			return r;
	}
	return 0;
}

static size_t only_print(
	const struct record_list *list, const bool *taken, const char *which, FILE *stream)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (taken[i])
			continue;
		fprintf(stream, "only in %s: %s %s\n", which, list->records[i]->name,
			list->records[i]->variant);
		n++;
	}
	return n;
}

static void summary_print(const struct comparison *comparison)
{
	const struct diff_count *count = &comparison->count;

	fprintf(comparison->stream, "%zu same, %zu different", count->same, count->different);
	if (count->late)
		fprintf(comparison->stream, " (%zu of them late)", count->late);
	if (!comparison->options->only_both)
		fprintf(comparison->stream, ", %zu only in a, %zu only in b", count->only_a,
			count->only_b);
	fputc('\n', comparison->stream);
}

int diff_print(const struct record_list *a, const struct record_list *b,
	const struct diff_options *options, FILE *stream, struct diff_count *ret_count)
{
	struct comparison comparison = {.options = options, .stream = stream};
	bool *taken = calloc(a->n + b->n + 1, sizeof(*taken));
	int r;

	if (!taken)
		return -ENOMEM;
	r = pairs_compare(a, b, taken, taken + a->n, &comparison);
	if (r == 0 && !options->only_both) {
		comparison.count.only_a = only_print(a, taken, "a", stream);
		comparison.count.only_b = only_print(b, taken + a->n, "b", stream);
	}
	if (r == 0) {
		summary_print(&comparison);
		r = ferror(stream) ? -EIO : 0;
	}
	free(taken);
	if (r == 0)
		*ret_count = comparison.count;
	return r;
}
