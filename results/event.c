/* SPDX-License-Identifier: MIT */
/* The notation of telling events. Knows their words and which numbers a TCP/IP header can hold;
 * must not know segments, captures or who was right. */
#include "event.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const kind_names[] = {
	[EVENT_SYN] = "SYN",
	[EVENT_SYN_ACK] = "SYN,ACK",
	[EVENT_DATA] = "data",
	[EVENT_FIN] = "FIN",
	[EVENT_RST] = "RST",
	[EVENT_RST_ACK] = "RST,ACK",
};

static const char *const opts_names[] = {
	[EVENT_OPTS_NONE] = "none",
	[EVENT_OPTS_TS] = "ts",
	[EVENT_OPTS_OTHER] = "other",
};

/* In the order in which they stand in the text. */
static const struct {
	const char *name;
	enum event_field field;
	size_t offset;
	int64_t min, max;
	bool may_be_positive; /* ">0" is a want */
} numbers[] = {
	{"seq", EVENT_HAS_SEQ, offsetof(struct event, seq), INT64_MIN, INT64_MAX, false},
	{"ack", EVENT_HAS_ACK, offsetof(struct event, ack), INT64_MIN, INT64_MAX, false},
	{"win", EVENT_HAS_WIN, offsetof(struct event, win), 0, UINT16_MAX, true},
	{"ipid", EVENT_HAS_IPID, offsetof(struct event, ipid), 0, UINT16_MAX, true},
	{"ttl", EVENT_HAS_TTL, offsetof(struct event, ttl), 0, UINT8_MAX, false},
	{"tos", EVENT_HAS_TOS, offsetof(struct event, tos), 0, UINT8_MAX, false},
};

static void amount_add(const struct event *event, char *buf, size_t size)
{
	if (event->is_any_amount)
		text_add(buf, size, " any");
	else
		text_add(buf, size, " %s%lld", event->is_about ? "~" : "", (long long)event->bytes);
}

static void numbers_add(const struct event *event, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i < N_OF(numbers); i++) {
		int64_t value;

		if (!(event->given & numbers[i].field))
			continue;
		memcpy(&value, (const char *)event + numbers[i].offset, sizeof(value));
		if (numbers[i].may_be_positive && value == EVENT_POSITIVE)
			text_add(buf, size, " %s >0", numbers[i].name);
		else
			text_add(buf, size, " %s %lld", numbers[i].name, (long long)value);
	}
}

char *event_print(const struct event *event, char *buf, size_t size)
{
	bool is_kind = (size_t)event->kind < N_OF(kind_names);

	buf[0] = '\0';
	text_add(buf, size, "%s %s", side_name(event->side),
		is_kind ? kind_names[event->kind] : "?");
	if (event->kind == EVENT_DATA)
		amount_add(event, buf, size);
	if (event->kind == EVENT_FIN && event->given & EVENT_HAS_CARRIES)
		text_add(buf, size, event->with_data ? " with data" : " alone");
	numbers_add(event, buf, size);
	if (event->given & EVENT_HAS_OPTS && (size_t)event->opts < N_OF(opts_names))
		text_add(buf, size, " opts %s", opts_names[event->opts]);
	return buf;
}

static bool take_side(struct text_scan *scan, struct event *ret)
{
	char name[16];

	if (!text_word_copy(scan->word, name, sizeof(name)) || !side_parse(name, &ret->side) ||
		!side_is_end(ret->side))
		return false;
	text_scan_next(scan);
	return true;
}

static bool take_name(struct text_scan *scan, const char *const *names, size_t n, size_t *ret)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (text_take(scan, names[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool take_kind(struct text_scan *scan, struct event *ret)
{
	size_t kind;

	if (!take_name(scan, kind_names, N_OF(kind_names), &kind))
		return false;
	ret->kind = (enum event_kind)kind;
	return true;
}

static bool take_amount(struct text_scan *scan, struct event *ret)
{
	struct text_word number = scan->word;

	if (ret->kind != EVENT_DATA)
		return true;
	ret->is_any_amount = text_take(scan, "any");
	if (ret->is_any_amount)
		return true;
	ret->is_about = number.length > 0 && number.start[0] == '~';
	number.start += ret->is_about;
	number.length -= ret->is_about;
	if (!text_word_number(number, &ret->bytes) || ret->bytes < 0)
		return false;
	text_scan_next(scan);
	return true;
}

static bool take_carries(struct text_scan *scan, struct event *ret)
{
	if (ret->kind != EVENT_FIN)
		return true;
	if (text_take(scan, "with")) {
		ret->with_data = true;
		ret->given |= EVENT_HAS_CARRIES;
		return text_take(scan, "data");
	}
	if (text_take(scan, "alone"))
		ret->given |= EVENT_HAS_CARRIES;
	return true;
}

static bool take_numbers(struct text_scan *scan, struct event *ret)
{
	size_t i;

	for (i = 0; i < N_OF(numbers); i++) {
		int64_t value = EVENT_POSITIVE;

		if (!text_take(scan, numbers[i].name))
			continue;
		if (!numbers[i].may_be_positive || !text_take(scan, ">0")) {
			if (!text_word_number(scan->word, &value) || value < numbers[i].min ||
				value > numbers[i].max)
				return false;
			text_scan_next(scan);
		}
		memcpy((char *)ret + numbers[i].offset, &value, sizeof(value));
		ret->given |= numbers[i].field;
	}
	return true;
}

static bool take_opts(struct text_scan *scan, struct event *ret)
{
	size_t opts;

	if (!text_take(scan, "opts"))
		return true;
	if (!take_name(scan, opts_names, N_OF(opts_names), &opts))
		return false;
	ret->opts = (enum event_opts)opts;
	ret->given |= EVENT_HAS_OPTS;
	return true;
}

int event_parse(const char *text, struct event *ret, size_t *ret_at)
{
	struct text_scan scan = text_scan(text);
	struct event event = {.given = 0};

	if (!take_side(&scan, &event) || !take_kind(&scan, &event) || !take_amount(&scan, &event) ||
		!take_carries(&scan, &event) || !take_numbers(&scan, &event) ||
		!take_opts(&scan, &event) || scan.word.length) {
		*ret_at = text_scan_at(&scan);
		return -EINVAL;
	}
	*ret = event;
	return 0;
}
