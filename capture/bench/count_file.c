/* SPDX-License-Identifier: MIT */
/* count_file [-s] FILE: reads a capture by file.h and counts; -s sums up what was in it too. */
#include "count.h"
#include "file.h"

enum { ROOM = 16 };

static int walk(struct file *file, int has_sum, struct count *count)
{
	struct frame_header batch[ROOM];
	int r;

	while ((r = file_next_batch(file, batch, ROOM)) > 0) {
		count->records += (uint64_t)r;
		for (int i = 0; has_sum && i < r; i++)
			count_add(count, batch[i].time_ns, batch[i].length, batch[i].linktype,
				batch[i].bytes, batch[i].captured);
	}
	return r;
}

int main(int argc, char **argv)
{
	int has_sum = argc == 3 && !strcmp(argv[1], "-s");
	char error[FILE_ERROR_SIZE];
	struct count count = {0};
	struct file *file;
	int r;

	if (argc != 2 + has_sum || file_open(argv[argc - 1], &file, error) < 0) {
		fprintf(stderr, "count_file: %s\n", argc == 2 + has_sum ? error : "[-s] FILE");
		return 2;
	}
	r = walk(file, has_sum, &count);
	if (file_note(file))
		fprintf(stderr, "count_file: %s\n", file_note(file));
	count_print(&count, has_sum);
	file_close(file);
	return r < 0 ? 2 : 0;
}
