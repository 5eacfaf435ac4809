/* SPDX-License-Identifier: MIT */
/* See recordfile.h. */
#include "recordfile.h"

#include <errno.h>

#include "outfile.h"
#include "stream_end.h"

struct records {
	const struct record *records;
	size_t n;
};

static int print_all(const void *what, FILE *stream)
{
	const struct records *all = what;

	for (size_t i = 0; i < all->n; i++)
		if (record_print(&all->records[i], stream))
			return -EIO;
	return stream_end_print(all->n, stream);
}

int recordfile_check(const char *path)
{
	return outfile_check(path);
}

int recordfile_write(const char *path, const struct record *records, size_t n)
{
	const struct records all = {records, n};

	return outfile_write(path, print_all, &all);
}
