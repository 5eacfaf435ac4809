/* SPDX-License-Identifier: MIT */
/* Reads a case, line by line. Every refusal names file, line and column, what was read, what was
 * wanted and, for a misspelt word, the nearest known one. header.c, step.c and expectation.c read
 * their lines. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Splits at blanks. */
static int tokenize(struct parser *parser, const char *text)
{
	parser->n_tokens = 0;
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, " \t");
		struct token *token = &parser->tokens[parser->n_tokens];

		if (!length) {
			at++;
			continue;
		}
		if (parser->n_tokens == PARSE_MAX_TOKENS)
			return parse_refuse(parser, (unsigned)(at - text) + 1,
				"read more than %d words, want fewer", PARSE_MAX_TOKENS);
		token->column = (unsigned)(at - text) + 1;
		token->is_cut = length >= sizeof(token->text);
		snprintf(token->text, sizeof(token->text), "%.*s",
			(int)(length < sizeof(token->text) ? length : sizeof(token->text) - 1), at);
		parser->n_tokens++;
		at += length;
	}
	return 0;
}

static int parse_comment(struct parser *parser, const char *text)
{
	bool is_title = parser->stage == STAGE_TITLE;
	const char *body = text + 1 + (text[1] == ' ');

	if (strlen(body) + 2 >= PARSE_MAX_LINE)
		return parse_refuse_long(parser, strlen(body) + 2);
	if (!parse_add_line(parser, is_title ? LINE_TITLE : LINE_COMMENT, body))
		return -ENOMEM;
	if (is_title && parser->test_case->n_lines == 1) {
		if (strlen(body) < 10)
			return parse_refuse(parser, 1,
				"read '%.40s', want the case in one sentence: "
				"'# close() with unread data resets the connection'",
				text);
		snprintf(parser->test_case->about, sizeof(parser->test_case->about), "%s", body);
	}
	return 0;
}

static int refuse_first_word(struct parser *parser)
{
	static const char *const sides[] = {"client", "server", "listener"};
	struct nearest nearest = {0};

	for (unsigned i = 0; i < sizeof(sides) / sizeof(*sides); i++)
		nearest_offer(&nearest, parser->tokens[0].text, sides[i]);
	expectation_offer_names(&nearest, parser->tokens[0].text);
	header_offer_names(&nearest, parser->tokens[0].text);
	return parse_refuse_word(parser, &parser->tokens[0],
		"a side (client, server, listener), wire, mib, state, reason or a header",
		&nearest);
}

static int parse_body_line(struct parser *parser, const char *text)
{
	bool is_taken = false;
	int r = parse_refuse_cut_words(parser);

	if (!r)
		r = parse_step(parser, text, &is_taken);
	if (!r && !is_taken)
		r = parse_expectation(parser, text, &is_taken);
	if (!r && !is_taken)
		r = refuse_first_word(parser);
	return r;
}

static int parse_line(struct parser *parser, const char *text)
{
	bool is_header;
	int r;

	if (text[0] == '#')
		return parse_comment(parser, text);
	if (parser->stage == STAGE_TITLE && !parser->test_case->n_lines)
		return parse_refuse(parser, 1,
			"want the case in one sentence in its first line: "
			"'# close() with unread data resets the connection'");
	if ((r = tokenize(parser, text)))
		return r;
	if (!parser->n_tokens)
		return parse_add_line(parser, LINE_BLANK, NULL) ? 0 : -ENOMEM;
	r = parse_header(parser, text, &is_header);
	if (r || is_header) {
		if (parser->stage == STAGE_TITLE)
			parser->stage = STAGE_HEADER;
		return r;
	}
	parser->stage = STAGE_BODY;
	return parse_body_line(parser, text);
}

/* Takes the next line out of the text. Bytes that no text has are refused before anything reads
 * them. */
static int next_line(struct parser *parser, const char **at, const char *end, char *line)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	size_t length = (size_t)((newline ? newline : end) - *at);

	parser->line++;
	if (length >= PARSE_MAX_LINE)
		return parse_refuse_long(parser, length);
	if (length && (*at)[length - 1] == '\r')
		return parse_refuse(parser, (unsigned)length,
			"read a carriage return, want lines that end in a newline "
			"alone (dos2unix)");
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)(*at)[i] < ' ' && (*at)[i] != '\t')
			return parse_refuse(parser, (unsigned)i + 1,
				"read byte 0x%02x, want text: is this a case?",
				(unsigned char)(*at)[i]);
	memcpy(line, *at, length);
	while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	line[length] = 0;
	*at = newline ? newline + 1 : end;
	return 0;
}

static void name_from_path(const char *path, char *ret, size_t size)
{
	const char *file = strrchr(path, '/'), *below = strstr(path, "cases/");
	const char *stem = file ? file + 1 : path;
	int length = (int)strcspn(stem, ".");

	for (const char *next; below && (next = strstr(below + 1, "cases/"));)
		below = next;
	if (below && file && below + 6 < file &&
		!memchr(below + 6, '/', (size_t)(file - below - 6)))
		snprintf(ret, size, "%.*s/%.*s", (int)(file - below - 6), below + 6, length, stem);
	else if (!strcmp(path, "-"))
		snprintf(ret, size, "user/stdin");
	else
		snprintf(ret, size, "user/%.*s", length, stem);
	for (char *at = ret; *at; at++)
		if (isspace((unsigned char)*at) || (unsigned char)*at < ' ')
			*at = '-';
}

/* What can only be said once the whole case is known. */
static int check_whole(struct parser *parser)
{
	struct test_case *test_case = parser->test_case;
	bool any = false;

	if (!test_case->n_lines)
		return parse_refuse(parser, 0,
			"the file is empty, want a case: a line '# what is true', "
			"then steps such as 'client send 7 = 7'");
	if (!test_case->script.n_actions)
		return parse_refuse(parser, 1,
			"the case has no step, want at least one such as 'client send 7 = 7'");
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		any |= test_case->variants[i];
	for (unsigned i = 0; !any && i <= VARIANT_SWAPPED; i++)
		test_case->variants[i] = true;
	return step_check_whole(parser);
}

/* Every worker is a fork of whoever holds the cases, and a fork costs by the page. */
static void give_back_room(struct test_case *test_case)
{
	struct case_line *lines = realloc(test_case->lines, test_case->n_lines * sizeof(*lines));

	if (lines)
		test_case->lines = lines;
}

int case_parse(const char *path, const char *text, size_t length, struct test_case *ret,
	struct complaint *ret_complaint)
{
	struct parser parser = {.test_case = ret, .complaint = ret_complaint};
	const char *at = text, *end = text + length;
	char line[PARSE_MAX_LINE];
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	name_from_path(path, ret->name, sizeof(ret->name));
	ret->script.deadline_ms = CASE_DEADLINE_MS;
	ret->lines = calloc(PARSE_MAX_LINES, sizeof(*ret->lines));
	if (!ret->lines)
		return -ENOMEM;
	while (!r && at < end) {
		r = next_line(&parser, &at, end, line);
		if (!r && ret->n_lines == PARSE_MAX_LINES)
			r = parse_refuse(
				&parser, 1, "want at most %d lines in a case", PARSE_MAX_LINES);
		if (!r)
			r = parse_line(&parser, line);
	}
	if (!r)
		r = check_whole(&parser);
	if (r)
		case_free(ret);
	else
		give_back_room(ret);
	return r;
}
