/* SPDX-License-Identifier: MIT */
/* See cache.h. */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 16 };

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int cache_folder(char *buf, struct complaint *ret_complaint)
{
	const char *own = variable("LASTACK_CACHE"), *base = variable("XDG_CACHE_HOME"),
		   *home = variable("HOME");
	int length;

	if (own)
		length = snprintf(buf, PATH_MAX, "%s", own);
	else if (base)
		length = snprintf(buf, PATH_MAX, "%s/lastack", base);
	else if (home)
		length = snprintf(buf, PATH_MAX, "%s/.cache/lastack", home);
	else
		return complaint_of_file(ret_complaint, -ENOENT, "cache",
			"neither LASTACK_CACHE nor HOME names a folder for what is fetched");
	if (length < PATH_MAX)
		return 0;
	return complaint_of_file(
		ret_complaint, -ENAMETOOLONG, "cache", "%s", strerror(ENAMETOOLONG));
}

/* Makes every folder of the path; what is there already is no error. */
static int make_folders(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0777);
		*at = '/';
	}
	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	return 0;
}

int cache_make(const char *folder, struct complaint *ret_complaint)
{
	char path[PATH_MAX];
	struct stat status;
	int r;

	snprintf(path, sizeof(path), "%s", folder);
	r = make_folders(path);
	if (!r && stat(folder, &status))
		r = -errno;
	if (!r && !S_ISDIR(status.st_mode))
		r = -ENOTDIR;
	if (!r && access(folder, W_OK | X_OK))
		r = -errno;
	if (!r)
		return 0;
	return complaint_of_file(ret_complaint, r, folder,
		"nothing can be kept there: %s; name another folder in LASTACK_CACHE",
		strerror(-r));
}

static int put_path(const char *folder, const struct stack_deb *deb, const char *end, char *buf)
{
	int length = snprintf(
		buf, PATH_MAX, "%s/%s-%s%s", folder, deb->sha256, stack_deb_file(deb), end);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int cache_path(const char *folder, const struct stack_deb *deb, char *buf)
{
	return put_path(folder, deb, "", buf);
}

int cache_part_path(const char *folder, const struct stack_deb *deb, char *buf)
{
	return put_path(folder, deb, ".part", buf);
}

uint64_t cache_size(const char *path)
{
	struct stat status;

	return stat(path, &status) || !S_ISREG(status.st_mode) ? 0 : (uint64_t)status.st_size;
}

static int digest_stream(FILE *stream, char digest[STACK_DIGEST_SIZE])
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	uint8_t *buf = malloc(READ_SIZE);
	size_t n;

	if (!buf)
		return -ENOMEM;
	sha256_init(&context);
	while ((n = fread(buf, 1, READ_SIZE, stream)))
		sha256_update(&context, n, buf);
	free(buf);
	sha256_digest(&context, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
	return ferror(stream) ? -EIO : 0;
}

int cache_verify(const char *path, const struct stack_deb *deb, struct complaint *ret_complaint)
{
	char digest[STACK_DIGEST_SIZE] = "";
	FILE *stream = fopen(path, "re");
	int r = stream ? digest_stream(stream, digest) : -errno;
	uint64_t size = cache_size(path);

	if (stream)
		fclose(stream);
	if (r)
		return complaint_of_file(
			ret_complaint, r, path, "cannot be read: %s", strerror(-r));
	if (size != deb->size)
		return complaint_of_file(ret_complaint, -EILSEQ, path, "want %llu bytes, saw %llu",
			(unsigned long long)deb->size, (unsigned long long)size);
	if (strcmp(digest, deb->sha256))
		return complaint_of_file(ret_complaint, -EILSEQ, path, "want SHA256 %s, saw %s",
			deb->sha256, digest);
	return 0;
}
