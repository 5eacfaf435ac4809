/* SPDX-License-Identifier: MIT */
/* What savefile writes, libpcap must read back the same; what cannot be written must be said. */
#include "savefile.h"

#include <errno.h>
#include <pcap.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

static const uint8_t bytes[] = {0x45, 0x00, 0x00, 0x14, 0xde, 0xad, 0xbe, 0xef};

static const struct frame frames[] = {
	{.time_ns = 1700000000123456789, .bytes = bytes, .captured = 8, .length = 1500},
	{.time_ns = 0, .bytes = bytes, .captured = 0, .length = 60},
	{.time_ns = 4294967295999999999, .bytes = bytes, .captured = 3, .length = 3},
};

enum { FRAMES = sizeof(frames) / sizeof(*frames) };

static char path[] = "/tmp/lastack-savefile-XXXXXX";

static void path_make(void)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void path_remove(void)
{
	unlink(path);
}

static void frame_check(pcap_t *pcap, const struct frame *want)
{
	struct pcap_pkthdr *header;
	const u_char *saw;

	ck_assert_int_eq(pcap_next_ex(pcap, &header, &saw), 1);
	ck_assert_int_eq((uint32_t)header->ts.tv_sec, want->time_ns / 1000000000);
	ck_assert_int_eq(header->ts.tv_usec, want->time_ns % 1000000000);
	ck_assert_uint_eq(header->caplen, want->captured);
	ck_assert_uint_eq(header->len, want->length);
	ck_assert_mem_eq(saw, want->bytes, want->captured);
}

static void savefile_check(int linktype)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	struct pcap_pkthdr *header;
	const u_char *saw;

	ck_assert_msg(pcap, "%s", error);
	ck_assert_int_eq(pcap_datalink(pcap), linktype);
	for (int i = 0; i < FRAMES; i++)
		frame_check(pcap, &frames[i]);
	ck_assert_int_eq(pcap_next_ex(pcap, &header, &saw), PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

START_TEST(libpcap_reads_it_back)
{
	static const int linktypes[] = {
		DLT_EN10MB, DLT_NULL, DLT_RAW, DLT_LINUX_SLL, DLT_LINUX_SLL2};
	struct savefile *savefile;

	for (size_t i = 0; i < sizeof(linktypes) / sizeof(*linktypes); i++) {
		ck_assert_int_eq(savefile_open(path, linktypes[i], &savefile), 0);
		for (int j = 0; j < FRAMES; j++)
			ck_assert_int_eq(savefile_add(savefile, &frames[j]), 0);
		ck_assert_int_eq(savefile_close(savefile), 0);
		savefile_check(linktypes[i]);
	}
}
END_TEST

START_TEST(unsayable_frame_is_refused_whole)
{
	struct frame early = frames[0], late = frames[0], huge = frames[0];
	struct savefile *savefile;

	early.time_ns = -1;
	late.time_ns = 4294967296 * 1000000000;
	huge.captured = 262145;
	ck_assert_int_eq(savefile_open(path, DLT_EN10MB, &savefile), 0);
	for (int i = 0; i < FRAMES; i++) {
		ck_assert_int_eq(savefile_add(savefile, &early), -EINVAL);
		ck_assert_int_eq(savefile_add(savefile, &late), -EINVAL);
		ck_assert_int_eq(savefile_add(savefile, &huge), -EINVAL);
		ck_assert_int_eq(savefile_add(savefile, &frames[i]), 0);
	}
	ck_assert_int_eq(savefile_close(savefile), 0);
	savefile_check(DLT_EN10MB);
}
END_TEST

START_TEST(full_disk_is_told_by_close)
{
	struct savefile *savefile;

	ck_assert_int_eq(savefile_open("/dev/full", DLT_EN10MB, &savefile), 0);
	ck_assert_int_eq(savefile_add(savefile, &frames[0]), 0);
	ck_assert_int_eq(savefile_close(savefile), -ENOSPC);
}
END_TEST

/* The error of a full buffer comes at once, stays, and is what close says. */
START_TEST(full_disk_is_told_by_add)
{
	struct savefile *savefile;
	int saw = 0;

	ck_assert_int_eq(savefile_open("/dev/full", DLT_EN10MB, &savefile), 0);
	for (int i = 0; i < 100000 && !saw; i++)
		saw = savefile_add(savefile, &frames[0]);
	ck_assert_int_eq(saw, -ENOSPC);
	ck_assert_int_eq(savefile_add(savefile, &frames[0]), -ENOSPC);
	ck_assert_int_eq(savefile_close(savefile), -ENOSPC);
}
END_TEST

START_TEST(missing_directory_is_told_by_open)
{
	struct savefile *savefile = NULL;

	ck_assert_int_eq(savefile_open("/nonexistent/x.pcap", DLT_EN10MB, &savefile), -ENOENT);
	ck_assert_int_eq(savefile_open("/", DLT_EN10MB, &savefile), -EISDIR);
	ck_assert_ptr_null(savefile);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("savefile");

	tcase_add_checked_fixture(tcase, path_make, path_remove);
	tcase_add_test(tcase, libpcap_reads_it_back);
	tcase_add_test(tcase, unsayable_frame_is_refused_whole);
	tcase_add_test(tcase, full_disk_is_told_by_close);
	tcase_add_test(tcase, full_disk_is_told_by_add);
	tcase_add_test(tcase, missing_directory_is_told_by_open);
	return tcase_run(tcase);
}
