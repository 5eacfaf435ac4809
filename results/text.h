/* SPDX-License-Identifier: MIT */
/* Reading and writing lines of words: what outcome, event, record and known have in common. Private
 * to results/. Knows blanks, words, numbers and printable text; knows nothing of what they mean. */
#ifndef LASTACK_RESULTS_TEXT_H
#define LASTACK_RESULTS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of somebody else's text. */
struct text_word {
	const char *start;
	size_t length; /* 0: there are no more words, start is the text's end */
};

/* Walks over the words of a text; `word` is the one that would be taken next. */
struct text_scan {
	const char *text;
	struct text_word word;
};

struct text_scan text_scan(const char *text);
void text_scan_next(struct text_scan *scan);
size_t text_scan_at(const struct text_scan *scan); /* offset of the current word */

bool text_word_is(struct text_word word, const char *want);
/* Decimal, an optional minus, nothing else; false on overflow. */
bool text_word_number(struct text_word word, int64_t *ret);
/* False, and buf untouched, when the word with its NUL does not fit. */
bool text_word_copy(struct text_word word, char *buf, size_t size);

/* Take the current word and go on if it is this; false and nothing moved otherwise. */
bool text_take(struct text_scan *scan, const char *want);
bool text_take_number(struct text_scan *scan, int64_t *ret);

/* Appends to the string in buf, cutting what does not fit. */
__attribute__((format(printf, 3, 4))) void text_add(
	char *buf, size_t size, const char *format, ...);

/* Offset of the first byte that may not stand in a line (a control character other than a tab, or
 * what is not UTF-8); `length` if there is none. */
size_t text_bad_byte(const char *text, size_t length);

/* Copies a field that may lack its NUL or hold anything (it stood in a shared page) to buf of the
 * same size as text that can be read back: no blanks at either end, no newline, every bad byte '?'.
 * Returns buf. */
char *text_clean(const char *field, size_t size, char *buf);

#endif
