/* SPDX-License-Identifier: MIT */
/* See initramfs.h. */
#include "initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct writer {
	struct archive *archive;
	const char *path;
	struct complaint *complaint;
	int64_t n_entries; /* each is its own inode, else the kernel would take them for links */
	char **folders; /* made so far */
	size_t n_folders;
};

static int refuse(struct complaint *complaint, const char *path, int error, const char *what)
{
	return complaint_of_file(complaint, error, path, "%s: %s", what, strerror(-error));
}

static int refuse_archive(struct writer *writer)
{
	int error = archive_errno(writer->archive);

	return refuse(
		writer->complaint, writer->path, error > 0 ? -error : -EIO, "cannot be written");
}

static const char *without_slash(const char *path)
{
	return path + strspn(path, "/");
}

static int put(
	struct writer *writer, const struct initramfs_entry *like, const void *bytes, size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	int r = 0;

	if (!entry)
		return refuse(writer->complaint, writer->path, -ENOMEM, "cannot be written");
	archive_entry_set_pathname(entry, without_slash(like->path));
	archive_entry_set_mode(entry, like->mode);
	archive_entry_set_ino64(entry, ++writer->n_entries);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)size);
	if (S_ISCHR(like->mode)) {
		archive_entry_set_rdevmajor(entry, like->major);
		archive_entry_set_rdevminor(entry, like->minor);
	}
	if (archive_write_header(writer->archive, entry) != ARCHIVE_OK ||
		(size && archive_write_data(writer->archive, bytes, size) != (la_ssize_t)size))
		r = refuse_archive(writer);
	archive_entry_free(entry);
	return r;
}

static bool has_folder(const struct writer *writer, const char *path)
{
	for (size_t i = 0; i < writer->n_folders; i++)
		if (!strcmp(writer->folders[i], path))
			return true;
	return false;
}

/* Takes the path, which is allocated. */
static int remember_folder(struct writer *writer, char *path)
{
	char **folders = reallocarray(writer->folders, writer->n_folders + 1, sizeof(*folders));

	if (!path || !folders) {
		free(path);
		writer->folders = folders ? folders : writer->folders;
		return refuse(writer->complaint, writer->path, -ENOMEM, "cannot be written");
	}
	writer->folders = folders;
	folders[writer->n_folders++] = path;
	return 0;
}

/* The kernel makes no folder by itself. */
static int put_folders(struct writer *writer, const char *path)
{
	const char *start = without_slash(path), *slash = start;

	while ((slash = strchr(slash, '/'))) {
		char *folder = strndup(start, (size_t)(slash - start));
		struct initramfs_entry entry = {.path = folder, .mode = S_IFDIR | 0755};
		int r;

		slash++;
		if (folder && has_folder(writer, folder)) {
			free(folder);
			continue;
		}
		r = remember_folder(writer, folder);
		if (!r)
			r = put(writer, &entry, NULL, 0);
		if (r)
			return r;
	}
	return 0;
}

static int read_source(
	const char *path, unsigned char **ret_bytes, size_t *ret_size, struct complaint *complaint)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = fd < 0 ? -errno : 0;
	unsigned char *bytes = NULL;
	struct stat status;
	size_t used = 0;
	ssize_t n = 1;

	if (!r && fstat(fd, &status))
		r = -errno;
	if (!r && !S_ISREG(status.st_mode))
		r = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (!r && !(bytes = malloc((size_t)status.st_size + 1)))
		r = -ENOMEM;
	while (!r && n > 0 && used < (size_t)status.st_size) {
		n = read(fd, bytes + used, (size_t)status.st_size - used);
		if (n < 0)
			r = -errno;
		else
			used += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (r) {
		free(bytes);
		return refuse(complaint, path, r, "cannot be read");
	}
	*ret_bytes = bytes;
	*ret_size = used;
	return 0;
}

static int put_entry(struct writer *writer, const struct initramfs_entry *entry)
{
	unsigned char *bytes = NULL;
	size_t size = 0;
	int r = put_folders(writer, entry->path);

	if (r || (S_ISDIR(entry->mode) && has_folder(writer, without_slash(entry->path))))
		return r;
	if (S_ISDIR(entry->mode))
		r = remember_folder(writer, strdup(without_slash(entry->path)));
	if (!r && entry->source)
		r = read_source(entry->source, &bytes, &size, writer->complaint);
	if (!r)
		r = put(writer, entry, entry->source ? bytes : entry->bytes,
			entry->source ? size : entry->size);
	free(bytes);
	return r;
}

static int put_all(struct writer *writer, int fd, const struct initramfs_entry entries[], size_t n)
{
	if (archive_write_set_format_cpio_newc(writer->archive) != ARCHIVE_OK ||
		archive_write_add_filter_none(writer->archive) != ARCHIVE_OK ||
		archive_write_open_fd(writer->archive, fd) != ARCHIVE_OK)
		return refuse_archive(writer);
	for (size_t i = 0; i < n; i++) {
		int r = put_entry(writer, &entries[i]);

		if (r)
			return r;
	}
	return archive_write_close(writer->archive) == ARCHIVE_OK ? 0 : refuse_archive(writer);
}

static int write_archive(const char *path, int fd, const struct initramfs_entry entries[], size_t n,
	struct complaint *complaint)
{
	struct writer writer = {
		.archive = archive_write_new(), .path = path, .complaint = complaint};
	int r = writer.archive ? put_all(&writer, fd, entries, n)
			       : refuse(complaint, path, -ENOMEM, "cannot be written");

	archive_write_free(writer.archive);
	for (size_t i = 0; i < writer.n_folders; i++)
		free(writer.folders[i]);
	free(writer.folders);
	return r;
}

int initramfs_write(const char *path, const struct initramfs_entry entries[], size_t n,
	struct complaint *ret_complaint)
{
	char temporary[4096];
	int fd, r;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return refuse(ret_complaint, path, -ENAMETOOLONG, "cannot be written");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return refuse(ret_complaint, path, -errno, "cannot be written");
	r = write_archive(path, fd, entries, n, ret_complaint);
	if (close(fd) && !r)
		r = refuse(ret_complaint, path, -errno, "cannot be written");
	if (!r && rename(temporary, path))
		r = refuse(ret_complaint, path, -errno, "cannot be written");
	if (r)
		unlink(temporary);
	return r;
}
