/* SPDX-License-Identifier: MIT */
/* Tables of literal bytes -> what frame_decode() makes of them, whole, cut at every length, and
 * with every byte flipped; the short way for the usual frame gives the same as the long one. Each
 * frame is decoded in a block of exactly its size, so that ASan sees a read past it. */
#include "decode.h"

#include <ctype.h>
#include <string.h>

#include "run.h"
#include "same.h"
#include "text.h"

enum {
	NULL_LINK = 0,
	EN10MB = 1,
	RAW_LIVE = 12,
	RAW = 101,
	LOOP = 108,
	SLL = 113,
	IPV4 = 228,
	IPV6 = 229,
	SLL2 = 276
};

#define MACS "020000000001 020000000002 "
#define ETHER4 MACS "0800 "
#define ETHER6 MACS "86dd "
#define IP4_FULL(ihl, total, fragment, protocol) \
	"4" ihl " 00 " total " 1234 " fragment " 40 " protocol " 0000 0a000001 0a000002 "
#define IP4(total, protocol) IP4_FULL("5", total, "4000", protocol)
#define IP6(payload, next)                  \
	"60000000 " payload " " next " 40 " \
	"20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define TCP_FULL(offset, flags) "9c40 1b58 00000064 000000c8 " offset "0 " flags " 0200 0000 0000 "
#define TCP(flags) TCP_FULL("5", flags)
#define UDP(length) "9c40 1b58 " length " 0000 "
#define TIMESTAMPS "01 01 08 0a 00000007 00000009 "

#define ENDS4 "10.0.0.1:40000 > 10.0.0.2:7000 "
#define ENDS6 "[2001:db8::1]:40000 > [2001:db8::2]:7000 "
#define REST4 " seq 100 ack 200 win 512 ttl 64 ipid 4660 "
#define REST6 " seq 100 ack 200 win 512 ttl 64 ipid 0 "
#define SYN4 "TCP " ENDS4 "SYN" REST4 "payload 0 opts 0"
#define SYN6 "TCP " ENDS6 "SYN" REST6 "payload 0 opts 0"

struct row {
	const char *name;
	int linktype;
	const char *bytes, *want;
	size_t length; /* on the wire, where it is more than `bytes` */
};

static const struct row rows[] = {
	/* link types */
	{"ether", EN10MB, ETHER4 IP4("0028", "06") TCP("02"), SYN4},
	{"ether ipv6", EN10MB, ETHER6 IP6("0014", "06") TCP("02"), SYN6},
	{"ether padded", EN10MB, ETHER4 IP4("0028", "06") TCP("02") "000000000000", SYN4},
	{"802.1Q", EN10MB, MACS "8100 0005 0800 " IP4("0028", "06") TCP("02"), SYN4},
	{"802.1ad", EN10MB, MACS "88a8 0005 8100 0006 86dd " IP6("0014", "06") TCP("02"), SYN6},
	{"null little", NULL_LINK, "02000000 " IP4("0028", "06") TCP("02"), SYN4},
	{"null big", NULL_LINK, "00000002 " IP4("0028", "06") TCP("02"), SYN4},
	{"null linux ipv6", NULL_LINK, "0a000000 " IP6("0014", "06") TCP("02"), SYN6},
	{"null windows ipv6", NULL_LINK, "17000000 " IP6("0014", "06") TCP("02"), SYN6},
	{"null openbsd ipv6", NULL_LINK, "18000000 " IP6("0014", "06") TCP("02"), SYN6},
	{"null freebsd ipv6", NULL_LINK, "1c000000 " IP6("0014", "06") TCP("02"), SYN6},
	{"null macos ipv6", NULL_LINK, "1e000000 " IP6("0014", "06") TCP("02"), SYN6},
	{"null other", NULL_LINK, "07000000 " IP4("0028", "06") TCP("02"), "OTHER"},
	{"loop", LOOP, "00000002 " IP4("0028", "06") TCP("02"), SYN4},
	{"raw", RAW, IP4("0028", "06") TCP("02"), SYN4},
	{"raw ipv6", RAW, IP6("0014", "06") TCP("02"), SYN6},
	{"raw live", RAW_LIVE, IP4("0028", "06") TCP("02"), SYN4},
	{"raw version 5", RAW,
		"5"
		"5 00 0028 1234 4000 40 06 0000 0a000001 0a000002",
		"MALFORMED"},
	{"ipv4", IPV4, IP4("0028", "06") TCP("02"), SYN4},
	{"ipv4 holds ipv6", IPV4, IP6("0014", "06") TCP("02"), "MALFORMED"},
	{"ipv6", IPV6, IP6("0014", "06") TCP("02"), SYN6},
	{"ipv6 holds ipv4", IPV6, IP4("0028", "06") TCP("02"), "MALFORMED"},
	{"sll", SLL, "0000 0304 0006 0000000000000000 0800 " IP4("0028", "06") TCP("02"), SYN4},
	{"sll2", SLL2,
		"86dd 0000 00000001 0304 00 06 0000000000000000 " IP6("0014", "06") TCP("02"),
		SYN6},
	{"sll tagged", SLL,
		"0000 0001 0006 0000000000000000 8100 0005 0800 " IP4("0028", "06") TCP("02"),
		SYN4},
	{"unknown link", 147, IP4("0028", "06") TCP("02"), "OTHER"},
	{"arp", EN10MB, MACS "0806 0001 0800 0604 0001", "OTHER"},
	{"802.3 length", EN10MB, MACS "0026 4242 03", "OTHER"},
	{"tags only", EN10MB, MACS "8100 0005 8100 0005", "SHORT"},

	/* IPv4 */
	{"ipv4 options", RAW, IP4_FULL("6", "002c", "4000", "06") "94040000 " TCP("02"), SYN4},
	{"ipv4 header too small", RAW, IP4_FULL("4", "0028", "4000", "06") TCP("02"), "MALFORMED"},
	{"ipv4 total below header", RAW, IP4_FULL("6", "0014", "4000", "06") "94040000 " TCP("02"),
		"MALFORMED"},
	{"ipv4 total inside tcp", RAW, IP4("0020", "06") TCP("02"), "MALFORMED"},
	{"ipv4 total beyond frame", RAW, IP4("05dc", "06") TCP("10"),
		"TCP " ENDS4 "ACK" REST4 "payload 1460 opts 0"},
	{"ipv4 snapped payload", RAW, IP4("05dc", "06") TCP("18") "616263",
		"TCP " ENDS4 "PSH,ACK" REST4 "payload 1460 opts 0", 1500},
	{"ipv4 tso", EN10MB, ETHER4 IP4("0000", "06") TCP("10"),
		"TCP " ENDS4 "ACK" REST4 "payload 70000 opts 0", 70054},
	{"ipv4 tos", RAW, "45 10 0028 1234 4000 40 06 0000 0a000001 0a000002 " TCP("02"),
		SYN4 " tos 16"},
	{"ipv6 class", RAW,
		"6b812345 0014 06 40 20010db8000000000000000000000001 "
		"20010db8000000000000000000000002 " TCP("02"),
		SYN6 " tos 184"},
	{"ipv4 first fragment", RAW,
		IP4_FULL("5", "0030", "2000", "06") TCP("10") "0000000000000000",
		"TCP " ENDS4 "ACK" REST4 "payload 8 opts 0"},
	{"ipv4 later fragment", RAW, IP4_FULL("5", "0028", "0001", "06") TCP("02"), "OTHER"},
	{"icmp", RAW, IP4("001c", "01") "0800 0000 0000 0000", "OTHER"},
	{"ipv4 without payload", RAW, IP4("0014", "06"), "MALFORMED"},

	/* IPv6 */
	{"ipv6 hop-by-hop", RAW, IP6("001c", "00") "06 00 010400000000 " TCP("02"), SYN6},
	{"ipv6 chain", RAW,
		IP6("003c",
			"00") "2b 00 010400000000 3c 00 0000 0000 0000 2c 01 0000000000000000000000000000 "
			      "06 00 0000 00000001 " TCP("02"),
		SYN6},
	{"ipv6 ah", RAW, IP6("0024", "33") "06 02 0000 00000001 00000002 00000003 " TCP("02"),
		SYN6},
	{"ipv6 first fragment", RAW, IP6("001c", "2c") "06 00 0001 00000001 " TCP("02"), SYN6},
	{"ipv6 later fragment", RAW, IP6("001c", "2c") "06 00 0009 00000001 " TCP("02"), "OTHER"},
	{"ipv6 extension too long", RAW, IP6("001c", "00") "06 ff 010400000000 " TCP("02"),
		"MALFORMED"},
	{"ipv6 extension cut by length", RAW, IP6("0004", "00") "06 00 010400000000", "MALFORMED"},
	{"ipv6 esp", RAW, IP6("0014", "32") TCP("02"), "OTHER"},
	{"ipv6 no next header", RAW, IP6("0000", "3b"), "OTHER"},
	{"ipv6 jumbogram", RAW, IP6("0000", "00") "06 00 c204 00011184 " TCP("10"),
		"TCP " ENDS6 "ACK" REST6 "payload 69992 opts 0", 70060},
	{"ipv6 big tcp", RAW, IP6("0000", "06") TCP("10"),
		"TCP " ENDS6 "ACK" REST6 "payload 100000 opts 0", 100060},
	{"icmpv6", RAW, IP6("0008", "3a") "8700 0000 00000000", "OTHER"},

	/* TCP */
	{"every flag", RAW, IP4("0028", "06") TCP("ff"),
		"TCP " ENDS4 "FIN,SYN,RST,PSH,ACK,URG" REST4 "payload 0 opts 0"},
	{"no flag", RAW, IP4("0028", "06") TCP("00"), "TCP " ENDS4 "-" REST4 "payload 0 opts 0"},
	{"payload", RAW, IP4("002b", "06") TCP("18") "616263",
		"TCP " ENDS4 "PSH,ACK" REST4 "payload 3 opts 0"},
	{"timestamps", RAW, IP4("0034", "06") TCP_FULL("8", "10") TIMESTAMPS,
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 12 ts 7/9"},
	{"syn options", RAW,
		IP4("003c", "06")
			TCP_FULL("a", "02") "0204ffd7 0402 080a 00000007 00000000 01 030307",
		"TCP " ENDS4 "SYN" REST4 "payload 0 opts 20 ts 7/0"},
	{"mptcp", RAW, IP4("002c", "06") TCP_FULL("6", "02") "1e04 0181",
		"TCP " ENDS4 "SYN" REST4 "payload 0 opts 4 mptcp"},
	{"option length 0", RAW,
		IP4("0034", "06") TCP_FULL("8", "10") "0500 080a 00000007 00000009",
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 12"},
	{"option length 1", RAW, IP4("002c", "06") TCP_FULL("6", "10") "1e01 0000",
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 4"},
	{"option beyond header", RAW,
		IP4("0032", "06") TCP_FULL("6", "10") "080a 00000007 00000009",
		"TCP " ENDS4 "ACK" REST4 "payload 6 opts 4"},
	{"option kind at the end", RAW, IP4("002c", "06") TCP_FULL("6", "10") "010101 08 0a",
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 4"},
	{"timestamps of wrong length", RAW, IP4("002c", "06") TCP_FULL("6", "10") "0804 0007",
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 4"},
	{"option behind the end", RAW,
		IP4("0034", "06") TCP_FULL("8", "10") "0000 080a 00000007 00000009",
		"TCP " ENDS4 "ACK" REST4 "payload 0 opts 12"},
	{"offset too small", RAW, IP4("0028", "06") TCP_FULL("4", "02"), "MALFORMED"},
	{"offset beyond length", RAW, IP4("0028", "06") TCP_FULL("6", "02") "01010101",
		"MALFORMED"},

	/* UDP */
	{"udp", RAW, IP4("0020", "11") UDP("000c") "70696e67", "UDP " ENDS4 "payload 4"},
	{"udp ipv6", RAW, IP6("0008", "11") UDP("0008"), "UDP " ENDS6 "payload 0"},
	{"udp shorter than ip", RAW, IP4("0020", "11") UDP("000a") "70696e67",
		"UDP " ENDS4 "payload 2"},
	{"udp length 7", RAW, IP4("0020", "11") UDP("0007") "70696e67", "MALFORMED"},
	{"udp first fragment", RAW,
		IP4_FULL("5", "0024", "2000", "11") UDP("0fa0") "0000000000000000",
		"UDP " ENDS4 "payload 8"},
	{"udp cut by ip length", RAW, IP4("0018", "11") UDP("0008"), "MALFORMED"},
};

enum { ROWS = sizeof(rows) / sizeof(*rows), BYTES_MAX = 256 };

static size_t hex_read(const char *text, uint8_t bytes[BYTES_MAX])
{
	size_t size = 0;

	for (; *text; text++) {
		char digits[3] = {text[0], text[1]};

		if (isspace((unsigned char)*text))
			continue;
		ck_assert_msg(isxdigit((unsigned char)text[1]) && size < BYTES_MAX,
			"odd digit at %s", text);
		bytes[size++] = (uint8_t)strtoul(digits, NULL, 16);
		text++;
	}
	return size;
}

/* Decodes `size` bytes in a block of their own; nothing of what *ret held may survive. */
static enum frame_kind frame_decode_alone(
	int linktype, const uint8_t *bytes, size_t size, size_t length, struct segment *ret)
{
	uint8_t *alone = malloc(size ? size : 1);
	enum frame_kind kind;

	memcpy(alone, bytes, size);
	memset(ret, 0x5a, sizeof(*ret));
	kind = frame_decode(linktype, size ? alone : NULL, size, length, ret);
	free(alone);
	return kind;
}

static void decode_alone(
	int linktype, const uint8_t *bytes, size_t size, size_t length, char text[TEXT_SIZE])
{
	struct segment segment;
	enum frame_kind kind = frame_decode_alone(linktype, bytes, size, length, &segment);

	frame_text(kind, &segment, text);
}

static void row_decode(const struct row *row, size_t cut, char text[TEXT_SIZE])
{
	uint8_t bytes[BYTES_MAX];
	size_t size = hex_read(row->bytes, bytes), length = row->length ? row->length : size;

	decode_alone(row->linktype, bytes, cut < size ? cut : size, length, text);
}

START_TEST(whole_frame_decodes)
{
	const struct row *row = &rows[_i];
	char saw[TEXT_SIZE];

	row_decode(row, BYTES_MAX, saw);
	ck_assert_msg(!strcmp(saw, row->want), "%s: want %s, saw %s", row->name, row->want, saw);
}
END_TEST

/* A frame cut by snaplen is SHORT up to some length, and from there on as if whole. */
START_TEST(cut_frame_is_short)
{
	const struct row *row = &rows[_i];
	uint8_t bytes[BYTES_MAX];
	size_t size = hex_read(row->bytes, bytes);
	bool is_enough = false;

	for (size_t cut = 0; cut <= size; cut++) {
		char saw[TEXT_SIZE];

		row_decode(row, cut, saw);
		is_enough |= strcmp(saw, "SHORT");
		ck_assert_msg(!strcmp(saw, is_enough ? row->want : "SHORT"),
			"%s, %zu bytes: want %s, saw %s", row->name, cut,
			is_enough ? row->want : "SHORT", saw);
	}
}
END_TEST

/* A frame that really ends early keeps its kind or is SHORT. */
START_TEST(truncated_frame_is_short)
{
	const struct row *row = &rows[_i];
	uint8_t bytes[BYTES_MAX];
	size_t size = hex_read(row->bytes, bytes);

	for (size_t cut = 0; cut <= size; cut++) {
		char saw[TEXT_SIZE];

		decode_alone(row->linktype, bytes, cut, cut, saw);
		ck_assert_msg(!strcmp(saw, "SHORT") || !strncmp(saw, row->want, 3),
			"%s, ends after %zu: want SHORT or %s, saw %s", row->name, cut, row->want,
			saw);
	}
}
END_TEST

/* Every bit alone, and every byte whole. */
START_TEST(flipped_frame_is_a_value)
{
	const struct row *row = &rows[_i];
	uint8_t bytes[BYTES_MAX];
	size_t size = hex_read(row->bytes, bytes);

	for (size_t at = 0; at < size; at++) {
		for (int flip = 0; flip <= 8; flip++) {
			uint8_t mask = flip < 8 ? (uint8_t)(1 << flip) : 0xff;
			struct segment segment;
			enum frame_kind kind;

			bytes[at] ^= mask;
			kind = frame_decode_alone(row->linktype, bytes, size, size, &segment);
			bytes[at] ^= mask;
			if (kind > FRAME_MALFORMED || segment.time_ns ||
				segment.options_length > 40)
				ck_abort_msg(
					"%s, byte %zu ^ %d: kind %d", row->name, at, mask, kind);
		}
	}
}
END_TEST

static void both_ways(const struct row *row, const uint8_t *bytes, size_t size, size_t length)
{
	struct segment shortly, slowly;
	enum frame_kind kind = frame_decode_alone(row->linktype, bytes, size, length, &shortly);
	enum frame_kind want = frame_decode_slowly(row->linktype, bytes, size, length, &slowly);

	ck_assert_msg(
		kind == want, "%s, %zu bytes: want kind %d, saw %d", row->name, size, want, kind);
	ck_assert_msg(kind > FRAME_UDP || segment_equals(&shortly, &slowly),
		"%s, %zu bytes: the short way differs", row->name, size);
}

/* Two bytes at a time become anything, at any length. */
START_TEST(short_way_agrees)
{
	const struct row *row = &rows[_i];
	uint8_t bytes[BYTES_MAX], changed[BYTES_MAX];
	size_t size = hex_read(row->bytes, bytes);
	uint32_t random = (uint32_t)_i + 1;

	for (size_t cut = 0; cut <= size; cut++) {
		both_ways(row, bytes, cut, row->length ? row->length : size);
		both_ways(row, bytes, cut, cut);
	}
	for (int i = 0; i < 3000; i++) {
		memcpy(changed, bytes, size);
		for (int n = 0; n < 2; n++) {
			random = random * 1664525 + 1013904223;
			changed[(random >> 16) % size] = (uint8_t)(random >> 8);
		}
		random = random * 1664525 + 1013904223;
		both_ways(row, changed, size, size + (random >> 16) % 3);
	}
}
END_TEST

START_TEST(linktypes_have_names)
{
	ck_assert(linktype_known(EN10MB) && linktype_known(SLL2) && linktype_known(NULL_LINK));
	ck_assert(!linktype_known(147) && !linktype_known(-1));
	ck_assert_str_eq(linktype_name(EN10MB), "EN10MB");
	ck_assert_str_eq(linktype_name(SLL2), "LINUX_SLL2");
	ck_assert_ptr_null(linktype_name(147));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("decode");

	tcase_add_loop_test(tcase, whole_frame_decodes, 0, ROWS);
	tcase_add_loop_test(tcase, cut_frame_is_short, 0, ROWS);
	tcase_add_loop_test(tcase, truncated_frame_is_short, 0, ROWS);
	tcase_add_loop_test(tcase, flipped_frame_is_a_value, 0, ROWS);
	tcase_add_loop_test(tcase, short_way_agrees, 0, ROWS);
	tcase_add_test(tcase, linktypes_have_names);
	return tcase_run(tcase);
}
