/* SPDX-License-Identifier: MIT */
/* Reads a step: side, verb, operands, the outcome wanted and its time bounds; and checks it against
 * the steps before it (who is still in a call, which actor exists). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "peer_words.h"

#define LARGEST_SIZE (64 * 1024 * 1024)
/* A call that is wanted to last this long waits for a timer, as `time slow` says. */
#define WAITS_MS 100

/* "client", "server:2": whose step this is. Not a step if the word names no side. */
static int parse_side(struct parser *parser, struct action *action, bool *ret_is_step)
{
	const struct token *token = &parser->tokens[0];
	const char *colon = strchr(token->text, ':');
	char word[sizeof(token->text)];

	snprintf(word, sizeof(word), "%.*s", colon ? (int)(colon - token->text) : 63, token->text);
	*ret_is_step = side_parse(word, &action->side);
	if (!*ret_is_step || !colon)
		return 0;
	if (strcmp(colon, ":2") && strcmp(colon, ":3"))
		return parse_refuse(parser, token->column + (unsigned)(colon - token->text),
			"read '%.40s', want :2 or :3 for a further thread or forked child", colon);
	action->actor = (uint8_t)(colon[1] - '0');
	return 0;
}

static int refuse_from(struct parser *parser, const struct token *token, const struct word *words,
	const char *what)
{
	struct nearest nearest = {0};
	char list[160] = "", want[240];

	for (const struct word *word = words; word && word->name; word++) {
		size_t at = strlen(list);

		nearest_offer(&nearest, token->text, word->name);
		if (at < sizeof(list))
			snprintf(list + at, sizeof(list) - at, "%s%s", at ? ", " : "", word->name);
	}
	snprintf(want, sizeof(want), "%s (%s)", what, list);
	return parse_refuse_word(parser, token, want, &nearest);
}

static bool name_is_good(const char *name)
{
	size_t length = strlen(name);

	return length && length < ACTION_NAME_SIZE && name[0] >= 'a' && name[0] <= 'z' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
		strcmp(name, "on") && strcmp(name, "as") && strcmp(name, "now") &&
		strcmp(name, "in");
}

static int parse_option(
	struct parser *parser, const struct token *token, struct action *action, unsigned place)
{
	const struct socket_option *option = socket_option_find(token->text);
	struct nearest nearest = {0};

	if (option) {
		action->operands[place] = option - socket_options;
		return 0;
	}
	for (option = socket_options; option->name; option++)
		nearest_offer(&nearest, token->text, option->name);
	return parse_refuse_word(parser, token, "a socket option", &nearest);
}

static int parse_operand(struct parser *parser, const struct operand_form *form,
	const struct token *token, struct action *action, unsigned place)
{
	int64_t *value = &action->operands[place];
	bool good = false;
	const char *want = form->name;

	switch (form->kind) {
	case OPERAND_NONE: break;
	case OPERAND_NUMBER: good = parse_number(token->text, INT32_MIN, INT32_MAX, value); break;
	case OPERAND_SIZE: good = parse_number(token->text, 0, LARGEST_SIZE, value); break;
	case OPERAND_PORT: good = parse_number(token->text, 0, CASE_PORTS - 1, value); break;
	case OPERAND_ACTOR: good = parse_number(token->text, 2, ACTION_MAX_ACTOR, value); break;
	case OPERAND_OPTION: return parse_option(parser, token, action, place);
	case OPERAND_NOW:
		*value = 1;
		good = !strcmp(token->text, "now");
		want = "'now' or nothing";
		break;
	case OPERAND_HOW:
		good = word_find(form->words, token->text, value) ||
			parse_number(token->text, INT32_MIN, INT32_MAX, value);
		break;
	case OPERAND_CHOICE: good = word_find(form->words, token->text, value); break;
	case OPERAND_BITS: good = words_parse(form->words, token->text, value); break;
	case OPERAND_SEGMENT:
	case OPERAND_ERROR:
	case OPERAND_ARRIVAL: break; /* peer_words.c reads them */
	case OPERAND_NAME:
		good = name_is_good(token->text);
		if (good)
			snprintf(action->name, sizeof(action->name), "%.11s", token->text);
		break;
	}
	if (good)
		return 0;
	if (form->words)
		return refuse_from(parser, token, form->words, want);
	return parse_refuse_word(parser, token, want, NULL);
}

/* `on NAME` and `as NAME`, at the end of the operands. */
static int parse_names(
	struct parser *parser, const struct verb *verb, struct action *action, unsigned *last)
{
	while (*last >= 4 &&
		(!strcmp(parser->tokens[*last - 2].text, "on") ||
			!strcmp(parser->tokens[*last - 2].text, "as"))) {
		const struct token *keyword = &parser->tokens[*last - 2],
				   *name = &parser->tokens[*last - 1];
		bool is_on = keyword->text[1] == 'n';

		if (is_on ? verb->traits & VERB_NO_DESCRIPTOR
			  : !(verb->traits & VERB_MAKES_DESCRIPTOR))
			return parse_refuse(parser, keyword->column, "read '%s %.20s', but '%s' %s",
				keyword->text, name->text, verb->name,
				is_on ? "acts on no descriptor" : "makes no descriptor");
		if (is_on ? action->has_names_on : action->has_names_as)
			return parse_refuse(parser, keyword->column,
				"read '%s' twice, want one descriptor's name", keyword->text);
		if (!name_is_good(name->text))
			return parse_refuse_word(parser, name,
				"a descriptor's name: small letters and digits, at most 11", NULL);
		snprintf(is_on ? action->on : action->as, ACTION_NAME_SIZE, "%.11s", name->text);
		*(is_on ? &action->has_names_on : &action->has_names_as) = true;
		*last -= 2;
	}
	return 0;
}

static int parse_operands(
	struct parser *parser, const struct verb *verb, struct action *action, unsigned last)
{
	unsigned at = 2, place = 0;
	int r;

	for (; place < ACTION_OPERANDS; place++)
		action->operands[place] = OPERAND_ABSENT;
	if ((r = parse_names(parser, verb, action, &last)))
		return r;
	if (verb->traits & VERB_OF_PEER) {
		action->operands[0] = 0;
		return peer_words_parse(parser, verb, at, last, &action->segment);
	}
	for (place = 0; place < ACTION_OPERANDS && verb->operands[place].kind; place++) {
		const struct operand_form *form = &verb->operands[place];

		if (at == last && form->is_optional)
			continue;
		if (at == last)
			return parse_refuse(parser,
				parser->tokens[at - 1].column +
					(unsigned)strlen(parser->tokens[at - 1].text),
				"want %s behind '%s', as in: %s", form->name,
				parser->tokens[at - 1].text, verb->example);
		if ((r = parse_operand(parser, form, &parser->tokens[at], action, place)))
			return r;
		at++;
	}
	if (at < last)
		return parse_refuse(parser, parser->tokens[at].column,
			"read '%.40s' more than '%s' takes, "
			"as in: %s",
			parser->tokens[at].text, verb->name, verb->example);
	return 0;
}

static bool bound_parse(const char *text, size_t length, int64_t *ret_ms)
{
	char copy[24], *end;
	unsigned long long value;

	if (!length || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = 0;
	value = strtoull(copy, &end, 10);
	if (end == copy || copy[0] == '-' || value > 600000)
		return false;
	if (strcmp(end, "ms") && strcmp(end, "s"))
		return false;
	*ret_ms = (int64_t)value * (end[0] == 's' ? 1000 : 1);
	return *ret_ms <= 600000;
}

static int parse_bounds(struct parser *parser, unsigned at, struct case_line *line)
{
	const struct token *token = &parser->tokens[at + 1];
	const char *dots = at + 2 == parser->n_tokens ? strstr(token->text, "..") : NULL;

	if (!dots || !bound_parse(token->text, (size_t)(dots - token->text), &line->min_ms) ||
		!bound_parse(dots + 2, strlen(dots + 2), &line->max_ms) ||
		line->min_ms > line->max_ms)
		return parse_refuse(parser, parser->tokens[at].column,
			"read 'in' without bounds, want 'in 900ms..2s' at the end of the line");
	line->has_bounds = true;
	if (line->min_ms >= WAITS_MS)
		parser->test_case->script.is_slow = parser->test_case->script.own_world = true;
	if (line->max_ms + CASE_DEADLINE_MS > parser->test_case->script.deadline_ms)
		parser->test_case->script.deadline_ms = (uint32_t)line->max_ms + CASE_DEADLINE_MS;
	return 0;
}

static int refuse_answer(struct parser *parser, const struct verb *verb, unsigned equals,
	const struct outcome *outcome, const struct nearest *nearest)
{
	char want[160];

	snprintf(want, sizeof(want), "an outcome of '%s', as in: %s", verb->name, verb->example);
	(void)outcome;
	return parse_refuse_word(parser, &parser->tokens[equals + 1], want, nearest);
}

#define LARGEST_ERRNO 133

static int refuse_outcome(struct parser *parser, unsigned column, const char *read)
{
	static const char *const words[] = {
		"IN", "OUT", "ERR", "HUP", "RDHUP", "PRI", "NVAL", "any"};
	struct token token = {.column = column};
	struct nearest nearest = {0};

	snprintf(token.text, sizeof(token.text), "%.*s", (int)strcspn(read, " |"), read);
	for (int error = 1; error <= LARGEST_ERRNO; error++)
		nearest_offer(&nearest, token.text, errno_name(error));
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		nearest_offer(&nearest, token.text, words[i]);
	return parse_refuse_word(
		parser, &token, "an outcome such as 0, -1 ECONNRESET, IN|OUT or any", &nearest);
}

static int parse_outcome(struct parser *parser, const char *text, const struct verb *verb,
	unsigned equals, struct case_line *line)
{
	unsigned end = equals + 1, from, until;
	char outcome[PARSE_MAX_LINE];
	struct nearest nearest = {0};
	size_t at = 0;
	int r;

	while (end < parser->n_tokens && strcmp(parser->tokens[end].text, "in"))
		end++;
	if (end == equals + 1)
		return parse_refuse(parser, parser->tokens[equals].column + 1,
			"want an outcome behind '=', as in: %s", verb->example);
	from = parser->tokens[equals + 1].column - 1;
	until = end < parser->n_tokens ? parser->tokens[end].column - 1 : (unsigned)strlen(text);
	snprintf(outcome, sizeof(outcome), "%.*s", (int)(until - from), text + from);
	if (outcome_parse(outcome, &line->want, &at))
		return refuse_outcome(parser, from + (unsigned)at + 1, outcome + at);
	if (line->want.has_amount || line->want.is_spoilt)
		return parse_refuse(
			parser, from + 1, "read '%.40s', which only a record says", outcome);
	if (!verb_may_answer(verb, &line->want, &nearest))
		return refuse_answer(parser, verb, equals, &line->want, &nearest);
	if (end < parser->n_tokens && (r = parse_bounds(parser, end, line)))
		return r;
	return 0;
}

static const struct verb *find_verb(struct parser *parser, int *ret_error)
{
	const struct verb *verb;
	struct nearest nearest = {0};

	*ret_error = -EINVAL;
	if (parser->n_tokens < 2) {
		parse_refuse(parser,
			parser->tokens[0].column + (unsigned)strlen(parser->tokens[0].text),
			"want a verb behind '%s', as in: %s send 7 = 7", parser->tokens[0].text,
			parser->tokens[0].text);
		return NULL;
	}
	verb = verb_find(parser->tokens[1].text);
	if (verb)
		return verb;
	for (unsigned i = 0; i < verb_count; i++)
		if (!(verbs[i].traits & VERB_INTERNAL))
			nearest_offer(&nearest, parser->tokens[1].text, verbs[i].name);
	parse_refuse_word(
		parser, &parser->tokens[1], "a verb (`lastack list verbs` shows all)", &nearest);
	return NULL;
}

/* `await-both` ends the calls of 2 and 3. */
static int check_both(struct parser *parser, unsigned side)
{
	for (unsigned actor = 2; actor <= ACTION_MAX_ACTOR; actor++) {
		if (!parser->begun_in[side][actor])
			return parse_refuse(parser, parser->tokens[1].column,
				"'await-both' without a begun call of :%u: begin one with '&' first",
				actor);
		parser->begun_in[side][actor] = 0;
	}
	return 0;
}

/* An actor performs one call at a time, and a thread's number is not also a child's. */
static int check_actor(struct parser *parser, const struct action *action)
{
	unsigned side = action->side == SIDE_CLIENT ? 0 : 1;
	unsigned *begun = &parser->begun_in[side][action->actor];
	bool finishes = action->verb == VERB_AWAIT,
	     watches = action->verb == VERB_LOOK || verbs[action->verb].traits & VERB_BY_CONDUCTOR;

	if (action->side == SIDE_PEER)
		return 0;
	if (action->verb == VERB_AWAIT_BOTH)
		return check_both(parser, side);
	if ((finishes || action->verb == VERB_LOOK) && !*begun)
		return parse_refuse(parser, parser->tokens[1].column,
			"'%s' without a begun call: begin one with '&' first",
			verbs[action->verb].name);
	if (!finishes && !watches && *begun)
		return parse_refuse(parser, parser->tokens[0].column,
			"%s is still in the call begun in line %u: "
			"await it first, or let :2 do this",
			parser->tokens[0].text, *begun);
	if (finishes)
		*begun = 0;
	if (action->begins)
		*begun = parser->line;
	if (action->verb == VERB_FORK) {
		unsigned *forked = &parser->forked_in[side][action->operands[0]];

		if (*forked)
			return parse_refuse(parser, parser->tokens[1].column,
				"actor %u was forked in line %u", (unsigned)action->operands[0],
				*forked);
		*forked = parser->line;
	}
	return 0;
}

/* The raw peer has verbs of its own, and nobody else has them. */
static int check_peer(struct parser *parser, const struct verb *verb, const struct action *action)
{
	bool is_peer = action->side == SIDE_PEER, is_its_verb = verb->traits & VERB_OF_PEER;

	if (is_peer && action->actor)
		return parse_refuse(parser, parser->tokens[0].column,
			"read '%.20s', but the raw peer has no threads", parser->tokens[0].text);
	if (is_peer && !is_its_verb && !(verb->traits & VERB_ALSO_OF_PEER))
		return parse_refuse(parser, parser->tokens[1].column,
			"read '%.20s', which is a call: the raw peer only knows segments, as in: "
			"peer > RST seq=+0 = sent",
			parser->tokens[1].text);
	if (!is_peer && is_its_verb)
		return parse_refuse(parser, parser->tokens[0].column,
			"read '%.20s', want 'peer': only the raw peer makes and takes segments",
			parser->tokens[0].text);
	parser->acts[action->side] = true;
	return 0;
}

static void note_traits(struct script *script, const struct verb *verb, const struct action *action)
{
	if (verb->traits & VERB_CHANGES_WORLD)
		script->own_world = true;
	if (verb->traits & VERB_CHANGES_PROCESS)
		script->own_process = script->own_world = true;
	if (action->begins)
		script->own_process = true;
}

/* Where the operands end: at `=` or at a trailing `&`. */
static int find_end(struct parser *parser, const char *text, const struct verb *verb,
	struct action *action, unsigned *ret_equals)
{
	unsigned equals = 0;

	while (equals < parser->n_tokens && strcmp(parser->tokens[equals].text, "="))
		equals++;
	*ret_equals = equals;
	if (equals < parser->n_tokens)
		return 0;
	action->begins = !strcmp(parser->tokens[equals - 1].text, "&");
	if (!action->begins)
		return parse_refuse(parser, (unsigned)strlen(text) + 1,
			"want an outcome: '= 0', '= -1 EPIPE', or "
			"'= any' to assert nothing; or '&' to begin the call and go on, as in: %s",
			verb->example);
	if (verb->traits & VERB_BY_CONDUCTOR)
		return parse_refuse(parser, parser->tokens[equals - 1].column,
			"'%s' cannot be begun with '&'", verb->name);
	--*ret_equals;
	return 0;
}

/* A record keeps a call as text of this size. */
static int check_length(struct parser *parser, const struct action *action)
{
	char text[PARSE_MAX_LINE];
	size_t length = strlen(action_print(action, text, sizeof(text)));

	if (length < RECORD_CALL_SIZE)
		return 0;
	return parse_refuse(parser, parser->tokens[1].column,
		"read a call of %zu characters, want at most %d: "
		"shorter names or fewer flags",
		length, RECORD_CALL_SIZE - 1);
}

int parse_step(struct parser *parser, const char *text, bool *ret_is_step)
{
	struct script *script = &parser->test_case->script;
	struct action *action = &script->actions[script->n_actions], made = {.line = parser->line};
	const struct verb *verb;
	struct case_line *line;
	unsigned equals;
	int r = parse_side(parser, &made, ret_is_step);

	if (r || !*ret_is_step)
		return r;
	if (script->n_actions == CASE_MAX_STEPS)
		return parse_refuse(parser, 1, "want at most %d steps in a case", CASE_MAX_STEPS);
	if (!(verb = find_verb(parser, &r)) || (r = check_peer(parser, verb, &made)))
		return r;
	made.verb = (uint8_t)verb_index(verb);
	*action = made;
	if ((r = find_end(parser, text, verb, action, &equals)) ||
		(r = parse_operands(parser, verb, action, equals)) ||
		(r = check_length(parser, action)))
		return r;
	if (!(line = parse_add_line(parser, LINE_STEP, NULL)))
		return -ENOMEM;
	line->action = script->n_actions;
	if (!action->begins && (r = parse_outcome(parser, text, verb, equals, line)))
		return r;
	note_traits(script, verb, action);
	if ((r = check_actor(parser, action)))
		return r;
	script->n_actions++;
	return 0;
}
