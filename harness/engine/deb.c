/* SPDX-License-Identifier: MIT */
/* See deb.h. The outer archive is the package's ar, the inner one its data.tar, which reads its
 * bytes from the outer one's member. */
#include "deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The largest kernel packages unpack to a fifth of these, the largest module to a tenth. */
enum { MAX_FILES = 50000, READ_SIZE = 1 << 16, FIRST_SIZE = 1 << 18 };
static const int64_t max_file = INT64_C(512) << 20, max_all = INT64_C(2) << 30,
		     max_unpacked = INT64_C(64) << 20;

struct reader {
	const char *path;
	struct archive *outer, *inner;
	int64_t n_bytes; /* unpacked so far */
	struct complaint *complaint;
};

static int refuse_memory(struct complaint *complaint, const char *path)
{
	return complaint_of_file(complaint, -ENOMEM, path, "cannot be read: %s", strerror(ENOMEM));
}

static int refuse_archive(const struct reader *reader, struct archive *archive, const char *what)
{
	const char *text = archive_error_string(archive);

	return complaint_of_file(reader->complaint, -EINVAL, reader->path,
		"%s: cut short or damaged (%s): fetch it again", what,
		text ? text : "no reason given");
}

static la_ssize_t read_outer(struct archive *inner, void *context, const void **ret_bytes)
{
	struct reader *reader = context;
	la_int64_t offset;
	size_t size = 0;
	int r = archive_read_data_block(reader->outer, ret_bytes, &size, &offset);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r >= ARCHIVE_WARN)
		return (la_ssize_t)size;
	archive_set_error(inner, EINVAL, "%s", archive_error_string(reader->outer));
	return -1;
}

static const char *without_dot(const char *path)
{
	while (path && !strncmp(path, "./", 2))
		path += 2;
	return path;
}

static bool is_wanted(const char *path, const char *const globs[], size_t n_globs)
{
	for (size_t i = 0; i < n_globs; i++)
		if (!fnmatch(globs[i], path, 0))
			return true;
	return false;
}

static int append(struct deb_files *files, const char *path, uint32_t mode, size_t size)
{
	struct deb_file *grown = reallocarray(files->files, files->n + 1, sizeof(*grown));
	struct deb_file *file;

	if (!grown)
		return -ENOMEM;
	files->files = grown;
	file = &grown[files->n++];
	*file = (struct deb_file){.mode = mode, .size = size};
	file->path = strdup(path);
	file->bytes = malloc(size + 1);
	return file->path && file->bytes ? 0 : -ENOMEM;
}

static int take_file(struct reader *reader, const char *path, struct archive_entry *entry,
	struct deb_files *files)
{
	size_t size = (size_t)archive_entry_size(entry);

	if (append(files, path, archive_entry_perm(entry), size))
		return refuse_memory(reader->complaint, reader->path);
	if (archive_read_data(reader->inner, files->files[files->n - 1].bytes, size) !=
		(la_ssize_t)size)
		return refuse_archive(reader, reader->inner, path);
	return 0;
}

static int check_size(struct reader *reader, const char *path, struct archive_entry *entry)
{
	int64_t size = archive_entry_size(entry);

	if (size >= 0 && size <= max_file && reader->n_bytes + size <= max_all) {
		reader->n_bytes += size;
		return 0;
	}
	return complaint_of_file(reader->complaint, -EFBIG, reader->path,
		"%s has %lld bytes, want at most %lld in a file and %lld in all: is this a package "
		"of Debian's?",
		path, (long long)size, (long long)max_file, (long long)max_all);
}

static int read_tar(
	struct reader *reader, const char *const globs[], size_t n_globs, struct deb_files *files)
{
	struct archive_entry *entry;
	int n = 0, r = 0, got;

	while (!r && (got = archive_read_next_header(reader->inner, &entry)) != ARCHIVE_EOF) {
		const char *path = without_dot(archive_entry_pathname(entry));

		if (got < ARCHIVE_WARN || !path)
			return refuse_archive(reader, reader->inner, "data.tar");
		if (++n > MAX_FILES)
			return complaint_of_file(reader->complaint, -EFBIG, reader->path,
				"holds more than %d files: is this a package of Debian's?",
				MAX_FILES);
		r = check_size(reader, path, entry);
		if (!r && archive_entry_filetype(entry) == AE_IFREG &&
			!archive_entry_hardlink(entry) && is_wanted(path, globs, n_globs))
			r = take_file(reader, path, entry, files);
	}
	return r;
}

/* Behind the tar's end nothing may be missing either. */
static int read_rest(struct reader *reader)
{
	const void *bytes;
	la_int64_t offset;
	size_t size;
	int r;

	while ((r = archive_read_data_block(reader->outer, &bytes, &size, &offset)) >= ARCHIVE_WARN)
		if (r == ARCHIVE_EOF)
			return 0;
	return refuse_archive(reader, reader->outer, "data.tar");
}

static int find_data(struct reader *reader)
{
	struct archive_entry *entry;
	int n = 0, r;

	while ((r = archive_read_next_header(reader->outer, &entry)) >= ARCHIVE_WARN &&
		r != ARCHIVE_EOF) {
		const char *name = archive_entry_pathname(entry);

		if (!n++ && (!name || strcmp(name, "debian-binary")))
			break;
		if (name && !strncmp(name, "data.tar", strlen("data.tar")))
			return 0;
	}
	if (n > 1)
		return refuse_archive(reader, reader->outer, "no data.tar");
	return complaint_of_file(reader->complaint, -EINVAL, reader->path,
		"is no Debian package, or one cut short: want 'debian-binary' and 'data.tar' in an "
		"ar archive");
}

static int read_package(struct reader *reader, int fd, const char *const globs[], size_t n_globs,
	struct deb_files *files)
{
	int r;

	archive_read_support_format_ar(reader->outer);
	if (archive_read_open_fd(reader->outer, fd, READ_SIZE) != ARCHIVE_OK)
		return refuse_archive(reader, reader->outer, "want a Debian package");
	r = find_data(reader);
	if (r)
		return r;
	archive_read_support_format_tar(reader->inner);
	archive_read_support_filter_gzip(reader->inner);
	archive_read_support_filter_xz(reader->inner);
	archive_read_support_filter_zstd(reader->inner);
	if (archive_read_open(reader->inner, reader, NULL, read_outer, NULL) != ARCHIVE_OK)
		return refuse_archive(reader, reader->inner, "data.tar");
	r = read_tar(reader, globs, n_globs, files);
	return r ? r : read_rest(reader);
}

int deb_read(const char *path, const char *const globs[], size_t n_globs, struct deb_files *ret,
	struct complaint *ret_complaint)
{
	struct reader reader = {.path = path, .complaint = ret_complaint};
	struct deb_files files = {.n = 0};
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return complaint_of_file(
			ret_complaint, -errno, path, "cannot be read: %s", strerror(errno));
	reader.outer = archive_read_new();
	reader.inner = archive_read_new();
	r = reader.outer && reader.inner ? read_package(&reader, fd, globs, n_globs, &files)
					 : refuse_memory(ret_complaint, path);
	archive_read_free(reader.inner);
	archive_read_free(reader.outer);
	close(fd);
	if (r) {
		deb_files_free(&files);
		return r;
	}
	*ret = files;
	return 0;
}

void deb_files_free(struct deb_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->files[i].path);
		free(files->files[i].bytes);
	}
	free(files->files);
	*files = (struct deb_files){.n = 0};
}

static char *packed_suffix(const char *path)
{
	static const char *const suffixes[] = {".xz", ".zst", ".gz"};
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t end = strlen(suffixes[i]);

		if (length > end && !strcmp(path + length - end, suffixes[i]))
			return (char *)path + length - end;
	}
	return NULL;
}

/* All of an opened stream that has one member; its size is not known before. */
static int read_stream(struct archive *archive, unsigned char **ret_bytes, size_t *ret_size)
{
	size_t room = FIRST_SIZE, used = 0;
	unsigned char *bytes = malloc(room);

	while (bytes) {
		la_ssize_t n = archive_read_data(archive, bytes + used, room - used);

		*ret_bytes = bytes;
		*ret_size = used;
		if (n <= 0)
			return n ? -EINVAL : 0;
		used += (size_t)n;
		if (used < room)
			continue;
		room *= 2;
		if ((int64_t)room > max_unpacked)
			return -EFBIG;
		bytes = reallocarray(bytes, room, 1);
	}
	free(*ret_bytes);
	*ret_bytes = NULL;
	return -ENOMEM;
}

static int unpack(struct archive *archive, const struct deb_file *file, unsigned char **ret_bytes,
	size_t *ret_size)
{
	struct archive_entry *entry;

	if (!archive)
		return -ENOMEM;
	archive_read_support_format_raw(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	if (archive_read_open_memory(archive, file->bytes, file->size) != ARCHIVE_OK ||
		archive_read_next_header(archive, &entry) != ARCHIVE_OK ||
		archive_filter_count(archive) < 2)
		return -EINVAL;
	return read_stream(archive, ret_bytes, ret_size);
}

int deb_file_unpack(struct deb_file *file, struct complaint *ret_complaint)
{
	char *suffix = packed_suffix(file->path);
	struct archive *archive;
	unsigned char *bytes = NULL;
	size_t size = 0;
	int r;

	if (!suffix)
		return 0;
	archive = archive_read_new();
	r = unpack(archive, file, &bytes, &size);
	archive_read_free(archive);
	if (r) {
		free(bytes);
		return complaint_of_file(ret_complaint, r, file->path, "cannot be unpacked: %s",
			r == -EINVAL ? "cut short or damaged" : strerror(-r));
	}
	free(file->bytes);
	file->bytes = bytes;
	file->size = size;
	*suffix = '\0';
	return 0;
}
