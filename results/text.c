/* SPDX-License-Identifier: MIT */
/* Words, numbers and printable text. Must not know what any word means. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text_word word_at(const char *text)
{
	struct text_word word;

	word.start = text + strspn(text, " \t");
	word.length = strcspn(word.start, " \t");
	return word;
}

struct text_scan text_scan(const char *text)
{
	return (struct text_scan){.text = text, .word = word_at(text)};
}

void text_scan_next(struct text_scan *scan)
{
	scan->word = word_at(scan->word.start + scan->word.length);
}

size_t text_scan_at(const struct text_scan *scan)
{
	return (size_t)(scan->word.start - scan->text);
}

bool text_word_is(struct text_word word, const char *want)
{
	return word.length == strlen(want) && memcmp(word.start, want, word.length) == 0;
}

bool text_word_number(struct text_word word, int64_t *ret)
{
	bool is_negative = word.length > 0 && word.start[0] == '-';
	int64_t value = 0; /* kept negative: INT64_MIN has no positive twin */
	size_t i;

	if (word.length <= is_negative)
		return false;
	for (i = is_negative; i < word.length; i++) {
		if (word.start[i] < '0' || word.start[i] > '9' ||
			__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, word.start[i] - '0', &value))
			return false;
	}
	if (!is_negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*ret = value;
	return true;
}

bool text_word_copy(struct text_word word, char *buf, size_t size)
{
	if (word.length >= size)
		return false;
	memcpy(buf, word.start, word.length);
	buf[word.length] = '\0';
	return true;
}

bool text_take(struct text_scan *scan, const char *want)
{
	if (!text_word_is(scan->word, want))
		return false;
	text_scan_next(scan);
	return true;
}

bool text_take_number(struct text_scan *scan, int64_t *ret)
{
	if (!text_word_number(scan->word, ret))
		return false;
	text_scan_next(scan);
	return true;
}

void text_add(char *buf, size_t size, const char *format, ...)
{
	size_t used = strlen(buf);
	va_list arguments;

	va_start(arguments, format);
	if (used < size)
		vsnprintf(buf + used, size - used, format, arguments);
	va_end(arguments);
}

/* Bytes of the UTF-8 sequence at text, 0 if it is none (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *text, size_t length)
{
	static const struct {
		unsigned char first_min, first_max, second_min, second_max;
		size_t length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, k;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].first_min || text[0] > forms[i].first_max)
			continue;
		if (length < forms[i].length || text[1] < forms[i].second_min ||
			text[1] > forms[i].second_max)
			return 0;
		for (k = 2; k < forms[i].length; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

size_t text_bad_byte(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t at = 0;

	while (at < length) {
		size_t step = 1;

		if (bytes[at] >= 0x80)
			step = utf8_length(bytes + at, length - at);
		else if ((bytes[at] < 0x20 && bytes[at] != '\t') || bytes[at] == 0x7f)
			step = 0;
		if (step == 0)
			return at;
		at += step;
	}
	return length;
}

char *text_clean(const char *field, size_t size, char *buf)
{
	size_t length = strnlen(field, size - 1);
	size_t at = 0;

	while (length > 0 && (is_blank(field[0]) || field[0] == '\n')) {
		field++;
		length--;
	}
	memcpy(buf, field, length);
	while ((at += text_bad_byte(buf + at, length - at)) < length)
		buf[at] = buf[at] == '\n' ? ' ' : '?';
	while (length > 0 && is_blank(buf[length - 1]))
		length--;
	buf[length] = '\0';
	return buf;
}
