/* SPDX-License-Identifier: MIT */
/* Reads and prints what the raw peer sends and takes. A table of `name=value` words serves both. */
#include "peer_words.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "segment.h"

enum { DATA_FLAGS = SEGMENT_PSH | SEGMENT_ACK, LARGEST_DATA = 65000 };

static const struct word errors[] = {{"unreachable", ERROR_UNREACHABLE}, {"too-big", ERROR_TOO_BIG},
	{"quench", ERROR_QUENCH}, {"redirect", ERROR_REDIRECT}, {"exceeded", ERROR_EXCEEDED},
	{"parameter", ERROR_PARAMETER}, {NULL, 0}};
static const struct word opts[] = {{"ts", SEGMENT_OPTS_TS}, {"sack", SEGMENT_OPTS_SACK}, {NULL, 0}};
static const struct word sums[] = {{"bad", 1}, {NULL, 0}};

enum value_kind { VALUE_SEQ, VALUE_ACK, VALUE_NUMBER, VALUE_SIGNED, VALUE_BITS, VALUE_WORD };

/* In the order in which they are printed. */
static const struct key {
	const char *name;
	enum segment_order_given given;
	unsigned kinds; /* 1 << enum operand_kind that take it */
	enum value_kind value;
	int64_t min, max;
	size_t offset, size; /* of the member */
	const struct word *words;
	const char *want, *help;
} keys[] = {
#define OF_SEGMENT (1u << OPERAND_SEGMENT)
#define OF_ERROR (1u << OPERAND_ERROR)
#define OF_ARRIVAL (1u << OPERAND_ARRIVAL)
#define MEMBER(m) offsetof(struct segment_order, m), sizeof(((struct segment_order *)0)->m)
	{"seq", SEGMENT_ORDER_SEQ, OF_SEGMENT | OF_ERROR, VALUE_SEQ, 0, 0, MEMBER(seq), NULL,
		"seq=+0, seq=-1, seq=edge or seq=7",
		"where it lies: signed, from the next number that the kernel should expect; unsigned, from the "
		"initial sequence number (the first byte is 1); `edge`, from the right edge of the window that the "
		"kernel advertised last. A segment without `seq` is in its place and moves that on; one with it, "
		"and a reset, never does. Of an ICMP error: the number that it quotes, from the oldest that is not "
		"acknowledged"},
	{"ack", SEGMENT_ORDER_ACK, OF_SEGMENT, VALUE_ACK, 0, 0, MEMBER(ack), NULL,
		"ack=+0, ack=-1 or ack=7",
		"what it acknowledges if it has ACK: signed, from all that came (+0 if not said); unsigned, from the "
		"kernel's initial sequence number"},
	{"win", SEGMENT_ORDER_WIN, OF_SEGMENT, VALUE_NUMBER, 0, 65535, MEMBER(win), NULL,
		"win=0..65535", "the window (65535 if not said)"},
	{"opts", SEGMENT_ORDER_OPTS, OF_SEGMENT, VALUE_BITS, 0, 0, MEMBER(opts), opts,
		"opts=ts, opts=sack, opts=ts|sack or opts=none",
		"options of a SYN beside the MSS of 1460: timestamps, which every segment then has if the kernel "
		"offers them, too; SACK permitted. Of any segment: none, nor the timestamps that were agreed on"},
	{"ts", SEGMENT_ORDER_TS, OF_SEGMENT, VALUE_SIGNED, INT32_MIN, INT32_MAX, MEMBER(ts), NULL,
		"ts=-1000",
		"its timestamp, in ticks from the peer's clock, which makes one with each segment"},
	{"sum", SEGMENT_ORDER_SUM, OF_SEGMENT, VALUE_WORD, 0, 0, MEMBER(is_corrupt), sums,
		"sum=bad", "a wrong checksum"},
	{"mtu", SEGMENT_ORDER_MTU, OF_ERROR, VALUE_NUMBER, 0, 65535, MEMBER(mtu), NULL, "mtu=600",
		"what a `too-big` names (576, of IPv6 1280 if not said)"},
	{"from", SEGMENT_ORDER_FROM, OF_SEGMENT | OF_ERROR | OF_ARRIVAL, VALUE_NUMBER, 0,
		CASE_PORTS - 1, MEMBER(from), NULL, "from=0..3",
		"another of the run's ports than the peer's usual one: a connection of its own"},
	{"to", SEGMENT_ORDER_TO, OF_SEGMENT | OF_ERROR, VALUE_NUMBER, 0, CASE_PORTS - 1, MEMBER(to),
		NULL, "to=0..3",
		"another of the run's ports than the one that is connected to or listens"},
};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

static int64_t member_get(const struct segment_order *order, const struct key *key)
{
	const char *at = (const char *)order + key->offset;

	switch (key->size) {
	case sizeof(uint8_t): return *(const uint8_t *)at;
	case sizeof(uint16_t): return *(const uint16_t *)at;
	default: return *(const int32_t *)at;
	}
}

static void member_set(struct segment_order *order, const struct key *key, int64_t value)
{
	char *at = (char *)order + key->offset;

	switch (key->size) {
	case sizeof(uint8_t): *(uint8_t *)at = (uint8_t)value; return;
	case sizeof(uint16_t): *(uint16_t *)at = (uint16_t)value; return;
	default: *(int32_t *)at = (int32_t)value; return;
	}
}

/* Canonical: no leading zeros or plus but the sign that tells an offset. */
static bool is_plain(const char *text)
{
	return text[0] >= '0' && text[0] <= '9' && (text[0] != '0' || !text[1]);
}

static bool is_signed(const char *text)
{
	return (*text == '+' || *text == '-') && is_plain(text + 1) && strcmp(text, "-0");
}

static bool parse_place(const char *text, bool may_be_edge, struct segment_place *ret)
{
	struct segment_place place = {.base = PLACE_INITIAL};
	bool is_edge = may_be_edge && !strncmp(text, "edge", 4);

	text += is_edge ? 4 : 0;
	if (is_edge)
		place.base = PLACE_EDGE;
	else if (is_signed(text))
		place.base = PLACE_NEXT;
	*ret = place;
	if (is_edge && !*text)
		return true;
	if (place.base == PLACE_INITIAL ? !is_plain(text) : !is_signed(text))
		return false;
	return parse_number(text, -(int64_t)UINT32_MAX, UINT32_MAX, &ret->offset) &&
		!(is_edge && !ret->offset);
}

static void print_place(const struct segment_place *place, char *buf, size_t size)
{
	const char *edge = place->base == PLACE_EDGE ? "edge" : "";

	if (place->base == PLACE_INITIAL)
		snprintf(buf, size, "%lld", (long long)place->offset);
	else if (place->base == PLACE_EDGE && !place->offset)
		snprintf(buf, size, "edge");
	else
		snprintf(buf, size, "%s%+lld", edge, (long long)place->offset);
}

static bool parse_value(const struct key *key, const char *text, struct segment_order *ret)
{
	int64_t value = 0;
	bool good = false;

	switch (key->value) {
	case VALUE_SEQ: return parse_place(text, true, &ret->seq);
	case VALUE_ACK: return parse_place(text, false, &ret->ack);
	case VALUE_NUMBER:
		good = is_plain(text) && parse_number(text, key->min, key->max, &value);
		break;
	case VALUE_SIGNED:
		good = is_signed(text) && parse_number(text, key->min, key->max, &value);
		break;
	case VALUE_BITS: good = words_parse(key->words, text, &value); break;
	case VALUE_WORD: good = word_find(key->words, text, &value); break;
	}
	if (good)
		member_set(ret, key, value);
	return good;
}

static void print_value(
	const struct key *key, const struct segment_order *order, char *buf, size_t size)
{
	switch (key->value) {
	case VALUE_SEQ: print_place(&order->seq, buf, size); return;
	case VALUE_ACK: print_place(&order->ack, buf, size); return;
	case VALUE_NUMBER: snprintf(buf, size, "%lld", (long long)member_get(order, key)); return;
	case VALUE_SIGNED: snprintf(buf, size, "%+lld", (long long)member_get(order, key)); return;
	case VALUE_BITS: words_print(key->words, member_get(order, key), buf, size); return;
	case VALUE_WORD:
		snprintf(buf, size, "%s", word_name(key->words, member_get(order, key)));
		return;
	}
}

static int refuse_key(struct parser *parser, unsigned at, enum operand_kind kind)
{
	struct nearest nearest = {0};
	char want[160] = "", name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(parser->tokens[at].text, "="),
		parser->tokens[at].text);
	for (unsigned i = 0; i < N_KEYS; i++) {
		size_t length = strlen(want);

		if (!(keys[i].kinds & 1u << kind))
			continue;
		nearest_offer(&nearest, name, keys[i].name);
		snprintf(want + length, sizeof(want) - length, "%s%s=", length ? ", " : "",
			keys[i].name);
	}
	return parse_refuse_word(parser, &parser->tokens[at], want, &nearest);
}

/* The `name=value` words, each at most once and in the order of the table. */
static int parse_keys(struct parser *parser, enum operand_kind kind, unsigned at, unsigned last,
	struct segment_order *ret)
{
	unsigned next = 0;

	for (; at < last; at++) {
		const struct token *token = &parser->tokens[at];
		size_t length = strcspn(token->text, "=");
		unsigned i = 0;

		while (i < N_KEYS &&
			(strlen(keys[i].name) != length ||
				memcmp(keys[i].name, token->text, length) || !token->text[length] ||
				!(keys[i].kinds & 1u << kind)))
			i++;
		if (i == N_KEYS)
			return refuse_key(parser, at, kind);
		if (i < next)
			return parse_refuse(parser, token->column,
				"read '%.40s' %s, want seq, ack, win, opts, ts, sum, mtu, from, to "
				"in this order",
				token->text,
				ret->given & keys[i].given ? "a second time" : "too late");
		if (!parse_value(&keys[i], token->text + length + 1, ret))
			return parse_refuse_word(parser, token, keys[i].want, NULL);
		ret->given |= (uint16_t)keys[i].given;
		next = i + 1;
	}
	return 0;
}

static int parse_bytes(struct parser *parser, unsigned at, unsigned last, struct segment_order *ret)
{
	int64_t bytes;

	if (at >= last || !is_plain(parser->tokens[at].text) ||
		!parse_number(parser->tokens[at].text, 1, LARGEST_DATA, &bytes))
		return parse_refuse(parser, parser->tokens[at < last ? at : at - 1].column,
			"want a number of bytes behind 'data', 1..%d", LARGEST_DATA);
	ret->bytes = (uint32_t)bytes;
	return 0;
}

static int parse_segment(
	struct parser *parser, unsigned at, unsigned last, struct segment_order *ret)
{
	bool has_flags = at < last && strcmp(parser->tokens[at].text, "data");
	char canonical[32];
	int r;

	ret->flags = DATA_FLAGS;
	if (has_flags &&
		(!segment_flags_parse(parser->tokens[at].text, &ret->flags) ||
			strcmp(segment_flags_print(ret->flags, canonical, sizeof(canonical)),
				parser->tokens[at].text)))
		return parse_refuse_word(parser, &parser->tokens[at],
			"SYN, FIN, RST, PSH, ACK, URG joined by ',' in this order, 'none' or 'data N'",
			NULL);
	at += has_flags;
	if (at < last && !strcmp(parser->tokens[at].text, "data")) {
		if (has_flags && ret->flags == DATA_FLAGS)
			return parse_refuse_word(
				parser, &parser->tokens[at - 1], "'data N' alone", NULL);
		if ((r = parse_bytes(parser, at + 1, last, ret)))
			return r;
		at += 2;
	}
	return parse_keys(parser, OPERAND_SEGMENT, at, last, ret);
}

static int parse_error(struct parser *parser, unsigned at, unsigned last, struct segment_order *ret)
{
	int64_t error, code;

	if (!word_find(errors, parser->tokens[at].text, &error))
		return parse_refuse_word(parser, &parser->tokens[at],
			"unreachable, too-big, quench, redirect, exceeded or parameter", NULL);
	ret->error = (uint8_t)error;
	at++;
	if (at < last && is_plain(parser->tokens[at].text)) {
		if (!parse_number(parser->tokens[at].text, 1, 255, &code))
			return parse_refuse_word(
				parser, &parser->tokens[at], "a code 1..255, or none for 0", NULL);
		ret->code = (uint8_t)code;
		at++;
	}
	return parse_keys(parser, OPERAND_ERROR, at, last, ret);
}

static int parse_arrival(
	struct parser *parser, unsigned at, unsigned last, struct segment_order *ret)
{
	ret->now = at < last && !strcmp(parser->tokens[at].text, "now");
	at += ret->now;
	ret->again = at < last && !strcmp(parser->tokens[at].text, "again");
	at += ret->again;
	return parse_keys(parser, OPERAND_ARRIVAL, at, last, ret);
}

int peer_words_parse(struct parser *parser, const struct verb *verb, unsigned at, unsigned last,
	struct segment_order *ret)
{
	enum operand_kind kind = verb->operands[0].kind;

	memset(ret, 0, sizeof(*ret));
	if (at == last && !verb->operands[0].is_optional)
		return parse_refuse(parser, parser->tokens[at - 1].column + 1,
			"want %s behind '%s', as in: %s", verb->operands[0].name, verb->name,
			verb->example);
	switch (kind) {
	case OPERAND_SEGMENT: return parse_segment(parser, at, last, ret);
	case OPERAND_ERROR: return parse_error(parser, at, last, ret);
	default: return parse_arrival(parser, at, last, ret);
	}
}

static void append(char *buf, size_t size, const char *text)
{
	size_t length = strlen(buf);

	snprintf(buf + length, size - length, "%s%s", length ? " " : "", text);
}

static void print_head(
	enum operand_kind kind, const struct segment_order *order, char *buf, size_t size)
{
	char text[32];

	if (kind == OPERAND_ARRIVAL) {
		snprintf(buf, size, "%s%s%s", order->now ? "now" : "",
			order->now && order->again ? " " : "", order->again ? "again" : "");
		return;
	}
	if (kind == OPERAND_ERROR) {
		append(buf, size, word_name(errors, order->error));
		snprintf(text, sizeof(text), "%u", order->code);
		if (order->code)
			append(buf, size, text);
		return;
	}
	if (!order->bytes || order->flags != DATA_FLAGS)
		append(buf, size, segment_flags_print(order->flags, text, sizeof(text)));
	snprintf(text, sizeof(text), "data %u", order->bytes);
	if (order->bytes)
		append(buf, size, text);
}

void peer_words_print(
	enum operand_kind kind, const struct segment_order *order, char *buf, size_t size)
{
	buf[0] = 0;
	print_head(kind, order, buf, size);
	for (unsigned i = 0; i < N_KEYS; i++) {
		char value[32], word[48];

		if (!(keys[i].kinds & 1u << kind) || !(order->given & keys[i].given))
			continue;
		print_value(&keys[i], order, value, sizeof(value));
		snprintf(word, sizeof(word), "%s=%s", keys[i].name, value);
		append(buf, size, word);
	}
}

void peer_words_document(FILE *stream)
{
	fprintf(stream,
		"## The raw peer\n\n"
		"`peer` is an end of TCP connections without a TCP: it sends what the case says and answers nothing by\n"
		"itself. It takes the place of the side that has no step, the client's or the server's; `start connected`\n"
		"makes the handshake with it. What it sends stands in its steps, so `wire` lists only what the kernel sent,\n"
		"and its side has no state.\n\n"
		"- `peer > FLAGS [data N] [NAME=VALUE ...]` sends a segment: FLAGS are SYN, FIN, RST, PSH, ACK, URG joined\n"
		"  by commas in this order, or `none`; `data N` alone is PSH,ACK with N bytes of its stream. With URG\n"
		"  the last byte of the data is the urgent one.\n"
		"- `peer icmp ERROR [CODE] [NAME=VALUE ...]` sends an ICMP (or ICMPv6) error: unreachable, too-big, quench,\n"
		"  redirect, exceeded or parameter.\n"
		"- `peer < [now] [again] [from=PORT]` takes the next segment that came: its flags without PSH, `data N`,\n"
		"  and as far as the case asks `seq N`, `ack N` (from the initial sequence numbers) and `win N`. With\n"
		"  `again` the next retransmission. A reset with <SEQ=0>, in answer to a segment without ACK, has no `seq`.\n\n"
		"| name | says |\n|---|---|\n");
	for (unsigned i = 0; i < N_KEYS; i++) {
		fputs("| `", stream);
		for (const char *at = keys[i].want; *at; at++)
			fprintf(stream, "%s%c", *at == '|' ? "\\" : "", *at);
		fprintf(stream, "` | %s |\n", keys[i].help);
	}
}
