/* SPDX-License-Identifier: MIT */
/* Shared by the files that read a case: parse.c (lines), header.c, step.c, peer_words.c,
 * expectation.c, whole.c, parser.c. Nobody else includes it. */
#ifndef LASTACK_HARNESS_PARSE_H
#define LASTACK_HARNESS_PARSE_H

#include "case.h"
#include "verb.h"

#define PARSE_MAX_LINE 512
#define PARSE_MAX_LINES 256
#define PARSE_MAX_TOKENS 96

struct token {
	unsigned column; /* counted from 1 */
	bool is_cut; /* longer than any word the language has: only a part is in text */
	char text[64];
};

enum parse_stage { STAGE_TITLE, STAGE_HEADER, STAGE_BODY };

struct parser {
	struct test_case *test_case;
	struct complaint *complaint;
	unsigned line;
	enum parse_stage stage;
	unsigned n_tokens;
	struct token tokens[PARSE_MAX_TOKENS];
	unsigned swapped_at; /* line of the run header that names this variant */
	unsigned begun_in[2]
			 [ACTION_MAX_ACTOR + 1]; /* line of the call that is under way, 0: none */
	bool acts[4]; /* by enum side: has a step, or an option line */
	unsigned forked_in[2][ACTION_MAX_ACTOR + 1]; /* line of the fork that made this actor */
};

/* Fill the complaint and return -EINVAL. */
int parse_refuse(struct parser *parser, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int parse_refuse_word(struct parser *parser, const struct token *token, const char *what,
	const struct nearest *nearest);
int parse_refuse_long(
	struct parser *parser, size_t length); /* of the line as it would be printed */
int parse_refuse_cut_words(struct parser *parser); /* 0 if none is */

/* Reads all of `text` as a decimal number from min to max. */
bool parse_number(const char *text, int64_t min, int64_t max, int64_t *ret);

/* Appends a line; NULL without memory or room. */
struct case_line *parse_add_line(struct parser *parser, enum case_line_kind kind, const char *text);

/* Take the tokenized line if it is theirs, and say whether it was. */
int parse_header(struct parser *parser, const char *text, bool *ret_is_header);
int parse_step(struct parser *parser, const char *text, bool *ret_is_step);
int parse_expectation(struct parser *parser, const char *text, bool *ret_is_expectation);

/* Offer the words that such a line can begin with. */
void header_offer_names(struct nearest *nearest, const char *text);
void expectation_offer_names(struct nearest *nearest, const char *text);
int step_check_whole(struct parser *parser);

#endif
