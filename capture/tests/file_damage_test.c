/* SPDX-License-Identifier: MIT */
/* What is no capture, or a damaged one, is told by name, and what is made up costs nobody anything.
 */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "specimen.h"

#define LENGTH(array) (int)(sizeof(array) / sizeof(*(array)))

static char error[FILE_ERROR_SIZE];

/* What is no capture is told at once, and by name. */
START_TEST(no_capture_is_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
		int error;
	} rows[] = {
		{"", 0, -ENODATA},
		{"\xd4\xc3\xb2", 3, -EBADMSG},
		{"connection reset by peer\n", 25, -EBADMSG},
		{"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\xff", 12, -EBADMSG},
		{"\x1f\x8b no gzip but for this", 24, -EBADMSG},
	};
	struct file *file = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int fd = bytes_fd(rows[i].bytes, rows[i].size);

		ck_assert_int_eq(file_open_fd(fd, "some name", &file, error), rows[i].error);
		ck_assert_msg(!strncmp(error, "some name: ", 11), "%s", error);
		close(fd);
	}
	ck_assert_int_eq(file_open("/nonexistent/x", &file, error), -ENOENT);
	ck_assert_str_eq(error, "/nonexistent/x: No such file or directory");
	ck_assert_int_eq(file_open("/", &file, error), -EISDIR);
	ck_assert_ptr_null(file);
}
END_TEST

/* A tar archive begins with a header of 512 bytes, "ustar" at 257 (POSIX, pax). */
static const char tar[512] = {[0] = 'a', [257] = 'u', 's', 't', 'a', 'r'};
/* What gzip makes of nothing. */
#define EMPTY_GZIP "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0"

static const struct stranger_row {
	const char *bytes;
	size_t size;
	int error;
	const char *says;
} stranger_rows[] = {
	{"PK\3\4\x14\0\0\0\x08\0\0\0", 12, -EBADMSG, "a zip archive: unpack"},
	{tar, sizeof(tar), -EBADMSG, "a tar archive: unpack"},
	{"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0", 12, -EBADMSG, "a 7-Zip archive: unpack"},
	{"Rar!\x1a\x07\x01\0\0\0\0\0", 12, -EBADMSG, "a RAR archive: unpack"},
	{"12:00:00.1 IP 10.0.0.1.80 > 10.0.0.2.9\n", 39, -EBADMSG, "a text: want the capture"},
	{"snoop\0\0\0\0\0\0\x02\0\0\0\x04\0\0\0\0\0\0\0\0", 24, -EBADMSG,
		"editcap converts others"},
	{EMPTY_GZIP, 20, -ENODATA, "there is nothing in it"},
};

/* What people have in place of a capture is called by its name, and they are told what to do. */
START_TEST(stranger_is_named)
{
	const struct stranger_row *row = &stranger_rows[_i];
	int fd = bytes_fd(row->bytes, row->size);
	struct file *file = NULL;

	ck_assert_int_eq(file_open_fd(fd, "some name", &file, error), row->error);
	ck_assert_msg(strstr(error, row->says) != NULL, "want %s, saw %s", row->says, error);
	close(fd);
}
END_TEST

/* One good record, then what somebody made up. */
struct lie {
	const char *note;
	void (*write)(struct specimen *specimen);
};

static void pcap_too_long(struct specimen *specimen)
{
	put_pcap_record(specimen, 0, 0, FILE_CAPTURED_MAX + 1, 60);
}

static void pcap_endless(struct specimen *specimen)
{
	put_pcap_record(specimen, 0, 0, 0xffffffff, 0xffffffff);
}

static void lie_block(struct specimen *specimen, uint32_t type, uint32_t total, uint32_t again)
{
	put_u32(specimen, type);
	put_u32(specimen, total);
	put_fill(specimen, 32);
	put_u32(specimen, again);
}

static void block_of_none(struct specimen *specimen)
{
	lie_block(specimen, 6, 0, 0);
}

static void block_too_short(struct specimen *specimen)
{
	lie_block(specimen, 6, 28, 28);
}

static void block_not_aligned(struct specimen *specimen)
{
	lie_block(specimen, 99, 45, 45);
}

static void packet_not_aligned(struct specimen *specimen)
{
	put_u32(specimen, 6);
	put_u32(specimen, 33);
	put_u32(specimen, 0);
	for (int i = 0; i < 4; i++) /* stamp and lengths */
		put_u32(specimen, 0);
	put_u8(specimen, 0);
	put_u32(specimen, 33);
	put_fill(specimen, 3);
}

static void block_endless(struct specimen *specimen)
{
	lie_block(specimen, 6, 0xfffffffc, 0xfffffffc);
}

static void unknown_endless(struct specimen *specimen)
{
	lie_block(specimen, 99, 0xfffffffc, 0xfffffffc);
}

static void two_lengths(struct specimen *specimen)
{
	lie_block(specimen, 6, 44, 40);
}

static void two_lengths_unknown(struct specimen *specimen)
{
	lie_block(specimen, 99, 44, 40);
}

static void packet_of(struct specimen *specimen, uint32_t interface, uint32_t captured)
{
	block_begin(specimen, 6);
	put_u32(specimen, interface);
	put_u32(specimen, 0);
	put_u32(specimen, 0);
	put_u32(specimen, captured);
	put_u32(specimen, 60);
	put_fill(specimen, 64);
	block_end(specimen);
}

static void packet_of_nobody(struct specimen *specimen)
{
	packet_of(specimen, 1, 60);
}

static void packet_too_long(struct specimen *specimen)
{
	packet_of(specimen, 0, 65);
}

static void packet_endless(struct specimen *specimen)
{
	packet_of(specimen, 0, 0xffffffff);
}

static void simple_too_long(struct specimen *specimen)
{
	block_begin(specimen, 3);
	put_u32(specimen, 60);
	put_fill(specimen, 56);
	block_end(specimen);
}

static void section_of_version_2(struct specimen *specimen)
{
	size_t at = specimen->size + 12;

	put_section(specimen);
	specimen->bytes[at] = 2;
}

static void section_of_no_order(struct specimen *specimen)
{
	size_t at = specimen->size + 8;

	put_section(specimen);
	specimen->bytes[at] = 0;
}

static void simple_of_nobody(struct specimen *specimen)
{
	put_section(specimen);
	block_begin(specimen, 3);
	put_u32(specimen, 0);
	block_end(specimen);
}

static void interface_option(struct specimen *specimen, uint16_t code, uint16_t size, uint8_t value)
{
	block_begin(specimen, 1);
	put_u16(specimen, 1);
	put_u16(specimen, 0);
	put_u32(specimen, 0);
	put_u16(specimen, code);
	put_u16(specimen, size);
	put_u8(specimen, value);
	block_end(specimen);
}

static void option_too_long(struct specimen *specimen)
{
	interface_option(specimen, 2, 5, 0);
}

static void resolution_decimal(struct specimen *specimen)
{
	interface_option(specimen, 9, 1, 20);
}

static void resolution_binary(struct specimen *specimen)
{
	interface_option(specimen, 9, 1, 0x80 | 64);
}

static const struct lie pcap_lies[] = {
	{"damaged after record 1: a record claims 262145 bytes (at most 262144)", pcap_too_long},
	{"damaged after record 1: a record claims 4294967295 bytes (at most 262144)", pcap_endless},
};

static const struct lie pcapng_lies[] = {
	{"damaged after record 1: a block claims 0 bytes", block_of_none},
	{"damaged after record 1: a block claims 28 bytes", block_too_short},
	{"damaged after record 1: a block claims 45 bytes", block_not_aligned},
	{"damaged after record 1: a block claims 33 bytes", packet_not_aligned},
	{"damaged after record 1: a block claims 4294967292 bytes", block_endless},
	{"cut short after record 1", unknown_endless},
	{"damaged after record 1: a block's two lengths differ", two_lengths},
	{"damaged after record 1: a block's two lengths differ", two_lengths_unknown},
	{"damaged after record 1: a packet of interface 1 (there are 1)", packet_of_nobody},
	{"damaged after record 1: a packet claims 65 bytes in a block of 96", packet_too_long},
	{"damaged after record 1: a packet claims 4294967295 bytes in a block of 96",
		packet_endless},
	{"damaged after record 1: a simple packet claims 60 bytes in a block of 72",
		simple_too_long},
	{"damaged after record 1: a section of version 2 (known: 1)", section_of_version_2},
	{"damaged after record 1: a section of unknown byte order", section_of_no_order},
	{"damaged after record 1: a simple packet before any interface", simple_of_nobody},
	{"damaged after record 1: an interface's option is longer than its block", option_too_long},
	{"damaged after record 1: an interface's time resolution is 0x14", resolution_decimal},
	{"damaged after record 1: an interface's time resolution is 0xc0", resolution_binary},
};

static void lie_check(struct specimen *specimen, const struct lie *lie)
{
	struct frame_header batch[2];
	struct file *file;
	int fd;

	lie->write(specimen);
	fd = bytes_fd(specimen->bytes, specimen->size);
	ck_assert_int_eq(file_open_fd(fd, "specimen", &file, error), 0);
	ck_assert_int_eq(file_next_batch(file, batch, 2), 1);
	ck_assert_int_eq(file_next_batch(file, batch, 2), 0);
	ck_assert_ptr_nonnull(file_note(file));
	ck_assert_str_eq(file_note(file), lie->note);
	file_close(file);
	close(fd);
}

START_TEST(lie_in_pcap_is_damage)
{
	struct specimen specimen = {.name = "lie"};

	put_pcap_header(&specimen, 0xa1b2c3d4, 1);
	put_pcap_record(&specimen, 0, 0, 60, 60);
	put_fill(&specimen, 60);
	lie_check(&specimen, &pcap_lies[_i]);
}
END_TEST

START_TEST(lie_in_pcapng_is_damage)
{
	struct specimen specimen = {.name = "lie"};

	put_section(&specimen);
	put_interface(&specimen, 1, 0);
	packet_of(&specimen, 0, 60);
	lie_check(&specimen, &pcapng_lies[_i]);
}
END_TEST

/* 20 bytes each: without a limit they would cost more memory than file. */
START_TEST(interfaces_are_limited)
{
	enum { INTERFACES = 65537, SIZE = 20 };
	struct specimen section = {.name = "section"}, interface = {.name = "interface"};
	struct frame_header batch[1];
	struct file *file;
	int fd;

	put_section(&section);
	put_interface(&interface, 1, 0);
	ck_assert_uint_eq(interface.size, SIZE);
	fd = bytes_fd(section.bytes, section.size);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), (off_t)section.size);
	for (int i = 0; i < INTERFACES; i++)
		ck_assert_int_eq(write(fd, interface.bytes, SIZE), SIZE);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(file_open_fd(fd, "specimen", &file, error), 0);
	ck_assert_int_eq(file_next_batch(file, batch, 1), 0);
	ck_assert_str_eq(file_note(file), "damaged after record 0: more than 65536 interfaces");
	file_close(file);
	close(fd);
}
END_TEST

static void length_check(const struct specimen *specimen)
{
	int fd = bytes_fd(specimen->bytes, specimen->size);
	struct frame_header batch[1];
	struct file *file;

	ck_assert_int_eq(file_open_fd(fd, "specimen", &file, error), 0);
	ck_assert_int_eq(file_next_batch(file, batch, 1), 1);
	ck_assert_uint_eq(batch->captured, 61);
	ck_assert_uint_eq(batch->length, 61);
	file_close(file);
	close(fd);
}

/* More was captured than there was: some writers leave the length at 0. */
START_TEST(length_is_never_less_than_captured)
{
	struct specimen pcap = {.name = "pcap"}, pcapng = {.name = "pcapng"};

	put_pcap_header(&pcap, 0xa1b2c3d4, 1);
	put_pcap_record(&pcap, 0, 0, 61, 0);
	put_fill(&pcap, 61);
	length_check(&pcap);
	put_section(&pcapng);
	put_interface(&pcapng, 1, 0);
	packet_of(&pcapng, 0, 61); /* of 60 */
	length_check(&pcapng);
}
END_TEST

/* A stamp that a number of nanoseconds cannot say is the nearest that it can. */
START_TEST(time_without_end_is_clipped)
{
	static const struct {
		uint8_t resolution;
		int64_t offset;
		uint64_t units;
		int64_t time_ns;
	} rows[] = {
		{6, 0, UINT64_MAX, INT64_MAX},
		{9, 0, INT64_MAX, INT64_MAX},
		{9, 0, (uint64_t)INT64_MAX + 1, INT64_MAX},
		{0, 0, UINT64_MAX, INT64_MAX},
		{0, INT64_MAX, UINT64_MAX, INT64_MAX},
		{0, INT64_MIN, 0, INT64_MIN},
		{19, 0, UINT64_MAX, 1844674407},
		{0x80 | 63, 0, UINT64_MAX, 1999999999},
		{0x80, 0, 3, 3000000000},
	};
	struct specimen specimen = {.name = "time"};
	struct frame_header batch[LENGTH(rows)];
	struct file *file;
	int fd;

	put_section(&specimen);
	for (int i = 0; i < LENGTH(rows); i++)
		put_interface_of(&specimen, rows[i].resolution, rows[i].offset);
	for (int i = 0; i < LENGTH(rows); i++)
		put_stamp(&specimen, (uint32_t)i, rows[i].units);
	fd = bytes_fd(specimen.bytes, specimen.size);
	ck_assert_int_eq(file_open_fd(fd, "specimen", &file, error), 0);
	ck_assert_int_eq(file_next_batch(file, batch, LENGTH(rows)), LENGTH(rows));
	for (int i = 0; i < LENGTH(rows); i++)
		ck_assert_msg(batch[i].time_ns == rows[i].time_ns, "row %d: %lld", i,
			(long long)batch[i].time_ns);
	file_close(file);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("file_damage");

	tcase_add_test(tcase, no_capture_is_refused);
	tcase_add_loop_test(tcase, stranger_is_named, 0, LENGTH(stranger_rows));
	tcase_add_loop_test(tcase, lie_in_pcap_is_damage, 0, LENGTH(pcap_lies));
	tcase_add_loop_test(tcase, lie_in_pcapng_is_damage, 0, LENGTH(pcapng_lies));
	tcase_add_test(tcase, time_without_end_is_clipped);
	tcase_add_test(tcase, interfaces_are_limited);
	tcase_add_test(tcase, length_is_never_less_than_captured);
	return tcase_run(tcase);
}
