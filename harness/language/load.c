/* SPDX-License-Identifier: MIT */
/* Reads a case from a file or from standard input. Knows files; knows nothing of the language. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

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
		snprintf(ret_complaint->text, sizeof(ret_complaint->text), "cannot be read: %s",
			strerror(-r));
	} else {
		r = case_parse(path, text, length, ret, ret_complaint);
	}
	free(text);
	return r;
}
