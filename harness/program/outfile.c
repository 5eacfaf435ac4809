/* SPDX-License-Identifier: MIT */
/* See outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int print_all(FILE *stream, outfile_printer *print, const void *what)
{
	int r;

	errno = 0;
	r = print(what, stream);
	if (r == -EIO && errno) /* the printer knows only that the stream has failed */
		return -errno;
	if (!r && fflush(stream))
		return -errno;
	return r;
}

/* A device or pipe cannot be renamed onto. */
static int write_through(const char *path, outfile_printer *print, const void *what)
{
	FILE *stream = fopen(path, "we");
	int r = stream ? print_all(stream, print, what) : -errno;

	if (stream && fclose(stream) && !r)
		r = -errno;
	return r;
}

/* Makes the file that the template names; leaves none behind when it fails. */
static int write_temporary(char *temporary, outfile_printer *print, const void *what)
{
	FILE *stream;
	mode_t mask;
	int fd, r;

	fd = mkstemp(temporary);
	if (fd < 0)
		return -errno;
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	stream = fdopen(fd, "w");
	r = stream ? print_all(stream, print, what) : -errno;
	if (stream ? fclose(stream) : close(fd))
		r = r ? r : -errno;
	if (r)
		unlink(temporary);
	return r;
}

/* ^C waits until the temporary file has its name or is gone. */
static int write_beside(const char *path, outfile_printer *print, const void *what)
{
	char temporary[4096];
	sigset_t waiting, before;
	int r;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	sigemptyset(&waiting);
	sigaddset(&waiting, SIGINT);
	sigaddset(&waiting, SIGTERM);
	sigaddset(&waiting, SIGHUP);
	sigprocmask(SIG_BLOCK, &waiting, &before);
	r = write_temporary(temporary, print, what);
	if (!r && rename(temporary, path)) {
		r = -errno;
		unlink(temporary);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int outfile_check(const char *path)
{
	char folder[4096];
	struct stat status;
	const char *slash = strrchr(path, '/');

	if (!strcmp(path, "-"))
		return 0;
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return access(path, W_OK) ? -errno : 0;
	if (snprintf(folder, sizeof(folder), "%.*s.", slash ? (int)(slash - path) + 1 : 0, path) >=
		(int)sizeof(folder))
		return -ENAMETOOLONG;
	return access(folder, W_OK | X_OK) ? -errno : 0;
}

int outfile_write(const char *path, outfile_printer *print, const void *what)
{
	struct stat status;

	if (!strcmp(path, "-"))
		return print_all(stdout, print, what);
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return write_through(path, print, what);
	return write_beside(path, print, what);
}
