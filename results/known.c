/* SPDX-License-Identifier: MIT */
/* Reads the table of known divergences and finds a run's row in it. Knows how versions compare;
 * must not know what diverges, or judge. */
#include "known.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { VERSION_PARTS = 6, N_COLUMNS = 6 };

struct version {
	uint64_t parts[VERSION_PARTS];
	size_t n;
	bool is_pure; /* nothing but numbers and dots */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct version version_read(const char *text, size_t length)
{
	struct version version = {.n = 0};
	size_t at = 0;

	while (version.n < VERSION_PARTS && at < length && is_digit(text[at])) {
		uint64_t *part = &version.parts[version.n++];

		for (; at < length && is_digit(text[at]); at++)
			if (__builtin_mul_overflow(*part, 10, part) ||
				__builtin_add_overflow(*part, (uint64_t)(text[at] - '0'), part))
				return version;
		version.is_pure = at == length;
		if (at == length || text[at] != '.')
			break;
		at++;
	}
	return version;
}

/* Compares `n` parts; those that a version lacks are 0. */
static int version_compare(const struct version *a, const struct version *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a->parts[i] != b->parts[i])
			return a->parts[i] < b->parts[i] ? -1 : 1;
	return 0;
}

struct range {
	struct version low, high;
	bool has_low, has_high;
};

/* False where the column is neither a range nor a single version made of numbers. */
static bool range_read(const char *text, struct range *ret)
{
	const char *dots = strstr(text, "..");
	size_t low = dots ? (size_t)(dots - text) : strlen(text);
	const char *high = dots ? dots + 2 : text;

	ret->low = version_read(text, low);
	ret->high = version_read(high, strlen(high));
	ret->has_low = low > 0;
	ret->has_high = high[0] != '\0';
	if ((ret->has_low && !ret->low.is_pure) || (ret->has_high && !ret->high.is_pure))
		return false;
	if (ret->has_low && ret->has_high &&
		version_compare(&ret->low, &ret->high, ret->high.n) > 0)
		return false;
	return ret->has_low || ret->has_high;
}

static bool versions_are_valid(const char *versions)
{
	struct range range;

	return !strstr(versions, "..") || range_read(versions, &range);
}

bool known_holds_version(const char *versions, const char *text)
{
	struct version version = version_read(text, strlen(text));
	struct range range;

	if (strcmp(versions, "*") == 0 || strcmp(versions, text) == 0)
		return true;
	if (version.n == 0 || !range_read(versions, &range))
		return false;
	if (range.has_low && version_compare(&version, &range.low, VERSION_PARTS) < 0)
		return false;
	/* By prefix: what a version has behind the bound's last part does not lift it above. */
	return !range.has_high || version_compare(&version, &range.high, range.high.n) <= 0;
}

__attribute__((format(printf, 3, 4))) static int complain(
	struct record_complaint *ret, unsigned line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	ret->line = line;
	vsnprintf(ret->text, sizeof(ret->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static const struct {
	const char *name;
	size_t offset, size; /* size 0: the line number */
} columns[N_COLUMNS] = {
	{"case", offsetof(struct known, name), sizeof(((struct known *)0)->name)},
	{"variant", offsetof(struct known, variant), sizeof(((struct known *)0)->variant)},
	{"stack", offsetof(struct known, stack), sizeof(((struct known *)0)->stack)},
	{"versions", offsetof(struct known, versions), sizeof(((struct known *)0)->versions)},
	{"line", 0, 0},
	{"why", offsetof(struct known, why), sizeof(((struct known *)0)->why)},
};

static bool line_number_read(struct text_word field, unsigned *ret)
{
	int64_t number = 0;

	if (!text_word_is(field, "*") &&
		(!text_word_number(field, &number) || number < 1 || number > INT32_MAX))
		return false;
	*ret = (unsigned)number;
	return true;
}

static int column_read(struct text_word field, size_t column, struct known *row, unsigned line,
	struct record_complaint *ret)
{
	const char *name = columns[column].name;

	if (field.length == 0)
		return complain(ret, line, "want a text in column \"%s\", read nothing", name);
	if (columns[column].size == 0) {
		if (line_number_read(field, &row->line))
			return 0;
		return complain(ret, line, "want a line number or *, read \"%.*s\"",
			(int)(field.length < 48 ? field.length : 48), field.start);
	}
	if (text_word_copy(field, (char *)row + columns[column].offset, columns[column].size))
		return 0;
	return complain(ret, line, "want at most %zu bytes in column \"%s\", read %zu",
		columns[column].size - 1, name, field.length);
}

static int row_read(
	const char *text, unsigned line, struct known *ret_row, struct record_complaint *ret)
{
	struct known row = {.line = 0};
	size_t column;
	int r;

	for (column = 0; column < N_COLUMNS; column++) {
		struct text_word field = {.start = text, .length = strcspn(text, "\t")};
		bool is_last = text[field.length] == '\0';

		r = column_read(field, column, &row, line, ret);
		if (r < 0)
			return r;
		if (is_last != (column == N_COLUMNS - 1))
			return complain(ret, line,
				"want %d columns with tabs between them, read %s", N_COLUMNS,
				is_last ? "fewer" : "more");
		text += field.length + !is_last;
	}
	if (!versions_are_valid(row.versions))
		return complain(
			ret, line, "want versions as in 6.12..6.18, read \"%s\"", row.versions);
	*ret_row = row;
	return 0;
}

static int row_append(struct known_list *list, const struct known *row)
{
	struct known *rows = reallocarray(list->rows, list->n + 1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	rows[list->n] = *row;
	list->rows = rows;
	list->n++;
	return 0;
}

static int line_read(struct known_list *list, char *text, size_t length, unsigned line,
	struct record_complaint *ret)
{
	struct known row;
	size_t bad;
	int r;

	if (length && text[length - 1] == '\n')
		text[--length] = '\0';
	bad = text_bad_byte(text, length);
	if (bad < length)
		return complain(ret, line, "want text, read the byte 0x%02x in column %zu",
			(unsigned char)text[bad], bad + 1);
	if (length == 0 || text[0] == '#')
		return 0;
	r = row_read(text, line, &row, ret);
	if (r == 0 && row_append(list, &row) < 0) {
		complain(ret, 0, "%s", strerror(ENOMEM));
		r = -ENOMEM;
	}
	return r;
}

static int stream_read(FILE *stream, struct known_list *list, struct record_complaint *ret)
{
	unsigned line = 0;
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	int r = 0;

	while (r == 0 && (length = getline(&text, &size, stream)) >= 0)
		r = line_read(list, text, (size_t)length, ++line, ret);
	if (r == 0 && !feof(stream)) {
		r = -errno;
		complain(ret, 0, "%s", strerror(-r));
	}
	free(text);
	return r;
}

int known_load(const char *path, struct known_list *ret, struct record_complaint *ret_complaint)
{
	struct known_list list = {.n = 0};
	FILE *stream = fopen(path, "re");
	int r;

	if (!stream && errno != ENOENT) {
		r = -errno;
		complain(ret_complaint, 0, "%s", strerror(-r));
		return r;
	}
	r = stream ? stream_read(stream, &list, ret_complaint) : 0;
	if (stream)
		fclose(stream);
	if (r < 0) {
		known_free(&list);
		return r;
	}
	*ret = list;
	return 0;
}

void known_free(struct known_list *list)
{
	free(list->rows);
	*list = (struct known_list){.n = 0};
}

static bool row_holds(const struct known *row, const char *name, const char *variant,
	const char *stack, const char *version)
{
	return strcmp(row->name, name) == 0 && strcmp(row->stack, stack) == 0 &&
		(strcmp(row->variant, "*") == 0 || strcmp(row->variant, variant) == 0) &&
		known_holds_version(row->versions, version);
}

const struct known *known_find(
	const struct known_list *list, const char *name, const char *variant, const char *system)
{
	struct text_scan scan = text_scan(system);
	char stack[RECORD_SYSTEM_SIZE] = "", version[RECORD_SYSTEM_SIZE] = "";
	size_t i;

	if (!text_word_copy(scan.word, stack, sizeof(stack)))
		return NULL;
	text_scan_next(&scan);
	if (!text_word_copy(scan.word, version, sizeof(version)))
		return NULL;
	for (i = 0; i < list->n; i++)
		if (row_holds(&list->rows[i], name, variant, stack, version))
			return &list->rows[i];
	return NULL;
}
