/* SPDX-License-Identifier: MIT */
/* Reads the header lines of a case: a keyword and its text. One row per keyword. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "needs.h"
#include "parse.h"

/* What stands behind the keyword, as it was written. */
static const char *behind_keyword(const struct parser *parser, const char *text)
{
	return parser->n_tokens > 1 ? text + parser->tokens[1].column - 1 : "";
}

static void append(char *buf, size_t size, const char *text)
{
	size_t length = strlen(buf);

	snprintf(buf + length, size - length, "%s%s", length ? " " : "", text);
}

static int read_cite(struct parser *parser, const char *text)
{
	append(parser->test_case->cite, sizeof(parser->test_case->cite), text);
	return 0;
}

static int read_symptom(struct parser *parser, const char *text)
{
	append(parser->test_case->symptom, sizeof(parser->test_case->symptom), text);
	return 0;
}

static int read_fix(struct parser *parser, const char *text)
{
	append(parser->test_case->fix, sizeof(parser->test_case->fix), text);
	return 0;
}

static int read_departs(struct parser *parser, const char *text)
{
	append(parser->test_case->departs, sizeof(parser->test_case->departs), text);
	return 0;
}

/* The names of catalogue.tsv; that each exists is for cases/coverage to say. */
static int read_covers(struct parser *parser, const char *text)
{
	int r = parse_refuse_cut_words(parser);

	for (unsigned i = 1; !r && i < parser->n_tokens; i++) {
		const char *word = parser->tokens[i].text;

		if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word))
			r = parse_refuse_word(parser, &parser->tokens[i],
				"a row's name: small letters, digits and -", NULL);
	}
	return r;
}

static int refuse_variant(struct parser *parser, const struct token *token)
{
	char want[160] = "a variant (";
	struct nearest nearest = {0};

	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		const char *name = variant_name((enum variant)i);
		size_t at = strlen(want);

		nearest_offer(&nearest, token->text, name);
		snprintf(want + at, sizeof(want) - at, "%s%s", i ? ", " : "", name);
	}
	strcat(want, ")");
	return parse_refuse_word(parser, token, want, &nearest);
}

static int read_run(struct parser *parser, const char *text)
{
	for (unsigned i = 1; i < parser->n_tokens; i++) {
		enum variant variant;

		if (!variant_parse(parser->tokens[i].text, &variant))
			return refuse_variant(parser, &parser->tokens[i]);
		if (parser->test_case->variants[variant])
			return parse_refuse(parser, parser->tokens[i].column,
				"read '%s' a second time", parser->tokens[i].text);
		parser->test_case->variants[variant] = true;
		if (variant == VARIANT_SWAPPED)
			parser->swapped_at = parser->line;
	}
	return 0;
}

static int read_start(struct parser *parser, const char *text)
{
	static const struct word starts[] = {{"connected", START_CONNECTED},
		{"listening", START_LISTENING}, {"nothing", START_NOTHING}, {NULL, 0}};
	int64_t value;

	if (parser->n_tokens != 2 || !word_find(starts, parser->tokens[1].text, &value))
		return parse_refuse_word(
			parser, &parser->tokens[1], "connected, listening or nothing", NULL);
	parser->test_case->script.start = (enum start)value;
	return 0;
}

static int read_timing(struct parser *parser, const char *text)
{
	if (strcmp(text, "default"))
		return parse_refuse_word(parser, &parser->tokens[1], "default", NULL);
	parser->test_case->script.default_timing = parser->test_case->script.own_world = true;
	return 0;
}

static int read_time(struct parser *parser, const char *text)
{
	if (strcmp(text, "slow"))
		return parse_refuse_word(parser, &parser->tokens[1], "slow", NULL);
	parser->test_case->script.is_slow = parser->test_case->script.own_world = true;
	return 0;
}

static int refuse_needs(struct parser *parser, const char *text)
{
	struct nearest nearest = {0};
	char known[160] = "";

	for (const struct need *need = needs; need->name; need++) {
		nearest_offer(&nearest, parser->tokens[1].text, need->name);
		append(known, sizeof(known), need->name);
	}
	return parse_refuse(parser, parser->tokens[1].column,
		"read '%.60s', want 'linux >= 6.8', a path that must exist, 'tracefs', 'veth' or a feature (%s)%s%s%s",
		text, known, nearest.word ? "; did you mean '" : "",
		nearest.word ? nearest.word : "", nearest.word ? "'?" : "");
}

static int read_needs(struct parser *parser, const char *text)
{
	struct test_case *test_case = parser->test_case;
	unsigned major, minor;
	char rest;

	if (sscanf(text, "linux >= %u.%u%c", &major, &minor, &rest) == 2 && major < 100 &&
		minor < 1000) {
		test_case->needs_version = major << 16 | minor;
		return 0;
	}
	if (!strcmp(text, "tracefs")) {
		test_case->script.asks_reasons = test_case->script.own_world = true;
		return 0;
	}
	if (!strcmp(text, "veth")) {
		test_case->script.needs_link = test_case->script.own_world = true;
		return 0;
	}
	if (text[0] == '/' && parser->n_tokens == 2 && !parse_refuse_cut_words(parser)) {
		snprintf(test_case->needs_path, sizeof(test_case->needs_path), "%.63s", text);
		return 0;
	}
	if (parser->n_tokens != 2 || !need_find(text))
		return refuse_needs(parser, text);
	snprintf(test_case->needs_feature, sizeof(test_case->needs_feature), "%.23s", text);
	return 0;
}

/* The header can only reach the namespace of the run. */
static int read_sysctl(struct parser *parser, const char *text)
{
	struct script *script = &parser->test_case->script;
	struct script_sysctl *sysctl = &script->sysctls[script->n_sysctls];
	const char *name = parser->tokens[1].text, *value;
	int r = parse_refuse_cut_words(parser);

	if (r)
		return r;
	if (strncmp(name, "net.ipv4.", 9) && strncmp(name, "net.ipv6.", 9) &&
		strncmp(name, "net.core.", 9) && strncmp(name, "net.mptcp.", 10) &&
		strncmp(name, "net.unix.", 9))
		return parse_refuse_word(parser, &parser->tokens[1], "a sysctl below net.", NULL);
	if (strchr(name, '/') || strstr(name, ".."))
		return parse_refuse_word(
			parser, &parser->tokens[1], "a sysctl's name with dots", NULL);
	if (parser->n_tokens < 3)
		return parse_refuse(
			parser, parser->tokens[1].column, "want a value behind '%s'", name);
	if (script->n_sysctls == CASE_MAX_SYSCTLS)
		return parse_refuse(parser, 1, "want at most %d sysctl lines", CASE_MAX_SYSCTLS);
	value = text + (parser->tokens[2].column - parser->tokens[1].column);
	if (strlen(value) >= sizeof(sysctl->value))
		return parse_refuse(parser, parser->tokens[2].column,
			"read '%.40s', want a value of at most %zu bytes", value,
			sizeof(sysctl->value) - 1);
	snprintf(sysctl->name, sizeof(sysctl->name), "%s", name);
	snprintf(sysctl->value, sizeof(sysctl->value), "%.31s", value);
	script->n_sysctls++;
	script->own_world = true;
	return 0;
}

static int refuse_option(struct parser *parser)
{
	struct nearest nearest = {0};

	for (const struct socket_option *option = socket_options; option->name; option++)
		nearest_offer(&nearest, parser->tokens[2].text, option->name);
	return parse_refuse_word(parser, &parser->tokens[2], "a socket option", &nearest);
}

static int read_option(struct parser *parser, const char *text)
{
	struct script *script = &parser->test_case->script;
	struct script_option *made = &script->options[script->n_options];
	const struct socket_option *option;
	unsigned n_values;
	int r;

	if ((r = parse_refuse_cut_words(parser)))
		return r;
	if (parser->n_tokens < 4)
		return parse_refuse(parser, 1, "want 'option client SO_RCVBUF 4096'");
	if (script->n_options == CASE_MAX_OPTIONS)
		return parse_refuse(parser, 1, "want at most %d option lines", CASE_MAX_OPTIONS);
	if (!side_parse(parser->tokens[1].text, &made->side) || !side_is_end(made->side))
		return parse_refuse_word(parser, &parser->tokens[1], "client or server", NULL);
	if (!(option = socket_option_find(parser->tokens[2].text)))
		return refuse_option(parser);
	n_values = option->shape == OPTION_LINGER ? 2 : 1;
	if (parser->n_tokens != 3 + n_values)
		return parse_refuse(parser, parser->tokens[3].column, "want %u value%s for %s",
			n_values, n_values > 1 ? "s" : "", option->name);
	for (unsigned i = 0; i < n_values; i++) {
		char *end;

		made->values[i] = strtoll(parser->tokens[3 + i].text, &end, 10);
		if (*end || made->values[i] < INT32_MIN || made->values[i] > INT32_MAX)
			return parse_refuse_word(parser, &parser->tokens[3 + i], "a number", NULL);
	}
	parser->acts[made->side] = true;
	made->option = (uint8_t)(option - socket_options);
	script->n_options++;
	return 0;
}

static const struct header {
	const char *name;
	int (*read)(struct parser *parser, const char *text);
} headers[] = {
	{"cite", read_cite},
	{"symptom", read_symptom},
	{"fix", read_fix},
	{"departs", read_departs},
	{"covers", read_covers},
	{"run", read_run},
	{"start", read_start},
	{"timing", read_timing},
	{"time", read_time},
	{"needs", read_needs},
	{"sysctl", read_sysctl},
	{"option", read_option},
};

void header_offer_names(struct nearest *nearest, const char *text)
{
	for (unsigned i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		nearest_offer(nearest, text, headers[i].name);
}

int parse_header(struct parser *parser, const char *text, bool *ret_is_header)
{
	const char *word = parser->tokens[0].text, *behind = behind_keyword(parser, text);
	char canonical[PARSE_MAX_LINE + 16];

	*ret_is_header = false;
	for (unsigned i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (strcmp(word, headers[i].name))
			continue;
		*ret_is_header = true;
		if (parser->stage == STAGE_BODY)
			return parse_refuse(parser, 1,
				"read the header '%s' behind a step, want headers first", word);
		if (!*behind)
			return parse_refuse(parser, (unsigned)strlen(text) + 1,
				"want something behind '%s'", word);
		if (snprintf(canonical, sizeof(canonical), "%-8s %s", word, behind) >=
			PARSE_MAX_LINE)
			return parse_refuse_long(parser, strlen(canonical));
		if (!parse_add_line(parser, LINE_HEADER, canonical))
			return -ENOMEM;
		return headers[i].read(parser, behind);
	}
	return 0;
}
