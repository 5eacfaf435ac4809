/* SPDX-License-Identifier: MIT */
/* Reads stacks.conf: every error names file, line, column, what was read and what was wanted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stacks.h"

enum { LARGEST_FILE = 1024 * 1024, MAX_WORDS = 5, SHA256_HEX = STACK_DIGEST_SIZE - 1 };

struct piece {
	unsigned column; /* counted from 1 */
	int length;
	const char *text; /* in the file's text: no NUL behind it */
};

struct reader {
	struct text_place place;
	struct stack_list *list;
	struct piece pieces[MAX_WORDS];
	unsigned n_pieces;
};

static int refuse_file(struct complaint *complaint, const char *path, int error)
{
	return complaint_of_file(complaint, error, path, "cannot be read: %s", strerror(-error));
}

/* False where the word does not fit. */
static bool piece_copy(const struct piece *piece, char *buf, size_t size)
{
	if ((size_t)piece->length >= size)
		return false;
	memcpy(buf, piece->text, (size_t)piece->length);
	buf[piece->length] = '\0';
	return true;
}

static int shown(const struct piece *piece)
{
	return piece->length < 80 ? piece->length : 80;
}

static int take_word(struct reader *reader, const struct piece *piece, const struct word *words,
	const char *want, int64_t *ret)
{
	char text[32] = "";
	struct nearest nearest = {0};

	if (piece_copy(piece, text, sizeof(text)) && word_find(words, text, ret))
		return 0;
	for (; *text && words->name; words++)
		nearest_offer(&nearest, text, words->name);
	return text_refuse(&reader->place, piece->column, "read '%.*s', want %s%s", shown(piece),
		piece->text, want, nearest.hint);
}

static struct stack *last_stack(const struct reader *reader)
{
	return reader->list->n ? &reader->list->stacks[reader->list->n - 1] : NULL;
}

static const struct stack *find(const struct stack_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->stacks[i].name, name))
			return &list->stacks[i];
	return NULL;
}

/* A name is family-version, so that a record can say "family version machine". */
static bool name_is_valid(const char *name, enum stack_engine engine)
{
	const char *dash = strchr(name, '-');

	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.+-") != strlen(name))
		return false;
	return engine == ENGINE_HOST ? !dash : dash && dash > name && dash[1];
}

/* What a stanza must hold besides its first line is known once the next one begins. */
static int finish_stack(struct reader *reader)
{
	const struct stack *stack = last_stack(reader);
	struct text_place place = reader->place;

	if (!stack)
		return 0;
	for (size_t i = 0; i < stack->n_debs; i++)
		if (!stack->debs[i].sha256[0]) {
			place.line = stack->debs[i].line;
			return text_refuse(
				&place, 1, "want a line 'sha256 DIGEST BYTES' behind 'deb'");
		}
	place.line = stack->line;
	if (stack->n_debs == 0 && stack->engine != ENGINE_HOST)
		return text_refuse(&place, 1,
			"'%s' has no line 'deb PART PATH': what is it taken from?", stack->name);
	return 0;
}

static struct stack *add_stack(struct stack_list *list)
{
	struct stack *stacks = reallocarray(list->stacks, list->n + 1, sizeof(*stacks));

	if (!stacks)
		return NULL;
	list->stacks = stacks;
	stacks[list->n] = (struct stack){.n_debs = 0};
	return &stacks[list->n++];
}

static int take_stack(struct reader *reader)
{
	const struct piece *name = &reader->pieces[1];
	struct stack stack = {.line = reader->place.line};
	struct stack *added;
	int64_t engine, set;
	int r = finish_stack(reader);

	if (!r)
		r = take_word(reader, &reader->pieces[2], stack_engines,
			"host, qemu, uml, gvisor or lwip", &engine);
	if (!r)
		r = take_word(reader, &reader->pieces[3], stack_sets, "default or extra", &set);
	if (r)
		return r;
	if (!piece_copy(name, stack.name, sizeof(stack.name)) ||
		!name_is_valid(stack.name, (enum stack_engine)engine))
		return text_refuse(&reader->place, name->column,
			"read '%.*s', want a name as 'linux-6.1.176' (only the host's has no '-'), "
			"at most %d characters",
			shown(name), name->text, STACK_NAME_SIZE - 1);
	if (find(reader->list, stack.name))
		return text_refuse(&reader->place, name->column,
			"'%s' is there already, in line %u", stack.name,
			find(reader->list, stack.name)->line);
	stack.engine = (enum stack_engine)engine;
	stack.set = (enum stack_set)set;
	added = add_stack(reader->list);
	if (!added)
		return -ENOMEM;
	*added = stack;
	return 0;
}

/* Below the archive and not out of it; its last part tells package and version. */
static bool path_is_valid(const char *path)
{
	static const char marks[] = "+-.~";
	const char *file = strrchr(path, '/'), *bar = file ? strchr(file, '_') : NULL;
	size_t length = strlen(path);

	for (const char *at = path; *at; at++)
		if (!(*at >= 'a' && *at <= 'z') && !(*at >= 'A' && *at <= 'Z') &&
			!(*at >= '0' && *at <= '9') && !strchr(marks, *at) && *at != '_' &&
			*at != '/')
			return false;
	return !strncmp(path, "pool/", 5) && !strstr(path, "/.") && !strstr(path, "//") && bar &&
		bar > file + 1 && strchr(bar + 1, '_') && strchr(bar + 1, '_') > bar + 1 &&
		length > 4 && !strcmp(path + length - 4, ".deb");
}

static int take_deb(struct reader *reader)
{
	const struct piece *path = &reader->pieces[2];
	struct stack *stack = last_stack(reader);
	struct stack_deb deb = {.line = reader->place.line};
	int64_t part;
	int r;

	if (!stack || stack->engine == ENGINE_HOST)
		return text_refuse(&reader->place, 1,
			"want 'deb' below a line 'stack' that is not the host's");
	if (stack->n_debs && !stack->debs[stack->n_debs - 1].sha256[0])
		return finish_stack(reader);
	if (stack->n_debs == STACK_MAX_DEBS)
		return text_refuse(&reader->place, 1, "want at most %d lines 'deb' to a stack",
			STACK_MAX_DEBS);
	r = take_word(reader, &reader->pieces[1], stack_parts, "main or security", &part);
	if (r)
		return r;
	if (!piece_copy(path, deb.path, sizeof(deb.path)) || !path_is_valid(deb.path))
		return text_refuse(&reader->place, path->column,
			"read '%.*s', want a path as 'pool/main/.../PACKAGE_VERSION_amd64.deb'",
			shown(path), path->text);
	deb.part = (enum stack_part)part;
	stack->debs[stack->n_debs++] = deb;
	return 0;
}

static bool digest_is_valid(const struct piece *piece)
{
	for (int i = 0; i < piece->length; i++)
		if (!(piece->text[i] >= '0' && piece->text[i] <= '9') &&
			!(piece->text[i] >= 'a' && piece->text[i] <= 'f'))
			return false;
	return piece->length == SHA256_HEX;
}

static bool size_read(const struct piece *piece, uint64_t *ret)
{
	uint64_t size = 0;

	for (int i = 0; i < piece->length; i++) {
		if (piece->text[i] < '0' || piece->text[i] > '9')
			return false;
		size = size * 10 + (uint64_t)(piece->text[i] - '0');
	}
	*ret = size;
	return piece->length < 12 && piece->text[0] != '0';
}

static int take_digest(struct reader *reader)
{
	const struct piece *digest = &reader->pieces[1], *size = &reader->pieces[2];
	struct stack *stack = last_stack(reader);
	struct stack_deb *deb;

	if (!stack || stack->n_debs == 0 || stack->debs[stack->n_debs - 1].sha256[0])
		return text_refuse(&reader->place, 1,
			"want 'sha256' behind the line 'deb' that it belongs to");
	deb = &stack->debs[stack->n_debs - 1];
	if (!digest_is_valid(digest))
		return text_refuse(&reader->place, digest->column,
			"read '%.*s', want a SHA256: %d digits 0-9a-f", shown(digest), digest->text,
			SHA256_HEX);
	if (!size_read(size, &deb->size))
		return text_refuse(&reader->place, size->column,
			"read '%.*s', want the package's size in bytes", shown(size), size->text);
	piece_copy(digest, deb->sha256, sizeof(deb->sha256));
	return 0;
}

static const struct keyword {
	const char *word;
	const char *operands;
	unsigned n_operands;
	int (*take)(struct reader *reader);
} keywords[] = {
	{"stack", "NAME ENGINE SET", 3, take_stack},
	{"deb", "PART PATH", 2, take_deb},
	{"sha256", "DIGEST BYTES", 2, take_digest},
};

#define N_KEYWORDS (sizeof(keywords) / sizeof(*keywords))

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word more than any line takes is kept, to be refused. */
static void split(struct reader *reader, const char *text, size_t length)
{
	size_t at = 0;

	reader->n_pieces = 0;
	while (reader->n_pieces < MAX_WORDS) {
		struct piece *piece = &reader->pieces[reader->n_pieces];
		size_t start;

		while (at < length && is_blank(text[at]))
			at++;
		if (at == length)
			return;
		for (start = at; at < length && !is_blank(text[at]);)
			at++;
		*piece = (struct piece){(unsigned)start + 1, (int)(at - start), text + start};
		reader->n_pieces++;
	}
}

static int refuse_keyword(struct reader *reader)
{
	const struct piece *piece = &reader->pieces[0];
	struct nearest nearest = {0};
	char text[32];

	if (piece_copy(piece, text, sizeof(text)))
		for (size_t i = 0; i < N_KEYWORDS; i++)
			nearest_offer(&nearest, text, keywords[i].word);
	return text_refuse(&reader->place, piece->column,
		"read '%.*s', want stack, deb or sha256%s", shown(piece), piece->text,
		nearest.hint);
}

static int read_words(struct reader *reader)
{
	const struct piece *last = &reader->pieces[reader->n_pieces - 1];

	for (size_t i = 0; i < N_KEYWORDS; i++) {
		const struct keyword *keyword = &keywords[i];

		if ((size_t)reader->pieces[0].length != strlen(keyword->word) ||
			strncmp(reader->pieces[0].text, keyword->word, strlen(keyword->word)))
			continue;
		if (reader->n_pieces <= keyword->n_operands)
			return text_refuse(&reader->place, last->column + (unsigned)last->length,
				"want %s behind '%s', read fewer", keyword->operands,
				keyword->word);
		if (reader->n_pieces > keyword->n_operands + 1)
			return text_refuse(&reader->place,
				reader->pieces[keyword->n_operands + 1].column,
				"read more than '%s %s'", keyword->word, keyword->operands);
		return keyword->take(reader);
	}
	return refuse_keyword(reader);
}

static int read_line(struct reader *reader, const char *text, size_t length)
{
	split(reader, text, length);
	if (reader->n_pieces == 0 || reader->pieces[0].text[0] == '#')
		return 0;
	for (size_t i = 0; i < length; i++)
		if ((text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
			return text_refuse(&reader->place, (unsigned)i + 1,
				"want ASCII, read the byte 0x%02x", (unsigned char)text[i]);
	return read_words(reader);
}

int stacks_parse(const char *path, const char *text, size_t length, struct stack_list *ret,
	struct complaint *ret_complaint)
{
	struct stack_list list = {.n = 0};
	struct reader reader = {.place = {.file = path, .complaint = ret_complaint}, .list = &list};
	size_t at = 0;
	int r = 0;

	while (!r && at < length) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t n = end ? (size_t)(end - text) - at : length - at;

		reader.place.line++;
		r = read_line(&reader, text + at, n);
		at += n + 1;
	}
	if (!r)
		r = finish_stack(&reader);
	if (!r && list.n == 0) {
		reader.place.line = 0;
		r = text_refuse(&reader.place, 0, "names no stack");
	}
	if (r == -ENOMEM)
		refuse_file(ret_complaint, path, r);
	if (r) {
		stacks_free(&list);
		return r;
	}
	*ret = list;
	return 0;
}

int stacks_load(const char *path, struct stack_list *ret, struct complaint *ret_complaint)
{
	FILE *stream = fopen(path, "re");
	char *text = stream ? malloc(LARGEST_FILE + 1) : NULL;
	size_t length;
	int r = stream ? 0 : -errno;

	if (!r && !text)
		r = -ENOMEM;
	if (!r) {
		errno = 0;
		length = fread(text, 1, LARGEST_FILE + 1, stream);
		if (ferror(stream))
			r = errno ? -errno : -EIO;
		else if (length > LARGEST_FILE)
			r = -EFBIG;
	}
	r = r ? refuse_file(ret_complaint, path, r)
	      : stacks_parse(path, text, length, ret, ret_complaint);
	if (stream)
		fclose(stream);
	free(text);
	return r;
}
