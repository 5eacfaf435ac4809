/* SPDX-License-Identifier: MIT */
/* The one notation for what a call returned or should return. Must not know calls, cases or who was
 * right. */
#include "outcome.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "text.h"

enum { NAME_SIZE = 32 };

static void errno_add(int error, char *buf, size_t size)
{
	const char *name = errno_name(error);

	if (strcmp(name, "E?") == 0)
		text_add(buf, size, "E%d", error);
	else
		text_add(buf, size, "%s", name);
}

static void number_add(const struct outcome *outcome, char *buf, size_t size)
{
	text_add(buf, size, "%lld", (long long)outcome->number);
	if (outcome->is_range)
		text_add(buf, size, "..");
	if (outcome->is_range && outcome->number_max != INT64_MAX)
		text_add(buf, size, "%lld", (long long)outcome->number_max);
	if (outcome->has_second && !outcome->is_range)
		text_add(buf, size, " %lld", (long long)outcome->second);
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* The word as it may stand in a line: it can come from a page that a crashed process wrote to. */
static void word_copy(const char *word, char buf[OUTCOME_WORD_SIZE])
{
	size_t i;

	for (i = 0; i < OUTCOME_WORD_SIZE - 1 && word[i]; i++)
		buf[i] = is_word_byte(word[i]) ? word[i] : '_';
	buf[i] = '\0';
}

static void word_add(const struct outcome *outcome, char *buf, size_t size)
{
	char word[OUTCOME_WORD_SIZE];

	word_copy(outcome->word, word);
	text_add(buf, size, "%s", word[0] ? word : "?");
	if (outcome->has_number)
		text_add(buf, size, " %lld", (long long)outcome->number);
	if (outcome->error) {
		text_add(buf, size, " ");
		errno_add(outcome->error, buf, size);
	}
}

/* The header's bits, RFC 9293 3.1. */
enum { FLAG_PSH = 0x08, FLAG_ACK = 0x10, FLAGS_TOLD = 0x3f & ~FLAG_PSH };

/* In the order in which they are written. */
static const struct word segment_flags[] = {{"SYN", 0x02}, {"FIN", 0x01}, {"RST", 0x04},
	{"PSH", FLAG_PSH}, {"ACK", FLAG_ACK}, {"URG", 0x20}, {NULL, 0}};

char *segment_flags_print(uint8_t flags, char *buf, size_t size)
{
	buf[0] = '\0';
	for (const struct word *flag = segment_flags; flag->name; flag++)
		if (flags & flag->value)
			text_add(buf, size, "%s%s", buf[0] ? "," : "", flag->name);
	if (!buf[0])
		text_add(buf, size, "none");
	return buf;
}

static int64_t flag_find(const char *name, size_t length)
{
	for (const struct word *flag = segment_flags; flag->name; flag++)
		if (strlen(flag->name) == length && !memcmp(flag->name, name, length))
			return flag->value;
	return 0;
}

bool segment_flags_parse(const char *text, uint8_t *ret)
{
	uint8_t flags = 0;

	if (!strcmp(text, "none")) {
		*ret = 0;
		return true;
	}
	for (;; text++) {
		size_t length = strcspn(text, ",");
		int64_t flag = flag_find(text, length);

		if (!flag || flags & flag)
			return false;
		flags |= (uint8_t)flag;
		text += length;
		if (!*text)
			break;
	}
	*ret = flags;
	return true;
}

/* What a segment outcome says behind its flags, in this order. */
static const struct {
	const char *name;
	uint8_t given;
	size_t offset;
} segment_fields[] = {
	{"seq", OUTCOME_HAS_SEQ, offsetof(struct outcome, seq)},
	{"ack", OUTCOME_HAS_ACK, offsetof(struct outcome, ack)},
	{"win", OUTCOME_HAS_WIN, offsetof(struct outcome, win)},
};

#define N_SEGMENT_FIELDS (sizeof(segment_fields) / sizeof(*segment_fields))

static void segment_add(const struct outcome *outcome, char *buf, size_t size)
{
	char flags[32];

	if (outcome->flags != FLAG_ACK || !outcome->bytes)
		text_add(
			buf, size, "%s", segment_flags_print(outcome->flags, flags, sizeof(flags)));
	if (outcome->bytes)
		text_add(buf, size, "%sdata %lld", buf[0] ? " " : "", (long long)outcome->bytes);
	for (size_t i = 0; i < N_SEGMENT_FIELDS; i++)
		if (outcome->given & segment_fields[i].given)
			text_add(buf, size, " %s %lld", segment_fields[i].name,
				(long long)*(const int64_t *)((const char *)outcome +
					segment_fields[i].offset));
}

static void value_add(const struct outcome *outcome, char *buf, size_t size)
{
	char events[64];

	switch (outcome->kind) {
	case OUTCOME_NONE: text_add(buf, size, "?"); break;
	case OUTCOME_ANY: text_add(buf, size, "any"); break;
	case OUTCOME_NUMBER: number_add(outcome, buf, size); break;
	case OUTCOME_ERROR:
		text_add(buf, size, "-1 ");
		errno_add(outcome->error, buf, size);
		break;
	case OUTCOME_EVENTS:
		readiness_print(outcome->events, events, sizeof(events));
		text_add(buf, size, "%s", events[0] ? events : "0");
		break;
	case OUTCOME_WORD: word_add(outcome, buf, size); break;
	case OUTCOME_SEGMENT: segment_add(outcome, buf, size); break;
	}
}

char *outcome_print(const struct outcome *outcome, char *buf, size_t size)
{
	char signal[16];

	buf[0] = '\0';
	value_add(outcome, buf, size);
	if (outcome->signal)
		text_add(buf, size, " %s", signal_name(outcome->signal, signal, sizeof(signal)));
	if (outcome->is_spoilt)
		text_add(buf, size, " spoilt at %lld", (long long)outcome->spoilt_at);
	if (outcome->has_amount)
		text_add(buf, size, " (%lld bytes)", (long long)outcome->amount);
	return buf;
}

static bool take_errno(struct text_scan *scan, int32_t *ret)
{
	char name[NAME_SIZE];
	int error;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !errno_parse(name, &error))
		return false;
	text_scan_next(scan);
	*ret = error;
	return true;
}

static bool take_signal(struct text_scan *scan, int32_t *ret)
{
	char name[NAME_SIZE];
	int signal;

	if (!text_word_copy(scan->word, name, sizeof(name)) || !signal_parse(name, &signal))
		return false;
	text_scan_next(scan);
	*ret = signal;
	return true;
}

static bool take_range(struct text_scan *scan, struct outcome *ret)
{
	const char *dots = memmem(scan->word.start, scan->word.length, "..", 2);
	struct text_word low, high;

	if (!dots)
		return false;
	low = (struct text_word){scan->word.start, (size_t)(dots - scan->word.start)};
	high = (struct text_word){dots + 2, scan->word.length - low.length - 2};
	ret->number_max = INT64_MAX;
	if (!text_word_number(low, &ret->number) ||
		(high.length && !text_word_number(high, &ret->number_max)) ||
		ret->number_max < ret->number)
		return false;
	ret->kind = OUTCOME_NUMBER;
	ret->is_range = true;
	text_scan_next(scan);
	return true;
}

static bool take_number(struct text_scan *scan, struct outcome *ret)
{
	if (!text_take_number(scan, &ret->number))
		return false;
	ret->kind = OUTCOME_NUMBER;
	if (ret->number == -1 && take_errno(scan, &ret->error)) {
		ret->kind = OUTCOME_ERROR;
		ret->number = 0;
	} else {
		ret->has_second = text_take_number(scan, &ret->second);
	}
	return true;
}

static bool take_events(struct text_scan *scan, struct outcome *ret)
{
	char text[64];

	if (!text_word_copy(scan->word, text, sizeof(text)) || !readiness_parse(text, &ret->events))
		return false;
	ret->kind = OUTCOME_EVENTS;
	text_scan_next(scan);
	return true;
}

/* An errno may be a word: it is what SO_ERROR holds. A signal only comes with something. */
static bool take_word(struct text_scan *scan, struct outcome *ret)
{
	struct text_scan ahead = *scan;
	int32_t signal;
	size_t i;

	if (scan->word.length == 0 || !isalpha((unsigned char)scan->word.start[0]) ||
		take_signal(&ahead, &signal))
		return false;
	for (i = 0; i < scan->word.length; i++)
		if (!is_word_byte(scan->word.start[i]))
			return false;
	if (!text_word_copy(scan->word, ret->word, sizeof(ret->word)))
		return false;
	text_scan_next(scan);
	ret->kind = OUTCOME_WORD;
	ret->has_number = text_take_number(scan, &ret->number);
	take_errno(scan, &ret->error);
	return true;
}

static bool take_flags(struct text_scan *scan, struct outcome *ret)
{
	uint8_t flags;
	char name[NAME_SIZE];

	if (!text_word_copy(scan->word, name, sizeof(name)) || !strcmp(name, "none") ||
		!segment_flags_parse(name, &flags) || flags & FLAG_PSH)
		return false;
	ret->flags = flags;
	text_scan_next(scan);
	return true;
}

/* Flags, or `data 5`, or both. */
static bool take_segment_head(struct text_scan *scan, struct outcome *ret)
{
	bool has_flags = take_flags(scan, ret);

	if (!text_take(scan, "data"))
		return has_flags;
	if (!has_flags)
		ret->flags = FLAG_ACK;
	return text_take_number(scan, &ret->bytes) && ret->bytes > 0 &&
		(!has_flags || ret->flags != FLAG_ACK);
}

static bool begins_segment(const struct text_scan *scan)
{
	struct text_scan ahead = *scan;
	struct outcome unused;

	return text_word_is(scan->word, "data") || take_flags(&ahead, &unused);
}

static bool take_segment(struct text_scan *scan, struct outcome *ret)
{
	if (!take_segment_head(scan, ret))
		return false;
	ret->kind = OUTCOME_SEGMENT;
	for (size_t i = 0; i < N_SEGMENT_FIELDS; i++) {
		if (!text_take(scan, segment_fields[i].name))
			continue;
		ret->given |= segment_fields[i].given;
		if (!text_take_number(scan, (int64_t *)((char *)ret + segment_fields[i].offset)))
			return false;
	}
	return true;
}

static bool take_value(struct text_scan *scan, struct outcome *ret)
{
	if (text_take(scan, "?"))
		ret->kind = OUTCOME_NONE;
	else if (text_take(scan, "any"))
		ret->kind = OUTCOME_ANY;
	else if (begins_segment(scan))
		return take_segment(scan, ret);
	else
		return take_range(scan, ret) || take_number(scan, ret) || take_events(scan, ret) ||
			take_word(scan, ret);
	return true;
}

static bool take_spoilt(struct text_scan *scan, struct outcome *ret)
{
	if (!text_take(scan, "spoilt"))
		return true;
	ret->is_spoilt = true;
	return text_take(scan, "at") && text_take_number(scan, &ret->spoilt_at);
}

static bool take_amount(struct text_scan *scan, struct outcome *ret)
{
	struct text_word number = {scan->word.start + 1, scan->word.length - 1};

	if (scan->word.length == 0)
		return true;
	if (scan->word.start[0] != '(' || !text_word_number(number, &ret->amount))
		return false;
	ret->has_amount = true;
	text_scan_next(scan);
	return text_take(scan, "bytes)");
}

int outcome_parse(const char *text, struct outcome *ret, size_t *ret_at)
{
	struct text_scan scan = text_scan(text);
	struct outcome outcome = {.kind = OUTCOME_NONE};
	bool is_read = take_value(&scan, &outcome);

	if (is_read) {
		take_signal(&scan, &outcome.signal);
		is_read = take_spoilt(&scan, &outcome) && take_amount(&scan, &outcome) &&
			scan.word.length == 0;
	}
	if (!is_read) {
		*ret_at = text_scan_at(&scan);
		return -EINVAL;
	}
	*ret = outcome;
	return 0;
}

struct outcome outcome_number(int64_t number)
{
	return (struct outcome){.kind = OUTCOME_NUMBER, .number = number};
}

struct outcome outcome_error(int error)
{
	return (struct outcome){.kind = OUTCOME_ERROR, .error = error};
}

struct outcome outcome_events(uint32_t poll_bits)
{
	if (poll_bits == 0)
		return outcome_number(0);
	return (struct outcome){.kind = OUTCOME_EVENTS, .events = poll_bits};
}

struct outcome outcome_segment(uint8_t flags, int64_t bytes)
{
	return (struct outcome){
		.kind = OUTCOME_SEGMENT, .flags = (uint8_t)(flags & FLAGS_TOLD), .bytes = bytes};
}

struct outcome outcome_word(const char *word)
{
	struct outcome outcome = {.kind = OUTCOME_WORD};

	word_copy(word, outcome.word);
	if (!word[0])
		outcome.kind = OUTCOME_NONE;
	return outcome;
}
