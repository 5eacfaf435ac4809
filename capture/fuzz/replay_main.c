/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files of a directory, one TAP line each: the corpus as an ordinary
 * test, without libFuzzer. What a target finds it says by a crash, which ends the stream early. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 1 << 20, PATH_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int file_try(const char *directory, const char *name)
{
	char path[PATH_SIZE];
	uint8_t *data = malloc(INPUT_MAX);
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file || !data) {
		free(data);
		return -1;
	}
	size = fread(data, 1, INPUT_MAX, file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count = argc == 2 ? scandir(argv[1], &entries, is_input, alphasort) : -1;

	if (count < 0) {
		fputs("usage: replay DIRECTORY\n", stderr);
		return 2;
	}
	printf("1..%d\n", count ? count : 1);
	if (!count)
		printf("not ok 1 the corpus is empty\n");
	for (int i = 0; i < count; i++) {
		fflush(stdout);
		printf("%s %d %s\n", file_try(argv[1], entries[i]->d_name) < 0 ? "not ok" : "ok",
			i + 1, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}
