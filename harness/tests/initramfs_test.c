/* SPDX-License-Identifier: MIT */
/* The initramfs of a guest: what was given is in it, and nothing is left where that failed. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "initramfs.h"
#include "run.h"

static char folder[] = "/tmp/initramfs_test.XXXXXX";
static char given[64], written[64];

static void make_folder(void)
{
	folder_make(folder);
	snprintf(given, sizeof(given), "%s/zero.case", folder);
	snprintf(written, sizeof(written), "%s/initramfs", folder);
}

static void remove_folder(void)
{
	unlink(given);
	unlink(written);
	folder_remove(folder);
}

static const struct initramfs_entry entries[] = {
	{"/init", S_IFREG | 0755, "program", 7, NULL, 0, 0},
	{"/dev/console", S_IFCHR | 0600, NULL, 0, NULL, 5, 1},
	{"/cases/linger/zero.case", S_IFREG | 0644, NULL, 0, given, 0, 0},
	{"/cases/linger/huge.case", S_IFREG | 0644, "", 0, NULL, 0, 0},
	{"/proc", S_IFDIR | 0555, NULL, 0, NULL, 0, 0},
	{"/dev", S_IFDIR | 0755, NULL, 0, NULL, 0, 0},
};

static const struct {
	const char *path;
	unsigned mode;
	int64_t size;
} members[] = {
	{"init", S_IFREG | 0755, 7},
	{"dev", S_IFDIR | 0755, 0},
	{"dev/console", S_IFCHR | 0600, 0},
	{"cases", S_IFDIR | 0755, 0},
	{"cases/linger", S_IFDIR | 0755, 0},
	{"cases/linger/zero.case", S_IFREG | 0644, 4},
	{"cases/linger/huge.case", S_IFREG | 0644, 0},
	{"proc", S_IFDIR | 0555, 0},
};

static void write_text(const char *path, const char *text)
{
	FILE *stream = fopen(path, "we");

	ck_assert_ptr_nonnull(stream);
	fputs(text, stream);
	fclose(stream);
}

static size_t read_whole(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, buf, size);

	close(fd);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

START_TEST(an_initramfs_holds_what_it_was_given)
{
	struct complaint complaint = {.line = 0};
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	write_text(given, "case");
	ck_assert_msg(!initramfs_write(written, entries, 6, &complaint), "%s", complaint.text);
	archive_read_support_format_cpio(archive);
	ck_assert_int_eq(archive_read_open_filename(archive, written, 4096), ARCHIVE_OK);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		ck_assert_int_eq(archive_read_next_header(archive, &entry), ARCHIVE_OK);
		ck_assert_str_eq(archive_entry_pathname(entry), members[i].path);
		ck_assert_uint_eq(archive_entry_mode(entry), members[i].mode);
		ck_assert_int_eq(archive_entry_size(entry), members[i].size);
		ck_assert_uint_eq(archive_entry_uid(entry), 0);
		ck_assert_int_eq(archive_entry_ino64(entry), (int64_t)i + 1);
		if (S_ISCHR(members[i].mode)) {
			ck_assert_uint_eq(archive_entry_rdevmajor(entry), 5);
			ck_assert_uint_eq(archive_entry_rdevminor(entry), 1);
		}
	}
	ck_assert_int_eq(archive_read_next_header(archive, &entry), ARCHIVE_EOF);
	ck_assert_str_eq(archive_format_name(archive), "ASCII cpio (SVR4 with no CRC)");
	archive_read_free(archive);
}
END_TEST

START_TEST(the_same_entries_give_the_same_bytes)
{
	static char once[8192], again[8192];
	struct complaint complaint;
	size_t size;

	write_text(given, "case");
	ck_assert_int_eq(initramfs_write(written, entries, 6, &complaint), 0);
	size = read_whole(written, once, sizeof(once));
	write_text(given, "case");
	ck_assert_int_eq(initramfs_write(written, entries, 6, &complaint), 0);
	ck_assert_uint_eq(read_whole(written, again, sizeof(again)), size);
	ck_assert_mem_eq(once, again, size);
}
END_TEST

/* remove_folder() fails if the temporary file stays. */
START_TEST(what_cannot_be_written_leaves_the_old_file)
{
	char text[8] = "";
	struct complaint complaint;

	write_text(written, "old");
	ck_assert_int_eq(initramfs_write(written, entries, 6, &complaint), -ENOENT);
	ck_assert_str_eq(complaint.file, given);
	ck_assert_str_eq(complaint.text, "cannot be read: No such file or directory");
	ck_assert_uint_eq(read_whole(written, text, sizeof(text)), 3);
	ck_assert_int_eq(initramfs_write("/nonexistent/x", entries, 1, &complaint), -ENOENT);
	ck_assert_str_eq(complaint.file, "/nonexistent/x");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("initramfs");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, an_initramfs_holds_what_it_was_given);
	tcase_add_test(tcase, the_same_entries_give_the_same_bytes);
	tcase_add_test(tcase, what_cannot_be_written_leaves_the_old_file);
	return tcase_run(tcase);
}
