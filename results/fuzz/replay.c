/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files of a directory, without libFuzzer: an ordinary TAP test. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int file_replay(const char *directory, const char *name)
{
	static uint8_t bytes[1 << 20];
	char path[4096];
	FILE *stream;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "re");
	if (!stream)
		return -errno;
	size = fread(bytes, 1, sizeof(bytes), stream);
	fclose(stream);
	LLVMFuzzerTestOneInput(bytes, size);
	return 0;
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int i, n;

	n = argc == 2 ? scandir(argv[1], &entries, is_seed, alphasort) : -1;
	if (n <= 0) {
		fprintf(stderr, "usage: replay DIRECTORY, with at least one file in it\n");
		return EXIT_FAILURE;
	}
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		bool is_ok = file_replay(argv[1], entries[i]->d_name) == 0;

		printf("%s %d %s\n", is_ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	return EXIT_SUCCESS;
}
