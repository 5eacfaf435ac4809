/* SPDX-License-Identifier: MIT */
/* Which parts a program needs. */
#include "emit_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SECTIONS 160
#define MOST_GATHERED 64
#define HEAD "//// "

struct section {
	char *names; /* blank-separated */
	char *text; /* with its fillings */
	bool is_needed;
};

struct selection {
	const struct emit_parts *parts;
	struct section sections[MOST_SECTIONS];
	unsigned n;
	char *gathered[MOST_GATHERED];
	unsigned n_gathered;
};

static const char *find_filling(const struct emit_parts *parts, const char *name, size_t length)
{
	for (const struct emit_filling *filling = parts->fillings; filling->name; filling++)
		if (strlen(filling->name) == length && !strncmp(filling->name, name, length))
			return filling->text;
	return NULL;
}

/* The filling that `at` is the first @ of; *ret_end is behind its second one. */
static const char *filling_at(const struct emit_parts *parts, const char *at, const char **ret_end)
{
	size_t length = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	if (!length || at[1 + length] != '@')
		return NULL;
	*ret_end = at + length + 2;
	return find_filling(parts, at + 1, length);
}

static void fill_line(const struct emit_parts *parts, const char *line, size_t length, FILE *out)
{
	const char *end = line + length, *behind, *filling;

	if (*line == '@' && (filling = filling_at(parts, line, &behind)) && behind == end) {
		if (*filling)
			fprintf(out, "%s\n", filling);
		return;
	}
	while (line < end) {
		filling = *line == '@' ? filling_at(parts, line, &behind) : NULL;
		if (filling)
			fputs(filling, out);
		else
			fputc(*line, out);
		line = filling ? behind : line + 1;
	}
	fputc('\n', out);
}

static int fill_section(
	const struct emit_parts *parts, struct section *section, const char *text, const char *end)
{
	size_t size;
	FILE *out = open_memstream(&section->text, &size);

	if (!out)
		return -ENOMEM;
	while (text < end) {
		size_t length = strcspn(text, "\n");

		fill_line(parts, text, length, out);
		text += length + 1;
	}
	return fclose(out) ? -ENOMEM : 0;
}

static int read_sections(struct selection *selection)
{
	const char *at = selection->parts->text;
	int r = 0;

	while (!r && at && selection->n < MOST_SECTIONS) {
		struct section *section = &selection->sections[selection->n++];
		const char *end = strchr(at, '\n'), *next = strstr(at, "\n" HEAD);

		section->names = strndup(at + strlen(HEAD), (size_t)(end - at) - strlen(HEAD));
		r = section->names ? fill_section(selection->parts, section, end + 1,
					     next ? next + 1 : at + strlen(at))
				   : -ENOMEM;
		at = next ? next + 1 : NULL;
	}
	return r;
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether `name` stands at `at`, where a word begins. */
static bool stands_at(const char *at, const char *name, size_t length)
{
	char last = name[length - 1];

	if (last == '*')
		return !strncmp(at, name, length - 1);
	if (strncmp(at, name, length))
		return false;
	return !is_letter(last) || !is_letter(at[length]);
}

static int need(struct selection *selection, struct section *section);

static int need_word(struct selection *selection, const char *at)
{
	int r = 0;

	for (unsigned i = 0; !r && i < selection->n; i++) {
		struct section *section = &selection->sections[i];

		for (const char *name = section->names; !section->is_needed && *name;) {
			size_t length = strcspn(name, " ");

			if (stands_at(at, name, length))
				r = need(selection, section);
			name += length + (name[length] == ' ');
		}
	}
	return r;
}

/* Behind the literal or comment that begins here; `at` itself if none does. */
static const char *skip(const struct selection *selection, const char *at)
{
	const char *comment = selection->parts->comment;
	char quote = *at;

	if (!strncmp(at, comment, strlen(comment)))
		return at + strcspn(at, "\n");
	if (!strncmp(at, "/*", 2)) {
		const char *end = strstr(at, "*/");

		return end ? end + 2 : at + strlen(at);
	}
	if (quote != '"' && quote != '\'')
		return at;
	for (at++; *at && *at != quote; at++)
		at += *at == '\\' && at[1];
	return *at ? at + 1 : at;
}

static int scan(struct selection *selection, const char *text)
{
	const char *at = text;
	int r = 0;

	while (!r && *at) {
		const char *behind = skip(selection, at);

		if (behind != at) {
			at = behind;
			continue;
		}
		if (is_letter(*at)) {
			r = need_word(selection, at);
			while (is_letter(*at))
				at++;
			continue;
		}
		at++;
	}
	return r;
}

static bool is_gathered(const struct selection *selection, const char *line)
{
	for (unsigned i = 0; i < 2; i++) {
		const char *begin = selection->parts->gathers[i];

		if (begin && !strncmp(line, begin, strlen(begin)))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int gather(struct selection *selection, const char *line)
{
	char *copy = strndup(line, strcspn(line, "\n"));

	if (!copy || selection->n_gathered == MOST_GATHERED) {
		free(copy);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < selection->n_gathered; i++)
		if (!strcmp(selection->gathered[i], copy)) {
			free(copy);
			return 0;
		}
	selection->gathered[selection->n_gathered++] = copy;
	return 0;
}

static int need(struct selection *selection, struct section *section)
{
	const char *line = section->text;
	int r = 0;

	section->is_needed = true;
	for (; !r && *line; line += strcspn(line, "\n") + 1)
		if (is_gathered(selection, line))
			r = gather(selection, line);
	return r ? r : scan(selection, section->text);
}

static bool has_code(const struct selection *selection, const struct section *section)
{
	for (const char *line = section->text; *line; line += strcspn(line, "\n") + 1)
		if (*line != '\n' && !is_gathered(selection, line))
			return true;
	return false;
}

static void write_section(
	const struct selection *selection, const struct section *section, FILE *out)
{
	if (!has_code(selection, section))
		return;
	for (const char *line = section->text; *line; line += strcspn(line, "\n") + 1)
		if (!is_gathered(selection, line))
			fprintf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
}

int emit_parts_write(const struct emit_parts *parts, const char *body, FILE *top, FILE *middle)
{
	struct selection selection = {.parts = parts};
	int r = read_sections(&selection);

	if (!r)
		r = scan(&selection, body);
	qsort(selection.gathered, selection.n_gathered, sizeof(char *), compare);
	for (unsigned i = 0; i < selection.n_gathered; i++) {
		if (!r)
			fprintf(top, "%s\n", selection.gathered[i]);
		free(selection.gathered[i]);
	}
	for (unsigned i = 0; i < selection.n; i++) {
		if (!r && selection.sections[i].is_needed)
			write_section(&selection, &selection.sections[i], middle);
		free(selection.sections[i].names);
		free(selection.sections[i].text);
	}
	return r;
}
