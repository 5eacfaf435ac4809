/* SPDX-License-Identifier: MIT */
/* Puts the page together. Must not know how it looks or works: that is page/. */
#include "matrix_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "page_data.h"
#include "page_files.h"
#include "text.h"

struct page {
	const struct grid *grid;
	const char *data; /* JSON */
	FILE *stream;
};

static void escaped_print(const char *field, FILE *stream)
{
	char text[RECORD_TEXT_SIZE];
	const char *at;

	for (at = text_clean(field, strlen(field) + 1, text); *at; at++) {
		switch (*at) {
		case '&': fputs("&amp;", stream); break;
		case '<': fputs("&lt;", stream); break;
		case '>': fputs("&gt;", stream); break;
		case '"': fputs("&quot;", stream); break;
		default: fputc(*at, stream);
		}
	}
}

static void style_print(const struct page *page)
{
	fputs(page_css, page->stream);
}

static void script_print(const struct page *page)
{
	fputs(page_js, page->stream);
}

/* Only strings can hold a '<': written so, no text can end the script element. */
static void data_print(const struct page *page)
{
	const char *at;

	for (at = page->data; *at; at++) {
		if (*at == '<')
			fputs("\\u003c", page->stream);
		else
			fputc(*at, page->stream);
	}
}

/* In the order of the summary's columns. */
static const enum verdict verdicts[] = {
	VERDICT_PASS, VERDICT_KNOWN, VERDICT_FAIL, VERDICT_BROKEN, VERDICT_SKIP, VERDICT_NONE};

enum { N_VERDICTS = sizeof(verdicts) / sizeof(verdicts[0]) };

static void count_print(const struct page *page, size_t count)
{
	if (count)
		fprintf(page->stream, "<td>%zu</td>", count);
	else
		fputs("<td></td>", page->stream);
}

static void summary_row_print(const struct page *page, size_t system)
{
	struct grid_summary summary = grid_summary(page->grid, system);
	size_t i;

	fputs("<tr><th scope=\"row\">", page->stream);
	escaped_print(page->grid->systems[system]->system, page->stream);
	fputs("</th>", page->stream);
	count_print(page, summary.n);
	for (i = 0; i < N_VERDICTS; i++)
		count_print(page, summary.counts[verdicts[i]]);
	count_print(page, summary.unstable);
	fputs("</tr>\n", page->stream);
}

static void summary_print(const struct page *page)
{
	size_t i;

	fputs("<table class=\"summary\"><thead><tr><th scope=\"col\">stack</th>"
	      "<th scope=\"col\">runs</th>",
		page->stream);
	for (i = 0; i < N_VERDICTS; i++)
		fprintf(page->stream, "<th scope=\"col\">%s</th>",
			verdicts[i] == VERDICT_NONE ? "not judged" : verdict_name(verdicts[i]));
	fputs("<th scope=\"col\">unstable</th></tr></thead><tbody>\n", page->stream);
	for (i = 0; i < page->grid->n_systems; i++)
		summary_row_print(page, i);
	fputs("</tbody></table>\n", page->stream);
}

static const struct {
	const char *mark;
	void (*print)(const struct page *page);
} parts[] = {
	{"{{style}}", style_print},
	{"{{summary}}", summary_print},
	{"{{data}}", data_print},
	{"{{script}}", script_print},
};

/* Prints the part whose mark stands there and returns the mark's length; 0: it is none. */
static size_t part_print(const struct page *page, const char *at)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strlen(parts[i].mark);

		if (strncmp(at, parts[i].mark, length) == 0) {
			parts[i].print(page);
			return length;
		}
	}
	return 0;
}

static void page_print(const struct page *page)
{
	const char *at = page_html;

	while (*at) {
		size_t length = *at == '{' ? part_print(page, at) : 0;

		if (!length)
			fputc(*at, page->stream);
		at += length ? length : 1;
	}
}

static int grid_print(const struct grid *grid, FILE *stream)
{
	json_t *object = page_data(grid);
	char *data = object ? json_dumps(object, JSON_COMPACT) : NULL;
	struct page page = {.grid = grid, .data = data, .stream = stream};

	json_decref(object);
	if (!data)
		return -ENOMEM;
	page_print(&page);
	free(data);
	return ferror(stream) ? -EIO : 0;
}

int matrix_html(const struct record_list *list, FILE *stream)
{
	struct grid grid;
	int r = grid_build(list, &grid);

	if (r < 0)
		return r;
	r = grid_print(&grid, stream);
	grid_free(&grid);
	return r;
}
