/* SPDX-License-Identifier: MIT */
/* A capture much larger than the reader's buffer, with frames of every size there is: libpcap finds
 * the same in it. Then the same capture compressed, and cut. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <pcap.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "run.h"
#include "savefile.h"

enum {
	FRAMES = 1000,
	ROOM = 64,
};

struct large {
	char path[64]; /* of a file in memory */
	uint8_t *bytes;
	size_t size;
};

static char error[FILE_ERROR_SIZE];
static uint8_t noise[FILE_CAPTURED_MAX];
static struct large large;

/* Marsaglia's xorshift: any numbers, but the same each time. */
static uint32_t random_next(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Mostly as on a wire; some large ones, each size by itself. */
static size_t size_choose(int number)
{
	if (number % 400 == 399)
		return FILE_CAPTURED_MAX - (size_t)number / 400;
	return random_next() % (number % 40 == 39 ? 65536 : 1515);
}

static void large_write(const char *path)
{
	struct frame frame = {.time_ns = 1700000000000000000};
	struct savefile *savefile;

	ck_assert_int_eq(savefile_open(path, 1, &savefile), 0);
	for (int i = 0; i < FRAMES; i++) {
		frame.time_ns += random_next() % 1000000;
		frame.captured = size_choose(i);
		frame.length = frame.captured + random_next() % 100;
		frame.bytes = noise + random_next() % (FILE_CAPTURED_MAX + 1 - frame.captured);
		ck_assert_int_eq(savefile_add(savefile, &frame), 0);
	}
	ck_assert_int_eq(savefile_close(savefile), 0);
}

static void large_make(void)
{
	int fd = memfd_create("large", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	snprintf(large.path, sizeof(large.path), "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(random_next() % 16); /* something is to be gained */
	large_write(large.path);
	large.size = (size_t)lseek(fd, 0, SEEK_END);
	large.bytes = mmap(NULL, large.size, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(large.bytes, MAP_FAILED);
}

static pcap_t *libpcap_open(void)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(
		large.path, PCAP_TSTAMP_PRECISION_NANO, why);

	ck_assert_msg(pcap, "%s", why);
	return pcap;
}

static void frame_compare(pcap_t *pcap, const struct frame_header *saw)
{
	struct pcap_pkthdr *want;
	const u_char *bytes;

	ck_assert_int_eq(pcap_next_ex(pcap, &want, &bytes), 1);
	ck_assert_int_eq(saw->time_ns, want->ts.tv_sec * 1000000000 + want->ts.tv_usec);
	ck_assert_uint_eq(saw->captured, want->caplen);
	ck_assert_uint_eq(saw->length, want->len);
	ck_assert_int_eq(saw->linktype, pcap_datalink(pcap));
	ck_assert_int_eq(memcmp(saw->bytes, bytes, want->caplen), 0);
}

/* Each frame against libpcap's, of the whole file. Returns how many there were. */
static int compare(struct file *file)
{
	struct frame_header batch[ROOM];
	pcap_t *pcap = libpcap_open();
	int seen = 0, count;

	while ((count = file_next_batch(file, batch, ROOM)) > 0)
		for (int i = 0; i < count; i++, seen++)
			frame_compare(pcap, &batch[i]);
	ck_assert_int_eq(count, 0);
	pcap_close(pcap);
	return seen;
}

START_TEST(libpcap_reads_the_same)
{
	struct file *file;

	ck_assert_msg(file_open(large.path, &file, error) == 0, "%s", error);
	ck_assert_int_eq(compare(file), FRAMES);
	ck_assert_ptr_null(file_note(file));
	file_close(file);
}
END_TEST

/* The same in Kuznetzov's format, which only libpcap reads: two more words in each record. */
static int modified_make(void)
{
	const uint8_t *at = large.bytes, *end = large.bytes + large.size;
	const uint32_t magic = 0xa1b2cd34;
	int fd = memfd_create("modified", MFD_CLOEXEC);
	FILE *stream = fdopen(dup(fd), "wb");

	fwrite(&magic, sizeof(magic), 1, stream);
	fwrite(at + 4, 20, 1, stream);
	for (at += 24; at < end;) {
		struct {
			uint32_t seconds, fraction, captured, length, extra[2];
		} record = {0};

		memcpy(&record, at, 16);
		record.fraction /= 1000;
		fwrite(&record, sizeof(record), 1, stream);
		fwrite(at + 16, 1, record.captured, stream);
		at += 16 + record.captured;
	}
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(what_libpcap_helps_with_is_the_same)
{
	struct frame_header ours, helped;
	struct file *file, *by_help;
	int fd = modified_make();

	ck_assert_msg(file_open_fd(fd, "modified", &by_help, error) == 0, "%s", error);
	ck_assert_str_eq(file_format(by_help), "libpcap");
	ck_assert_int_eq(file_open(large.path, &file, error), 0);
	while (file_next_batch(file, &ours, 1) == 1) {
		ck_assert_int_eq(file_next_batch(by_help, &helped, 1), 1);
		ck_assert_int_eq(helped.time_ns, ours.time_ns / 1000 * 1000);
		ck_assert_uint_eq(helped.captured, ours.captured);
		ck_assert_uint_eq(helped.length, ours.length);
		ck_assert_int_eq(memcmp(helped.bytes, ours.bytes, ours.captured), 0);
	}
	ck_assert_int_eq(file_next_batch(by_help, &helped, 1), 0);
	ck_assert_uint_eq(file_records(by_help), FRAMES);
	ck_assert_ptr_null(file_note(by_help));
	file_close(file);
	file_close(by_help);
	close(fd);
}
END_TEST

static const struct {
	const char *name;
	int (*add)(struct archive *);
	bool is_one_block; /* which is lost without its end */
} compressions[] = {
	{"gzip", archive_write_add_filter_gzip, false},
	{"zstd", archive_write_add_filter_zstd, false},
	{"xz", archive_write_add_filter_xz, false},
	{"lz4", archive_write_add_filter_lz4, true},
	{"bzip2", archive_write_add_filter_bzip2, false},
	{"lzip", archive_write_add_filter_lzip, false},
	{"compress", archive_write_add_filter_compress, false},
};

/* Returns a file in memory, and how long it is. */
static int compress_large(int (*add)(struct archive *), size_t *ret_size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	int fd = memfd_create("compressed", MFD_CLOEXEC);

	ck_assert_int_eq(archive_write_set_format_raw(archive), ARCHIVE_OK);
	ck_assert_int_eq(add(archive), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_fd(archive, fd), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	ck_assert_int_eq(archive_write_header(archive, entry), ARCHIVE_OK);
	ck_assert_int_eq(
		archive_write_data(archive, large.bytes, large.size), (la_ssize_t)large.size);
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(archive);
	*ret_size = (size_t)lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(compressed_it_is_the_same)
{
	struct file *file;
	size_t size;
	int fd = compress_large(compressions[_i].add, &size);

	ck_assert_uint_lt(size, large.size);
	ck_assert_msg(file_open_fd(fd, compressions[_i].name, &file, error) == 0, "%s", error);
	ck_assert_str_eq(file_format(file), "pcap");
	ck_assert_int_eq(compare(file), FRAMES);
	ck_assert_ptr_null(file_note(file));
	file_close(file);
	close(fd);
}
END_TEST

START_TEST(cut_while_compressed_is_told)
{
	struct file *file;
	size_t size;
	int fd = compress_large(compressions[_i].add, &size);
	char note[64];
	int seen, r;

	ck_assert_int_eq(ftruncate(fd, (off_t)(size - 10)), 0);
	r = file_open_fd(fd, compressions[_i].name, &file, error);
	ck_assert_msg(r == (compressions[_i].is_one_block ? -EBADMSG : 0), "%s", error);
	if (r < 0)
		return;
	seen = compare(file);
	ck_assert_int_gt(seen, 0);
	ck_assert_int_lt(seen, FRAMES);
	ck_assert_ptr_nonnull(file_note(file));
	snprintf(note, sizeof(note), " after record %d", seen);
	ck_assert_msg(strstr(file_note(file), note), "%s", file_note(file));
	file_close(file);
	close(fd);
}
END_TEST

int main(void)
{
	const int count = sizeof(compressions) / sizeof(*compressions);
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, large_make, NULL);
	tcase_add_test(tcase, libpcap_reads_the_same);
	tcase_add_test(tcase, what_libpcap_helps_with_is_the_same);
	tcase_add_loop_test(tcase, compressed_it_is_the_same, 0, count);
	tcase_add_loop_test(tcase, cut_while_compressed_is_told, 0, count);
	return tcase_run(tcase);
}
