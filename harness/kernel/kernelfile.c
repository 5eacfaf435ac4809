/* SPDX-License-Identifier: MIT */
/* See kernelfile.h. */
#include "kernelfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYSCTLS "/proc/sys/"
#define PATH_SIZE 128

int kernel_file_read(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	ssize_t length;

	*ret = 0;
	if (fd < 0)
		return -errno;
	length = read(fd, ret, size - 1);
	if (length < 0)
		r = -errno;
	close(fd);
	ret[length > 0 ? length : 0] = 0;
	if (length > 0 && ret[length - 1] == '\n')
		ret[length - 1] = 0;
	return r;
}

int kernel_file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		r = -errno;
	close(fd);
	return r;
}

static const char *path_of(const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, SYSCTLS "%s", name);
	for (char *dot = path + strlen(SYSCTLS); *dot; dot++)
		if (*dot == '.')
			*dot = '/';
	return path;
}

int sysctl_read(const char *name, char *ret, size_t size)
{
	char path[PATH_SIZE];

	return kernel_file_read(path_of(name, path), ret, size);
}

int sysctl_write(const char *name, const char *value)
{
	char path[PATH_SIZE];

	return kernel_file_write(path_of(name, path), value);
}

bool sysctl_exists(const char *name)
{
	char path[PATH_SIZE];

	return !access(path_of(name, path), F_OK);
}
