/* SPDX-License-Identifier: MIT */
/* Reads a case, line by line. Every refusal names file, line and column, what was read, what was wanted
 * and, for a misspelt word, the nearest known one. Headers are read by header.c, steps by step.c. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const variant_names[VARIANT_COUNT] = {
	[VARIANT_IPV4] = "ipv4",
	[VARIANT_IPV6] = "ipv6",
	[VARIANT_MAPPED] = "mapped",
	[VARIANT_SWAPPED] = "swapped",
};

const char *variant_name(enum variant variant)
{
	return variant_names[variant];
}

bool variant_parse(const char *name, enum variant *ret)
{
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (!strcmp(variant_names[i], name)) {
			*ret = (enum variant)i;
			return true;
		}
	return false;
}

void complaint_print(const struct complaint *complaint, FILE *stream)
{
	if (complaint->line)
		fprintf(stream, "%s:%u:%u: %s\n", complaint->file, complaint->line, complaint->column,
			complaint->text);
	else
		fprintf(stream, "%s: %s\n", complaint->file, complaint->text);
}

int parse_refuse(struct parser *parser, unsigned column, const char *format, ...)
{
	struct complaint *complaint = parser->complaint;
	va_list args;

	snprintf(complaint->file, sizeof(complaint->file), "%s", parser->test_case->path);
	complaint->line = parser->line;
	complaint->column = column;
	va_start(args, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	return -EINVAL;
}

int parse_refuse_word(struct parser *parser, const struct token *token, const char *what,
	const struct nearest *nearest)
{
	if (nearest && nearest->word)
		return parse_refuse(parser, token->column, "read '%.40s', want %s: did you mean '%s'?",
			token->text, what, nearest->word);
	return parse_refuse(parser, token->column, "read '%.40s', want %s", token->text, what);
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
			return parse_refuse(parser, parser->tokens[i].column, "read '%.40s...', want words of at most "
				"%zu characters", parser->tokens[i].text, sizeof(parser->tokens[i].text) - 1);
	return 0;
}

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
			return parse_refuse(parser, (unsigned)(at - text) + 1, "read more than %d words, want fewer",
				PARSE_MAX_TOKENS);
		token->column = (unsigned)(at - text) + 1;
		token->is_cut = length >= sizeof(token->text);
		snprintf(token->text, sizeof(token->text), "%.*s",
			(int)(length < sizeof(token->text) ? length : sizeof(token->text) - 1), at);
		parser->n_tokens++;
		at += length;
	}
	return 0;
}

int parse_refuse_long(struct parser *parser, size_t length)
{
	return parse_refuse(parser, PARSE_MAX_LINE, "read a line of %zu bytes, want at most %d: is this a case?",
		length, PARSE_MAX_LINE - 1);
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
			return parse_refuse(parser, 1, "read '%.40s', want the case in one sentence: "
				"'# close() with unread data resets the connection'", text);
		snprintf(parser->test_case->about, sizeof(parser->test_case->about), "%s", body);
	}
	return 0;
}

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
		return parse_refuse(parser, (unsigned)(offset + at) + 1, "read '%.60s', want a telling event: "
			"client|server SYN|SYN,ACK|data N|FIN|RST|RST,ACK [with data|alone] [seq N] [ack N] [win N] "
			"[ipid N] [ttl N] [opts ts|none], or: nothing", text + offset + at);
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
			nearest_offer(&nearest, parser->tokens[1].text, counter_name((enum counter)i));
		return parse_refuse_word(parser, &parser->tokens[1], "a kernel counter or: nothing", &nearest);
	}
	if (line->counter == COUNTER_OUT_RSTS)
		return parse_refuse(parser, parser->tokens[1].column,
			"read 'OutRsts', which is not listed: it is always compared with the resets on the wire");
	if (parser->n_tokens != 3 || parser->tokens[2].text[0] != '+')
		return parse_refuse(parser, (unsigned)strlen(text) + 1, "want the counter's increase, as in '+1'");
	line->delta = strtoll(parser->tokens[2].text + 1, &end, 10);
	if (*end || end == parser->tokens[2].text + 1 || line->delta < 1 || line->delta > 1000000)
		return parse_refuse_word(parser, &parser->tokens[2], "an increase from +1 to +1000000", NULL);
	return 0;
}

static int parse_state(struct parser *parser, const char *text)
{
	struct case_line *line = parse_add_line(parser, LINE_STATE, NULL);
	struct nearest nearest = {0};
	int64_t value;

	if (!line)
		return -ENOMEM;
	if (!side_parse(parser->tokens[1].text, &line->side) || line->side == SIDE_LISTENER)
		return parse_refuse_word(parser, &parser->tokens[1], "client or server", NULL);
	if (parser->n_tokens != 3)
		return parse_refuse(parser, (unsigned)strlen(text) + 1, "want one state, as in 'TIME-WAIT' or 'none'");
	if (!word_find(states, parser->tokens[2].text, &value)) {
		for (const struct word *word = states; word->name; word++)
			nearest_offer(&nearest, parser->tokens[2].text, word->name);
		return parse_refuse_word(parser, &parser->tokens[2], "a state of RFC 9293 3.3.2, or none", &nearest);
	}
	snprintf(line->state, sizeof(line->state), "%.*s", (int)sizeof(line->state) - 1,
		parser->tokens[2].text);
	return 0;
}

/* The lines behind the headers, by their first word. */
static const struct {
	const char *word;
	int (*parse)(struct parser *parser, const char *text);
} expectations[] = {{"wire", parse_wire}, {"mib", parse_mib}, {"state", parse_state}};

static int refuse_first_word(struct parser *parser)
{
	struct nearest nearest = {0};

	for (unsigned i = 0; i < sizeof(expectations) / sizeof(*expectations); i++)
		nearest_offer(&nearest, parser->tokens[0].text, expectations[i].word);
	nearest_offer(&nearest, parser->tokens[0].text, "client");
	nearest_offer(&nearest, parser->tokens[0].text, "server");
	nearest_offer(&nearest, parser->tokens[0].text, "listener");
	header_offer_names(&nearest, parser->tokens[0].text);
	return parse_refuse_word(parser, &parser->tokens[0],
		"a side (client, server, listener), wire, mib, state or a header", &nearest);
}

static int parse_body_line(struct parser *parser, const char *text)
{
	bool is_step;
	int r = parse_refuse_cut_words(parser);

	if (r)
		return r;
	r = parse_step(parser, text, &is_step);
	if (r || is_step)
		return r;
	for (unsigned i = 0; i < sizeof(expectations) / sizeof(*expectations); i++) {
		if (strcmp(parser->tokens[0].text, expectations[i].word))
			continue;
		if (parser->n_tokens < 2)
			return parse_refuse(parser, (unsigned)strlen(text) + 1, "want more behind '%s'",
				parser->tokens[0].text);
		return expectations[i].parse(parser, text);
	}
	return refuse_first_word(parser);
}

static int parse_line(struct parser *parser, const char *text)
{
	bool is_header;
	int r;

	if (text[0] == '#')
		return parse_comment(parser, text);
	if (parser->stage == STAGE_TITLE && !parser->test_case->n_lines)
		return parse_refuse(parser, 1, "want the case in one sentence in its first line: "
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

/* Takes the next line out of the text. Bytes that no text has are refused before anything reads them. */
static int next_line(struct parser *parser, const char **at, const char *end, char *line)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	size_t length = (size_t)((newline ? newline : end) - *at);

	parser->line++;
	if (length >= PARSE_MAX_LINE)
		return parse_refuse_long(parser, length);
	if (length && (*at)[length - 1] == '\r')
		return parse_refuse(parser, (unsigned)length, "read a carriage return, want lines that end in a newline "
			"alone (dos2unix)");
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)(*at)[i] < ' ' && (*at)[i] != '\t')
			return parse_refuse(parser, (unsigned)i + 1, "read byte 0x%02x, want text: is this a case?",
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
	if (below && file && below + 6 < file && !memchr(below + 6, '/', (size_t)(file - below - 6)))
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
		return parse_refuse(parser, 0, "the file is empty, want a case: a line '# what is true', "
			"then steps such as 'client send 7 = 7'");
	if (!test_case->script.n_actions)
		return parse_refuse(parser, 1, "the case has no step, want at least one such as 'client send 7 = 7'");
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		any |= test_case->variants[i];
	for (unsigned i = 0; !any && i < VARIANT_COUNT; i++)
		test_case->variants[i] = true;
	return step_check_whole(parser);
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
			r = parse_refuse(&parser, 1, "want at most %d lines in a case", PARSE_MAX_LINES);
		if (!r)
			r = parse_line(&parser, line);
	}
	if (!r)
		r = check_whole(&parser);
	if (r)
		case_free(ret);
	return r;
}

void case_free(struct test_case *test_case)
{
	for (size_t i = 0; test_case->lines && i < test_case->n_lines; i++)
		free(test_case->lines[i].text);
	free(test_case->lines);
	test_case->lines = NULL;
	test_case->n_lines = 0;
}

const struct case_line *case_step(const struct test_case *test_case, uint32_t action)
{
	for (size_t i = 0; i < test_case->n_lines; i++)
		if (test_case->lines[i].kind == LINE_STEP && test_case->lines[i].action == action)
			return &test_case->lines[i];
	return NULL;
}

#define LARGEST_FILE (1024 * 1024)

static int read_all(FILE *stream, char **ret_text, size_t *ret_length)
{
	char *text = malloc(LARGEST_FILE + 1);

	if (!text)
		return -ENOMEM;
	*ret_length = fread(text, 1, LARGEST_FILE + 1, stream);
	if (ferror(stream)) {
		int r = errno ? -errno : -EIO;

		free(text);
		return r;
	}
	*ret_text = text;
	return 0;
}

int case_load(const char *path, struct test_case *ret, struct complaint *ret_complaint)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *stream = is_stdin ? stdin : fopen(path, "re");
	char *text = NULL;
	size_t length = 0;
	int r = stream ? read_all(stream, &text, &length) : -errno;

	if (stream && !is_stdin)
		fclose(stream);
	if (!r && length > LARGEST_FILE)
		r = -EFBIG;
	if (r) {
		snprintf(ret_complaint->file, sizeof(ret_complaint->file), "%s", path);
		ret_complaint->line = ret_complaint->column = 0;
		snprintf(ret_complaint->text, sizeof(ret_complaint->text), "cannot be read: %s", strerror(-r));
	} else {
		r = case_parse(path, text, length, ret, ret_complaint);
	}
	free(text);
	return r;
}
