/* SPDX-License-Identifier: MIT */
/* Whatever case_parse() accepts must print, and the print must read back as the same script and
 * print as the same text. What it refuses must be refused in words, at a place that the text has.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(bool claim)
{
	if (!claim)
		abort();
}

static char *printed(const struct test_case *test_case, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	expect(stream && !case_print(test_case, stream));
	expect(!fclose(stream));
	return text;
}

static void check_same_action(const struct action *a, const struct action *b)
{
	expect(a->side == b->side && a->actor == b->actor && a->verb == b->verb &&
		a->begins == b->begins);
	expect(a->has_names_on == b->has_names_on && a->has_names_as == b->has_names_as);
	expect(!strcmp(a->on, b->on) && !strcmp(a->as, b->as) && !strcmp(a->name, b->name));
	expect(!memcmp(a->operands, b->operands, sizeof(a->operands)));
	expect(a->segment.given == b->segment.given && a->segment.flags == b->segment.flags &&
		a->segment.bytes == b->segment.bytes && a->segment.now == b->segment.now &&
		a->segment.again == b->segment.again && a->segment.error == b->segment.error &&
		a->segment.code == b->segment.code && a->segment.win == b->segment.win &&
		a->segment.ts == b->segment.ts && a->segment.opts == b->segment.opts &&
		a->segment.mtu == b->segment.mtu && a->segment.from == b->segment.from &&
		a->segment.to == b->segment.to);
	expect(a->segment.seq.base == b->segment.seq.base &&
		a->segment.seq.offset == b->segment.seq.offset &&
		a->segment.ack.base == b->segment.ack.base &&
		a->segment.ack.offset == b->segment.ack.offset);
}

static void check_same_script(const struct script *a, const struct script *b)
{
	expect(a->start == b->start && a->default_timing == b->default_timing &&
		a->is_slow == b->is_slow);
	expect(a->own_world == b->own_world && a->own_process == b->own_process);
	expect(a->deadline_ms == b->deadline_ms);
	expect(a->n_sysctls == b->n_sysctls && a->n_options == b->n_options &&
		a->n_actions == b->n_actions);
	for (uint32_t i = 0; i < a->n_sysctls; i++)
		expect(!strcmp(a->sysctls[i].name, b->sysctls[i].name) &&
			!strcmp(a->sysctls[i].value, b->sysctls[i].value));
	for (uint32_t i = 0; i < a->n_options; i++)
		expect(a->options[i].side == b->options[i].side &&
			a->options[i].option == b->options[i].option &&
			!memcmp(a->options[i].values, b->options[i].values,
				sizeof(a->options[i].values)));
	for (uint32_t i = 0; i < a->n_actions; i++)
		check_same_action(&a->actions[i], &b->actions[i]);
}

static void check_steps(const struct test_case *test_case)
{
	for (uint32_t i = 0; i < test_case->script.n_actions; i++)
		expect(case_step(test_case, i));
}

static void check_round_trip(const struct test_case *test_case)
{
	static struct test_case again;
	struct complaint complaint = {.line = 0};
	size_t size, size_again;
	char *text = printed(test_case, &size), *text_again;

	expect(!case_parse("fuzz.case", text, size, &again, &complaint));
	text_again = printed(&again, &size_again);
	expect(size == size_again && !memcmp(text, text_again, size));
	check_same_script(&test_case->script, &again.script);
	free(text);
	free(text_again);
	case_free(&again);
}

static void check_complaint(const struct complaint *complaint, const uint8_t *bytes, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	expect(complaint->text[0] && !strcmp(complaint->file, "fuzz.case"));
	expect(complaint->line <= lines && complaint->column <= PARSE_MAX_LINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct test_case test_case;
	struct complaint complaint = {.line = 0};
	char *alone = malloc(size ? size : 1); /* of exactly its size: a read past it is seen */

	if (!alone)
		return 0;
	memcpy(alone, bytes, size);
	if (case_parse("fuzz.case", alone, size, &test_case, &complaint)) {
		check_complaint(&complaint, bytes, size);
	} else {
		check_steps(&test_case);
		check_round_trip(&test_case);
		case_free(&test_case);
	}
	free(alone);
	return 0;
}
