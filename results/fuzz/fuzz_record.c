/* SPDX-License-Identifier: MIT */
/* Whatever record_read() accepts must print, and the print must read back to the same print. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char *printed(const struct record *record, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	if (!stream || record_print(record, stream) < 0 || fclose(stream) != 0)
		abort();
	return text;
}

static void check_round_trip(const struct record *record)
{
	struct record_complaint complaint;
	struct record read;
	size_t size, size_again;
	char *text = printed(record, &size), *again, *signature;
	FILE *stream = fmemopen(text, size, "r");
	unsigned line = 0;

	if (!stream || record_read(stream, &line, &read, &complaint) != 1)
		abort();
	fclose(stream);
	again = printed(&read, &size_again);
	if (size != size_again || memcmp(text, again, size) != 0)
		abort();
	signature = signature_text(record);
	if (!signature)
		abort();
	free(signature);
	free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct record_complaint complaint = {.line = 0};
	struct record record;
	unsigned line = 0;
	FILE *stream;

	if (size == 0)
		return 0;
	stream = fmemopen((void *)bytes, size, "r");
	if (!stream)
		return 0;
	while (record_read(stream, &line, &record, &complaint) == 1)
		check_round_trip(&record);
	fclose(stream);
	return 0;
}
