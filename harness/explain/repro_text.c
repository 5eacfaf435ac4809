/* SPDX-License-Identifier: MIT */
/* Prints causes and symptoms. */
#include "repro_text.h"

#include <stdio.h>
#include <string.h>

#include "labelled.h"

#define NEAREST 3
#define COLUMN 26

void repro_print_list(const struct cause_list *causes)
{
	size_t width = labelled_width();

	for (size_t i = 0; i < causes->n; i++)
		labelled_row(causes->blocks[i].name, COLUMN,
			causes->blocks[i].fields[FIELD_SAYS].items[0], width);
}

void repro_print_symptom(const struct symptom *symptom)
{
	char text[128];

	for (size_t i = 0; i < symptom->n; i++)
		printf("%s%s", i ? "; " : "understood: ",
			fact_print(&symptom->facts[i], text, sizeof(text)));
	printf("\n\n");
}

static void print_sentences(
	const struct cause_block *cause, enum cause_field field, const char *label, size_t width)
{
	for (size_t i = 0; i < cause->fields[field].n; i++)
		labelled_print(label, cause->fields[field].items[i], width);
}

static void print_words(
	const struct cause_block *cause, enum cause_field field, const char *label, size_t width)
{
	char text[2048] = "";
	size_t at = 0;

	for (size_t i = 0; i < cause->fields[field].n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "",
			cause->fields[field].items[i]);
	if (*text)
		labelled_print(label, text, width);
}

void repro_print_cause(unsigned number, const struct cause_block *cause, const char *shown)
{
	size_t width = labelled_width();

	if (number)
		printf("%u. ", number);
	printf("%s\n", cause->name);
	print_sentences(cause, FIELD_SAYS, "what", width);
	print_sentences(cause, FIELD_TELL, "tell", width);
	print_sentences(cause, FIELD_FIX, "fix", width);
	print_words(cause, FIELD_CASE, "cases", width);
	print_words(cause, FIELD_SEEN, "seen", width);
	if (shown)
		labelled_print("shown", shown, width);
	putchar('\n');
}

void repro_print_others(const struct candidate *candidates, size_t from, size_t n)
{
	char text[2048] = "";
	size_t at = 0;

	if (from >= n)
		return;
	for (size_t i = from; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%s ", candidates[i].cause->name);
	if (at < sizeof(text))
		snprintf(text + at, sizeof(text) - at, "(`lastack repro NAME`, or -n %zu)", n);
	labelled_row("less likely: ", strlen("less likely: "), text, labelled_width());
}

void repro_refuse(const char *text)
{
	const char *near[NEAREST];
	size_t n = symptom_nearest(text, near, NEAREST);

	fprintf(stderr, "lastack repro: '%.200s' says nothing that is known here", text);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s'%s'", i ? ", " : "; near are ", near[i]);
	fprintf(stderr,
		"\n  want an errno, a log line, a state, a counter or reset reason, a cause (lastack "
		"repro) or a case (lastack list)\n");
}
