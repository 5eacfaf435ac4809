/* SPDX-License-Identifier: MIT */
/* Reads what a case wants beside its outcomes: wire, mib, state and reason lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static int parse_wire(struct parser *parser, const char *text)
{
	struct case_line *line = parse_add_line(parser, LINE_WIRE, NULL);
	size_t offset = parser->tokens[1].column - 1, at = 0;

	if (!line)
		return -ENOMEM;
	parser->test_case->has_wire = true;
	if (parser->n_tokens == 2 && !strcmp(parser->tokens[1].text, "nothing")) {
		line->is_nothing = true;
		return 0;
	}
	if (event_parse(text + offset, &line->event, &at))
		return parse_refuse(parser, (unsigned)(offset + at) + 1,
			"read '%.60s', want a telling event: "
			"client|server SYN|SYN,ACK|data N|FIN|RST|RST,ACK [with data|alone] [seq N] [ack N] [win N] "
			"[ipid N] [ttl N] [tos N] [opts ts|none], or: nothing",
			text + offset + at);
	return 0;
}

static int parse_mib(struct parser *parser, const char *text)
{
	struct case_line *line = parse_add_line(parser, LINE_MIB, NULL);
	struct nearest nearest = {0};
	char *end;

	if (!line)
		return -ENOMEM;
	parser->test_case->has_mib = true;
	if (parser->n_tokens == 2 && !strcmp(parser->tokens[1].text, "nothing")) {
		line->is_nothing = true;
		return 0;
	}
	if (!counter_parse(parser->tokens[1].text, &line->counter)) {
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			nearest_offer(
				&nearest, parser->tokens[1].text, counter_name((enum counter)i));
		return parse_refuse_word(
			parser, &parser->tokens[1], "a kernel counter or: nothing", &nearest);
	}
	if (line->counter == COUNTER_OUT_RSTS && !parser->test_case->script.needs_link)
		return parse_refuse(parser, parser->tokens[1].column,
			"read 'OutRsts', which is listed with 'needs veth' only: without, it is always compared "
			"with the resets on the wire");
	if (parser->n_tokens != 3 || parser->tokens[2].text[0] != '+')
		return parse_refuse(parser, (unsigned)strlen(text) + 1,
			"want the counter's increase, as in '+1'");
	line->delta = strtoll(parser->tokens[2].text + 1, &end, 10);
	if (*end || end == parser->tokens[2].text + 1 || line->delta < 1 || line->delta > 1000000)
		return parse_refuse_word(
			parser, &parser->tokens[2], "an increase from +1 to +1000000", NULL);
	return 0;
}

static int parse_state(struct parser *parser, const char *text)
{
	struct case_line *line = parse_add_line(parser, LINE_STATE, NULL);
	struct nearest nearest = {0};
	int64_t value;

	if (!line)
		return -ENOMEM;
	if (!side_parse(parser->tokens[1].text, &line->side) || !side_is_end(line->side))
		return parse_refuse_word(parser, &parser->tokens[1], "client or server", NULL);
	if (parser->n_tokens != 3)
		return parse_refuse(parser, (unsigned)strlen(text) + 1,
			"want one state, as in 'TIME-WAIT' or 'none'");
	if (!word_find(states, parser->tokens[2].text, &value)) {
		for (const struct word *word = states; word->name; word++)
			nearest_offer(&nearest, parser->tokens[2].text, word->name);
		return parse_refuse_word(
			parser, &parser->tokens[2], "a state of RFC 9293 3.3.2, or none", &nearest);
	}
	snprintf(line->state, sizeof(line->state), "%.*s", (int)sizeof(line->state) - 1,
		parser->tokens[2].text);
	return 0;
}

/* The names are the kernel's own and grow in number: no table of them here. */
static int parse_reason(struct parser *parser, const char *text)
{
	struct case_line *line = parse_add_line(parser, LINE_REASON, NULL);
	const char *name;

	if (!line)
		return -ENOMEM;
	if (!parser->test_case->script.asks_reasons)
		return parse_refuse(parser, 1,
			"read 'reason' without the header 'needs tracefs': want it, so that the "
			"kernel is asked for its reasons");
	parser->test_case->has_reasons = true;
	if (parser->n_tokens == 2 && !strcmp(parser->tokens[1].text, "nothing")) {
		line->is_nothing = true;
		return 0;
	}
	if (!side_parse(parser->tokens[1].text, &line->side) || line->side == SIDE_LISTENER)
		return parse_refuse_word(
			parser, &parser->tokens[1], "client, server or nothing", NULL);
	if (parser->n_tokens != 3)
		return parse_refuse(parser, (unsigned)strlen(text) + 1,
			"want one reason, as in 'TCP_ABORT_ON_CLOSE'");
	name = parser->tokens[2].text;
	if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(name) ||
		strlen(name) >= sizeof(line->reason))
		return parse_refuse_word(parser, &parser->tokens[2],
			"a name of the kernel's enum sk_rst_reason, as TCP_ABORT_ON_CLOSE", NULL);
	snprintf(line->reason, sizeof(line->reason), "%.*s", (int)sizeof(line->reason) - 1, name);
	return 0;
}

/* The lines behind the headers, by their first word. */
static const struct {
	const char *word;
	int (*parse)(struct parser *parser, const char *text);
} expectations[] = {
	{"wire", parse_wire}, {"mib", parse_mib}, {"state", parse_state}, {"reason", parse_reason}};

void expectation_offer_names(struct nearest *nearest, const char *text)
{
	for (unsigned i = 0; i < sizeof(expectations) / sizeof(*expectations); i++)
		nearest_offer(nearest, text, expectations[i].word);
}

int parse_expectation(struct parser *parser, const char *text, bool *ret_is_expectation)
{
	*ret_is_expectation = false;
	for (unsigned i = 0; i < sizeof(expectations) / sizeof(*expectations); i++) {
		if (strcmp(parser->tokens[0].text, expectations[i].word))
			continue;
		*ret_is_expectation = true;
		if (parser->n_tokens < 2)
			return parse_refuse(parser, (unsigned)strlen(text) + 1,
				"want more behind '%s'", parser->tokens[0].text);
		return expectations[i].parse(parser, text);
	}
	return 0;
}
