/* SPDX-License-Identifier: MIT */
/* See stream_end.h. */
#include "stream_end.h"

#include <errno.h>

int stream_end_print(size_t n, FILE *stream)
{
	fprintf(stream, "# complete %zu\n", n);
	return ferror(stream) ? -EIO : 0;
}

bool stream_end_parse(const char *line, size_t *ret_n)
{
	int end = 0;

	return sscanf(line, "# complete %zu%n", ret_n, &end) == 1 && end &&
		(!line[end] || line[end] == '\n');
}
