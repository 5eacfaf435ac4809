/* SPDX-License-Identifier: MIT */
/* Reading files, modules and kernels out of Debian packages that are made here, good ones and bad
 * ones. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "kernel.h"
#include "run.h"

enum { ROOM = 4 << 20 };

struct content {
	const char *path;
	const void *bytes;
	size_t size; /* 0: the string's */
};

static char folder[] = "/tmp/packages_test.XXXXXX";
static char package[64], other_package[64];

static void make_folder(void)
{
	folder_make(folder);
	snprintf(package, sizeof(package), "%s/a.deb", folder);
	snprintf(other_package, sizeof(other_package), "%s/b.deb", folder);
}

static void remove_folder(void)
{
	unlink(package);
	unlink(other_package);
	folder_remove(folder);
}

static size_t content_size(const struct content *content)
{
	return content->size ? content->size : strlen(content->bytes);
}

static void put(struct archive *archive, const struct content *content)
{
	struct archive_entry *entry = archive_entry_new();
	size_t size = content_size(content);

	archive_entry_set_pathname(entry, content->path);
	archive_entry_set_mode(entry, S_IFREG | 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	ck_assert_int_eq(archive_write_header(archive, entry), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(archive, content->bytes, size), (la_ssize_t)size);
	archive_entry_free(entry);
}

/* A tar in memory, packed by the filter of this name ("" is none). */
static size_t make_tar(
	const struct content *contents, size_t n, const char *filter, unsigned char *buf)
{
	struct archive *archive = archive_write_new();
	size_t used;

	archive_write_set_format_gnutar(archive);
	if (*filter)
		ck_assert_int_eq(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	archive_write_open_memory(archive, buf, ROOM, &used);
	for (size_t i = 0; i < n; i++)
		put(archive, &contents[i]);
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return used;
}

static void make_ar(const char *path, const struct content *contents, size_t n)
{
	struct archive *archive = archive_write_new();

	archive_write_set_format_ar_svr4(archive);
	ck_assert_int_eq(archive_write_open_filename(archive, path), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++)
		put(archive, &contents[i]);
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

static void make_deb(const char *path, const struct content *contents, size_t n, const char *filter)
{
	static unsigned char tar[ROOM];
	char name[32];
	struct content members[] = {{"debian-binary", "2.0\n"}, {"control.tar", "-"}, {name, tar}};

	snprintf(name, sizeof(name), "data.tar%s%s", *filter ? "." : "", filter);
	members[2].size = make_tar(contents, n, filter, tar);
	make_ar(path, members, 3);
}

static size_t pack(const void *bytes, size_t size, const char *filter, unsigned char *buf)
{
	struct archive *archive = archive_write_new();
	struct content content = {"x", bytes, size};
	size_t used;

	archive_write_set_format_raw(archive);
	archive_write_add_filter_by_name(archive, filter);
	archive_write_open_memory(archive, buf, ROOM, &used);
	put(archive, &content);
	archive_write_close(archive);
	archive_write_free(archive);
	return used;
}

static const struct content some_files[] = {
	{"./boot/vmlinuz-6.1", "image"},
	{"./lib/modules/6.1/kernel/a.ko", "module"},
	{"./usr/share/doc/copyright", "text"},
};

static const char *const boot_glob[] = {"boot/vmlinuz-*", "*/copyright"};

static const char *const filters[] = {"", "gzip", "xz", "zstd"};

START_TEST(files_are_read)
{
	struct complaint complaint = {.line = 0};
	struct deb_files files;

	make_deb(package, some_files, 3, filters[_i]);
	ck_assert_msg(!deb_read(package, boot_glob, 2, &files, &complaint), "%s", complaint.text);
	ck_assert_uint_eq(files.n, 2);
	ck_assert_str_eq(files.files[0].path, "boot/vmlinuz-6.1");
	ck_assert_uint_eq(files.files[0].mode, 0644);
	ck_assert_uint_eq(files.files[0].size, 5);
	ck_assert_mem_eq(files.files[0].bytes, "image", 5);
	ck_assert_str_eq(files.files[1].path, "usr/share/doc/copyright");
	deb_files_free(&files);
}
END_TEST

static int read_package(struct complaint *complaint)
{
	struct deb_files files;
	int r = deb_read(package, boot_glob, 2, &files, complaint);

	if (!r)
		deb_files_free(&files);
	return r;
}

/* Wherever it ends. */
START_TEST(a_package_cut_short_is_refused)
{
	struct complaint complaint;
	struct stat status;

	make_deb(package, some_files, 3, filters[_i]);
	ck_assert_int_eq(stat(package, &status), 0);
	for (off_t size = status.st_size - 2; size >= 0; size -= 1 + status.st_size / 300) {
		complaint = (struct complaint){.line = 1};
		ck_assert_int_eq(truncate(package, size), 0);
		ck_assert_msg(read_package(&complaint) == -EINVAL, "at %ld of %ld", (long)size,
			(long)status.st_size);
		ck_assert_str_eq(complaint.file, package);
		ck_assert_uint_eq(complaint.line, 0);
		ck_assert_msg(strstr(complaint.text, "cut short"), "at %ld: %s", (long)size,
			complaint.text);
	}
}
END_TEST

START_TEST(a_damaged_package_is_refused)
{
	struct complaint complaint;
	struct stat status;
	char byte;
	int fd;

	make_deb(package, some_files, 3, "xz");
	ck_assert_int_eq(stat(package, &status), 0);
	fd = open(package, O_RDWR);
	ck_assert_int_eq(pread(fd, &byte, 1, status.st_size - 100), 1);
	byte = (char)~byte;
	ck_assert_int_eq(pwrite(fd, &byte, 1, status.st_size - 100), 1);
	close(fd);
	ck_assert_int_eq(read_package(&complaint), -EINVAL);
	ck_assert_ptr_nonnull(strstr(complaint.text, "damaged"));
}
END_TEST

static const struct {
	struct content members[2];
	const char *message;
} strangers[] = {
	{{{"hello", "x"}, {"data.tar", "x"}}, "is no Debian package"},
	{{{"debian-binary", "2.0\n"}, {"hello", "x"}}, "no data.tar"},
	{{{"debian-binary", "2.0\n"}, {"data.tar", "this is no tar archive"}}, "data.tar"},
};

START_TEST(what_is_no_package_is_refused)
{
	struct complaint complaint;

	make_ar(package, strangers[_i].members, 2);
	ck_assert_int_eq(read_package(&complaint), -EINVAL);
	ck_assert_str_eq(complaint.file, package);
	ck_assert_msg(strstr(complaint.text, strangers[_i].message), "%s", complaint.text);
}
END_TEST

START_TEST(a_missing_package_is_named)
{
	struct complaint complaint;

	ck_assert_int_eq(read_package(&complaint), -ENOENT);
	ck_assert_str_eq(complaint.file, package);
	ck_assert_str_eq(complaint.text, "cannot be read: No such file or directory");
}
END_TEST

/* A header that promises more than any file has; the bytes need not follow. */
START_TEST(a_huge_file_is_refused)
{
	static unsigned char tar[ROOM];
	struct content members[] = {{"debian-binary", "2.0\n"}, {"data.tar", tar}};
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	struct complaint complaint;

	archive_write_set_format_gnutar(archive);
	archive_write_set_bytes_per_block(archive, 0); /* at once */
	archive_write_open_memory(archive, tar, ROOM, &members[1].size);
	archive_entry_set_pathname(entry, "./usr/bomb");
	archive_entry_set_mode(entry, S_IFREG | 0644);
	archive_entry_set_size(entry, INT64_C(600) << 20);
	ck_assert_int_eq(archive_write_header(archive, entry), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	members[1].size = 512;
	make_ar(package, members, 2);
	ck_assert_int_eq(read_package(&complaint), -EFBIG);
	ck_assert_msg(strstr(complaint.text, "usr/bomb has 629145600 bytes"), "%s", complaint.text);
}
END_TEST

static int unpack(const void *bytes, size_t size, struct deb_file *ret, struct complaint *complaint)
{
	*ret = (struct deb_file){.path = strdup("a.ko.xz"), .bytes = malloc(size), .size = size};
	memcpy(ret->bytes, bytes, size);
	return deb_file_unpack(ret, complaint);
}

static void free_file(struct deb_file *file)
{
	free(file->path);
	free(file->bytes);
}

START_TEST(a_packed_file_unpacks)
{
	static unsigned char packed[ROOM];
	size_t size = pack("some text", 9, "xz", packed);
	struct complaint complaint;
	struct deb_file file;

	ck_assert_int_eq(unpack(packed, size, &file, &complaint), 0);
	ck_assert_str_eq(file.path, "a.ko");
	ck_assert_uint_eq(file.size, 9);
	ck_assert_mem_eq(file.bytes, "some text", 9);
	free_file(&file);
	ck_assert_int_eq(unpack(packed, size - 9, &file, &complaint), -EINVAL);
	ck_assert_str_eq(complaint.file, "a.ko.xz");
	ck_assert_ptr_nonnull(strstr(complaint.text, "cut short or damaged"));
	free_file(&file);
	ck_assert_int_eq(unpack("not packed at all", 17, &file, &complaint), -EINVAL);
	free_file(&file);
}
END_TEST

START_TEST(a_packed_bomb_is_refused)
{
	static unsigned char packed[ROOM];
	size_t size = 80 << 20;
	void *zeros = calloc(1, size);
	struct complaint complaint;
	struct deb_file file;

	size = pack(zeros, size, "zstd", packed);
	free(zeros);
	ck_assert_int_eq(unpack(packed, size, &file, &complaint), -EFBIG);
	ck_assert_str_eq(complaint.text, "cannot be unpacked: File too large");
	free_file(&file);
}
END_TEST

struct elf {
	unsigned char bytes[4096];
	size_t size;
};

static Elf64_Shdr *add_section(Elf *elf, const void *bytes, size_t size, unsigned name)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *data = elf_newdata(section);
	Elf64_Shdr *header = elf64_getshdr(section);

	*data = (Elf_Data){.d_buf = (void *)bytes,
		.d_size = size,
		.d_align = 1,
		.d_type = ELF_T_BYTE,
		.d_version = EV_CURRENT};
	header->sh_name = name;
	header->sh_type = SHT_PROGBITS;
	return header;
}

/* A module that says what it depends on and nothing else. */
static const void *make_module(const char *depends, struct elf *ret)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	int fd = memfd_create("module", MFD_CLOEXEC);
	char modinfo[256];
	size_t length;
	Elf64_Ehdr *header;
	Elf *elf;

	length = 1 +
		(size_t)snprintf(modinfo, sizeof(modinfo), "license=GPL%cdepends=%s", 0, depends);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	header = elf64_newehdr(elf);
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_machine = EM_X86_64;
	header->e_type = ET_REL;
	header->e_version = EV_CURRENT;
	add_section(elf, modinfo, length, 1);
	add_section(elf, names, sizeof(names), 10)->sh_type = SHT_STRTAB;
	header->e_shstrndx = 2;
	ck_assert_int_gt(elf_update(elf, ELF_C_WRITE), 0);
	elf_end(elf);
	ret->size = (size_t)pread(fd, ret->bytes, sizeof(ret->bytes), 0);
	close(fd);
	return ret->bytes;
}

#define MODULES "./usr/lib/modules/6.1/kernel/net/"

/* veth is packed; nf_reject needs what nf_tables needs; the two of `ring` need each other. */
static void make_kernel_package(void)
{
	static struct elf veth, tables, reject, base, broken, ring[2];
	static unsigned char packed[ROOM];
	struct content contents[] = {
		{"./boot/vmlinuz-6.1", "image"},
		{"./usr/lib/modules/6.1/modules.builtin",
			"kernel/net/unix/unix-diag.ko\nkernel/x.ko\n"},
		{MODULES "veth.ko.xz", packed},
		{MODULES "nf_reject.ko", make_module("nf_tables,nf-base", &reject)},
		{MODULES "nf_tables.ko", make_module("nf_base", &tables)},
		{MODULES "nf-base.ko", make_module("", &base)},
		{MODULES "broken.ko", make_module("nowhere", &broken)},
		{MODULES "text.ko", "not an ELF file"},
		{MODULES "ring0.ko", make_module("ring1", &ring[0])},
		{MODULES "ring1.ko", make_module("ring0", &ring[1])},
	};
	const struct elf *elves[] = {
		[3] = &reject, &tables, &base, &broken, NULL, &ring[0], &ring[1]};

	for (size_t i = 0; i < sizeof(elves) / sizeof(*elves); i++)
		contents[i].size = elves[i] ? elves[i]->size : 0;
	make_module("", &veth);
	contents[2].size = pack(veth.bytes, veth.size, "xz", packed);
	make_deb(package, contents, sizeof(contents) / sizeof(*contents), "xz");
}

static const struct {
	const char *names[5];
	const char *order, *absent; /* NULL: refused, with: */
	const char *message;
} collections[] = {
	{{NULL}, "", "", NULL},
	{{"veth"}, "veth", "", NULL},
	{{"nf_reject", "veth"}, "nf_base nf_tables nf_reject veth", "", NULL},
	{{"nf_tables", "nf-reject", "nf_tables"}, "nf_base nf_tables nf_reject", "", NULL},
	{{"unix_diag", "unix-diag", "x"}, "", "", NULL},
	{{"mptcp_diag", "veth", "tls"}, "veth", "mptcp_diag tls", NULL},
	{{"ring0"}, "ring1 ring0", "", NULL},
	{{"broken"}, NULL, NULL, "broken: no package has what it depends on: nowhere"},
	{{"text"}, NULL, NULL, "text: is no kernel module"},
};

static void add_word(char *buf, size_t size, const char *word)
{
	snprintf(buf + strlen(buf), size - strlen(buf), "%s%s", *buf ? " " : "", word);
}

START_TEST(modules_come_behind_what_they_need)
{
	const char *debs[] = {package};
	char order[100] = "", absent[100] = "";
	struct complaint complaint = {.line = 0};
	struct kernel kernel;
	int r;

	make_kernel_package();
	r = kernel_read(debs, 1, (const char *const *)collections[_i].names, &kernel, &complaint);
	ck_assert_msg(!r == !!collections[_i].order, "%s", complaint.text);
	if (r) {
		ck_assert_str_eq(complaint.file, package);
		ck_assert_msg(
			strstr(complaint.text, collections[_i].message), "%s", complaint.text);
		return;
	}
	for (size_t i = 0; i < kernel.modules.n; i++) {
		add_word(order, sizeof(order), kernel.modules.modules[i].name);
		ck_assert_mem_eq(kernel.modules.modules[i].bytes, "\177ELF", 4);
	}
	for (size_t i = 0; i < kernel.modules.n_absent; i++)
		add_word(absent, sizeof(absent), kernel.modules.absent[i]);
	ck_assert_str_eq(order, collections[_i].order);
	ck_assert_str_eq(absent, collections[_i].absent);
	kernel_free(&kernel);
}
END_TEST

static const char *const image_paths[] = {"boot/vmlinuz-5.10.0-30-cloud-amd64",
	"usr/lib/modules/7.2/vmlinuz", "lib/modules/7.2/vmlinuz",
	"usr/lib/modules/7.3/vmlinuz.unsigned", "usr/bin/linux.uml"};

/* The image in one package, the modules in another. */
START_TEST(a_kernel_comes_from_two_packages)
{
	const char *debs[] = {other_package, package};
	static const char *const names[] = {"veth", NULL};
	struct content image = {image_paths[_i], "bzImage"};
	struct complaint complaint = {.line = 0};
	struct kernel kernel;

	make_kernel_package();
	make_deb(other_package, &image, 1, "xz");
	ck_assert_msg(!kernel_read(debs, 2, names, &kernel, &complaint), "%s", complaint.text);
	ck_assert_str_eq(kernel.image.path, image_paths[_i]);
	ck_assert_uint_eq(kernel.image.size, 7);
	ck_assert_mem_eq(kernel.image.bytes, "bzImage", 7);
	ck_assert_uint_eq(kernel.modules.n, 1);
	kernel_free(&kernel);
}
END_TEST

START_TEST(a_package_without_image_is_refused)
{
	const char *debs[] = {package};
	struct complaint complaint;
	struct kernel kernel;

	make_deb(package, &some_files[1], 2, "xz");
	ck_assert_int_eq(kernel_read(debs, 1, NULL, &kernel, &complaint), -ENOENT);
	ck_assert_str_eq(complaint.file, package);
	ck_assert_ptr_nonnull(strstr(complaint.text, "holds no kernel image"));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("packages");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_loop_test(tcase, files_are_read, 0, 4);
	tcase_add_loop_test(tcase, a_package_cut_short_is_refused, 0, 4);
	tcase_add_test(tcase, a_damaged_package_is_refused);
	tcase_add_loop_test(
		tcase, what_is_no_package_is_refused, 0, sizeof(strangers) / sizeof(*strangers));
	tcase_add_test(tcase, a_missing_package_is_named);
	tcase_add_test(tcase, a_huge_file_is_refused);
	tcase_add_test(tcase, a_packed_file_unpacks);
	tcase_add_test(tcase, a_packed_bomb_is_refused);
	tcase_add_loop_test(tcase, modules_come_behind_what_they_need, 0,
		sizeof(collections) / sizeof(*collections));
	tcase_add_loop_test(tcase, a_kernel_comes_from_two_packages, 0,
		sizeof(image_paths) / sizeof(*image_paths));
	tcase_add_test(tcase, a_package_without_image_is_refused);
	return tcase_run(tcase);
}
