/* SPDX-License-Identifier: MIT */
/* Whatever stands in a stacks.conf, it is read or refused in words; what was read prints to text
 * that reads to the same. */
#include <stdlib.h>
#include <string.h>

#include "stacks.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(bool claim)
{
	if (!claim)
		abort();
}

static char *print(const struct stack_list *list, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	expect(stream && !stacks_print(list, stream));
	fclose(stream);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct complaint complaint = {.line = 0};
	struct stack_list list, again;
	size_t length, length_again;
	char *text, *text_again;

	if (stacks_parse("stacks.conf", (const char *)bytes, size, &list, &complaint)) {
		expect(complaint.text[0] && strlen(complaint.file));
		return 0;
	}
	text = print(&list, &length);
	expect(!stacks_parse("again", text, length, &again, &complaint));
	text_again = print(&again, &length_again);
	expect(length == length_again && !memcmp(text, text_again, length));
	free(text);
	free(text_again);
	stacks_free(&list);
	stacks_free(&again);
	return 0;
}
