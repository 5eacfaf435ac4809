/* SPDX-License-Identifier: MIT */
/* What all that reads a case uses: refusals in words, and the growing list of lines. */
#include "parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int parse_refuse(struct parser *parser, unsigned column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complaint_say(
		parser->complaint, parser->test_case->path, parser->line, column, format, args);
	va_end(args);
	return -EINVAL;
}

int parse_refuse_word(struct parser *parser, const struct token *token, const char *what,
	const struct nearest *nearest)
{
	return parse_refuse(parser, token->column, "read '%.40s', want %s%s", token->text, what,
		nearest ? nearest->hint : "");
}

struct case_line *parse_add_line(struct parser *parser, enum case_line_kind kind, const char *text)
{
	struct test_case *test_case = parser->test_case;
	struct case_line *line;

	if (test_case->n_lines >= PARSE_MAX_LINES)
		return NULL;
	line = &test_case->lines[test_case->n_lines];
	*line = (struct case_line){.kind = kind, .line = parser->line};
	if (text && !(line->text = strdup(text)))
		return NULL;
	test_case->n_lines++;
	return line;
}

int parse_refuse_cut_words(struct parser *parser)
{
	for (unsigned i = 0; i < parser->n_tokens; i++)
		if (parser->tokens[i].is_cut)
			return parse_refuse(parser, parser->tokens[i].column,
				"read '%.40s...', want words of at most "
				"%zu characters",
				parser->tokens[i].text, sizeof(parser->tokens[i].text) - 1);
	return 0;
}

int parse_refuse_long(struct parser *parser, size_t length)
{
	return parse_refuse(parser, PARSE_MAX_LINE,
		"read a line of %zu bytes, want at most %d: is this a case?", length,
		PARSE_MAX_LINE - 1);
}

bool parse_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (end == text || *end || value < min || value > max)
		return false;
	*ret = value;
	return true;
}
