/* SPDX-License-Identifier: MIT */
#include "record_line.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { QUOTE_LENGTH = 48 };

int line_want(struct record_line *line, const char *at, const char *want)
{
	struct record_complaint *complaint = line->complaint;
	size_t length = strlen(at);
	bool is_cut = length > QUOTE_LENGTH;

	if (is_cut)
		length = text_bad_byte(at, QUOTE_LENGTH);
	complaint->line = line->number;
	if (length == 0 && !is_cut)
		snprintf(complaint->text, sizeof(complaint->text),
			"want %s, read the end of the line", want);
	else
		snprintf(complaint->text, sizeof(complaint->text), "want %s, read \"%.*s%s\"", want,
			(int)length, at, is_cut ? "..." : "");
	return -EINVAL;
}

int line_refuse(struct record_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line->complaint->line = line->number;
	vsnprintf(line->complaint->text, sizeof(line->complaint->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

struct text_word line_rest(const struct text_scan *scan)
{
	struct text_word rest = {.start = scan->word.start, .length = strlen(scan->word.start)};

	while (rest.length && strchr(" \t", rest.start[rest.length - 1]))
		rest.length--;
	return rest;
}

int line_take(
	struct record_line *line, struct text_word word, const char *what, char *buf, size_t size)
{
	char want[64];

	if (word.length == 0)
		return line_want(line, word.start, what);
	if (text_word_copy(word, buf, size))
		return 0;
	snprintf(want, sizeof(want), "%s of at most %zu bytes", what, size - 1);
	return line_want(line, word.start, want);
}

int line_end(struct record_line *line, const struct text_scan *scan)
{
	return scan->word.length ? line_want(line, scan->word.start, "the end of the line") : 0;
}

static int stream_ended(struct record_line *line, size_t length)
{
	if (ferror(line->stream)) {
		line->number = 0;
		line_refuse(line, "%s", strerror(errno));
		return -EIO;
	}
	if (length) {
		line->number++;
		return line_refuse(line, "the file ends in the middle of this line");
	}
	return 0;
}

static int line_check(struct record_line *line, size_t length)
{
	size_t bad = text_bad_byte(line->text, length);

	line->text[length] = '\0';
	if (bad < length)
		return line_refuse(line, "want text, read the byte 0x%02x in column %zu",
			(unsigned char)line->text[bad], bad + 1);
	return 1;
}

int line_next(struct record_line *line)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(line->stream)) != '\n') {
		if (c == EOF)
			return stream_ended(line, length);
		if (length == LINE_SIZE - 1) {
			line->number++;
			return line_refuse(
				line, "a line longer than the %d bytes that fit", LINE_SIZE - 1);
		}
		line->text[length++] = (char)c;
	}
	line->number++;
	/* A terminal between a guest and us ends lines with CR LF. */
	if (length && line->text[length - 1] == '\r')
		length--;
	return line_check(line, length);
}
