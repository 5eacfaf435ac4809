/* SPDX-License-Identifier: MIT */
/* measure FILE COMMAND...: runs the command and appends a line to the file: seconds by the clock,
 * seconds of CPU, KiB resident at most. Small, since a child's peak counts from before its exec().
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int note(const char *path, double wall, const struct rusage *usage)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return -1;
	fprintf(file, "%.4f\t%.4f\t%ld\n", wall,
		seconds(usage->ru_utime) + seconds(usage->ru_stime), usage->ru_maxrss);
	return fclose(file);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double began = now();
	int status, error;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: measure FILE COMMAND...\n", stderr);
		return 2;
	}
	error = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (error) {
		fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(error));
		return 2;
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 2;
	if (note(argv[1], now() - began, &usage)) {
		fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
