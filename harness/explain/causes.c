/* SPDX-License-Identifier: MIT */
/* Reads cases/causes.txt. Every error names file, line, column, what was read and what was wanted.
 */
#include "causes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "symptom.h"
#include "symptom_call.h"
#include "vocabulary.h"

#define CAUSES_FILE "causes.txt"
#define TEXT_COLUMN 10 /* where a line's text begins */

/* How a line's text is cut into items, and whether a block must have some. */
static const struct field_form {
	const char *word;
	const char *between; /* what stands between two items; NULL: the text is one */
	bool is_wanted, is_single;
} forms[CAUSE_FIELDS] = {
	[FIELD_SAYS] = {"says", NULL, true, true},
	[FIELD_BRIEF] = {"brief", NULL, false, true},
	[FIELD_TELL] = {"tell", NULL, true, false},
	[FIELD_FIX] = {"fix", NULL, true, false},
	[FIELD_CASE] = {"case", " ", true, false},
	[FIELD_ERRORS] = {"errors", ",", false, false},
	[FIELD_ALSO] = {"also", ",", false, false},
	[FIELD_ELSEWHERE] = {"elsewhere", ",", false, false},
	[FIELD_HEARD] = {"heard", ",", false, false},
	[FIELD_MIB] = {"mib", " ", false, false},
	[FIELD_REASON] = {"reason", " ", false, false},
	[FIELD_SEEN] = {"seen", " ", false, false},
	[FIELD_BUGS] = {"bugs", " ", false, false},
	[FIELD_MEASURED] = {"measured", " ", false, false},
};

struct reader {
	struct text_place place;
	struct cause_list *list;
};

const char *causes_path(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/" CAUSES_FILE, catalog_directory());
	return path;
}

static struct cause_block *last_block(const struct reader *reader)
{
	return reader->list->n ? &reader->list->blocks[reader->list->n - 1] : NULL;
}

/* What a block must hold is known once the next one begins. */
static int finish_block(struct reader *reader)
{
	const struct cause_block *block = last_block(reader);
	struct text_place place = reader->place;

	if (!block)
		return 0;
	place.line = block->line;
	for (unsigned i = 0; i < CAUSE_FIELDS; i++)
		if (forms[i].is_wanted && !block->fields[i].n)
			return text_refuse(
				&place, 1, "'%s' has no line '%s'", block->name, forms[i].word);
	if (!block->fields[FIELD_ERRORS].n && !block->fields[FIELD_ALSO].n)
		return text_refuse(&place, 1, "'%s' has neither 'errors' nor 'also'", block->name);
	return 0;
}

static int add_item(struct cause_list_of_words *list, const char *item)
{
	const char **items = reallocarray(list->items, list->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n++] = item;
	return 0;
}

static int add_block(struct reader *reader, char *name)
{
	struct cause_block *blocks;
	int r = finish_block(reader);

	if (r)
		return r;
	if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
		return text_refuse(&reader->place, TEXT_COLUMN + 1,
			"read '%.40s', want a name as 'unread-data'", name);
	if (causes_find(reader->list, name))
		return text_refuse(&reader->place, TEXT_COLUMN + 1,
			"'%s' is there already, in line %u", name,
			causes_find(reader->list, name)->line);
	blocks = reallocarray(reader->list->blocks, reader->list->n + 1, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	reader->list->blocks = blocks;
	blocks[reader->list->n++] = (struct cause_block){.name = name, .line = reader->place.line};
	return 0;
}

bool cause_split_error(const char *error, char *call, size_t size, const char **ret_outcome)
{
	size_t length = strcspn(error, " ");

	if (!length || length >= size || !error[length] || strchr(error + length + 1, ' '))
		return false;
	snprintf(call, size, "%.*s", (int)length, error);
	*ret_outcome = error + length + 1;
	return symptom_is_call(call) && symptom_is_outcome(*ret_outcome);
}

static int check_item(struct reader *reader, enum cause_field field, const char *item)
{
	const char *outcome;
	char call[32];

	if (field != FIELD_ERRORS && field != FIELD_ALSO && field != FIELD_ELSEWHERE)
		return 0;
	if (cause_split_error(item, call, sizeof(call), &outcome))
		return 0;
	return text_refuse(&reader->place, TEXT_COLUMN,
		"read '%.60s', want a call and what it says: 'recv ECONNRESET', 'recv EOF', "
		"'none CLOSE-WAIT'",
		item);
}

/* Cuts the text in place. */
static int add_items(
	struct reader *reader, enum cause_field field, struct cause_list_of_words *list, char *text)
{
	int r = 0;

	if (!forms[field].between)
		return add_item(list, text);
	for (char *item, *rest = text; !r && (item = strsep(&rest, forms[field].between));) {
		item += strspn(item, " ");
		if (!*item)
			continue;
		r = check_item(reader, field, item);
		if (!r)
			r = add_item(list, item);
	}
	return r;
}

static int refuse_word(struct reader *reader, const char *word)
{
	struct nearest nearest = {0};

	nearest_offer(&nearest, word, "cause");
	for (unsigned i = 0; i < CAUSE_FIELDS; i++)
		nearest_offer(&nearest, word, forms[i].word);
	return text_refuse(&reader->place, 1,
		"read '%.40s', want cause, says, tell, fix, case, errors ...%s", word,
		nearest.hint);
}

static int read_field(struct reader *reader, const char *word, char *text)
{
	struct cause_block *block = last_block(reader);

	for (unsigned i = 0; i < CAUSE_FIELDS; i++) {
		if (strcmp(forms[i].word, word))
			continue;
		if (!block)
			return text_refuse(
				&reader->place, 1, "want '%s' below a line 'cause NAME'", word);
		if (forms[i].is_single && block->fields[i].n)
			return text_refuse(&reader->place, 1, "'%s' says '%s' a second time",
				block->name, word);
		return add_items(reader, (enum cause_field)i, &block->fields[i], text);
	}
	return refuse_word(reader, word);
}

static int read_line(struct reader *reader, char *line)
{
	size_t length = strlen(line), word = strcspn(line, " ");
	char *text;

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return text_refuse(&reader->place, (unsigned)i + 1,
				"want text, read the byte 0x%02x", (unsigned char)line[i]);
	while (length && line[length - 1] == ' ')
		line[--length] = 0;
	if (!length || line[0] == '#')
		return 0;
	text = line + word + strspn(line + word, " ");
	line[word] = 0;
	if (!*text)
		return text_refuse(
			&reader->place, (unsigned)word + 1, "read nothing behind '%s'", line);
	if (!strcmp(line, "cause"))
		return add_block(reader, text);
	if (!strcmp(line, "beyond"))
		return add_items(reader, FIELD_BUGS, &reader->list->beyond, text);
	return read_field(reader, line, text);
}

int causes_parse(const char *path, const char *text, size_t length, struct cause_list *ret,
	struct complaint *ret_complaint)
{
	struct cause_list list = {.text = strndup(text, length)};
	struct reader reader = {.place = {.file = path, .complaint = ret_complaint}, .list = &list};
	int r = list.text ? 0 : -ENOMEM;

	if (!r && strlen(list.text) != length)
		r = text_refuse(&reader.place, 0, "want text, read the byte 0x00");
	for (char *line, *rest = list.text; !r && (line = strsep(&rest, "\n"));) {
		reader.place.line++;
		r = read_line(&reader, line);
	}
	if (!r)
		r = finish_block(&reader);
	reader.place.line = 0;
	if (!r && !list.n)
		r = text_refuse(&reader.place, 0, "names no cause");
	if (r)
		causes_free(&list);
	else
		*ret = list;
	return r;
}

int causes_load(const char *path, struct cause_list *ret, struct complaint *ret_complaint)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t length = 0;
	int r = stream ? 0 : -errno;

	if (!r) {
		errno = 0;
		length = getdelim(&text, &size, 0, stream);
		if (length < 0 && errno)
			r = -errno;
	}
	if (r)
		complaint_of_file(ret_complaint, r, path,
			"cannot be read: %s; LASTACK_CASES names another folder", strerror(-r));
	else
		r = causes_parse(path, text ? text : "", length > 0 ? (size_t)length : 0, ret,
			ret_complaint);
	if (stream)
		fclose(stream);
	free(text);
	return r;
}

void causes_free(struct cause_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (unsigned field = 0; field < CAUSE_FIELDS; field++)
			free(list->blocks[i].fields[field].items);
	free(list->blocks);
	free(list->beyond.items);
	free(list->text);
	*list = (struct cause_list){.n = 0};
}

const struct cause_block *causes_find(const struct cause_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->blocks[i].name, name))
			return &list->blocks[i];
	return NULL;
}

bool cause_has(const struct cause_block *block, enum cause_field field, const char *word)
{
	for (size_t i = 0; i < block->fields[field].n; i++)
		if (!strcmp(block->fields[field].items[i], word))
			return true;
	return false;
}
