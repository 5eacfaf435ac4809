/* SPDX-License-Identifier: MIT */
/* Decodes a frame, outermost header first: link, tags, IP, extension headers, TCP or UDP. Knows
 * header layouts; must not know connections, devices or files. Every read goes through a view,
 * which never reads past what was captured, so that no length field needs to be trusted. */
#include "decode.h"

#include <endian.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

enum {
	LINKTYPE_ETHERNET = 1,
	ETHER_HEADER = 14,
	VLAN_TAG = 4,
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	FAMILY_HEADER = 4,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	IP6_EXTENSION = 8, /* the least */
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	FLAGS = 0x3f, /* ECE and CWR end nothing */

	IP6_FRAGMENT = 44,

	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_WINDOW_SHIFT = 3,
	OPTION_WINDOW_SHIFT_LENGTH = 3,
	WINDOW_SHIFT_MOST = 14,
	OPTION_TIMESTAMPS = 8,
	OPTION_TIMESTAMPS_LENGTH = 10,
	OPTION_MPTCP = 30,
	STAMPS_ALONE = 12,
	STAMPS_ALONE_BEGIN = 0x0101080a,
};

/* What is left of a frame from some header on. captured <= length. */
struct view {
	const uint8_t *bytes;
	size_t captured; /* readable at `bytes` */
	size_t length; /* on the wire, or what the IP header states */
	enum frame_kind beyond; /* what a header that does not fit into `length` means */
};

typedef enum frame_kind layer_decode(struct view view, struct segment *ret);

/* Whether fewer than `size` bytes can be read; *ret_kind then says what that makes of the frame. */
static bool view_lacks(const struct view *view, size_t size, enum frame_kind *ret_kind)
{
	if (size <= view->captured)
		return false;
	*ret_kind = size > view->length ? view->beyond : FRAME_SHORT;
	return true;
}

static uint8_t view_u8(const struct view *view, size_t at)
{
	return at < view->captured ? view->bytes[at] : 0;
}

/* What was not captured reads as 0. Inline, since `size` is a constant wherever it is called. */
static inline void view_copy(const struct view *view, size_t at, void *ret, size_t size)
{
	if (at + size <= view->captured) {
		memcpy(ret, view->bytes + at, size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		((uint8_t *)ret)[i] = view_u8(view, at + i);
}

static inline uint16_t view_u16(const struct view *view, size_t at)
{
	uint16_t big;

	view_copy(view, at, &big, sizeof(big));
	return be16toh(big);
}

static inline uint32_t view_u32(const struct view *view, size_t at)
{
	uint32_t big;

	view_copy(view, at, &big, sizeof(big));
	return be32toh(big);
}

static void view_skip(struct view *view, size_t size)
{
	if (size > view->captured)
		size = view->captured;
	view->bytes += size;
	view->captured -= size;
	view->length -= size;
}

/* From here on the frame is as long as its IP header says: what lies behind is padding, and a
 * header that does not fit contradicts that length rather than being cut. */
static void view_limit(struct view *view, size_t length)
{
	view->length = length;
	if (view->captured > length)
		view->captured = length;
	view->beyond = FRAME_MALFORMED;
}

/* What nearly every segment has (RFC 7323 appendix A): two NOPs, then the time stamps. */
static bool has_stamps_only(const struct view *view, size_t header)
{
	return header == TCP_HEADER + STAMPS_ALONE &&
		view_u32(view, TCP_HEADER) == STAMPS_ALONE_BEGIN;
}

static void stamps_decode(const struct view *view, size_t at, struct segment *ret)
{
	ret->has_timestamps = true;
	ret->tsval = view_u32(view, at);
	ret->tsecr = view_u32(view, at + 4);
}

/* Stops at the first option with an impossible length, as Linux's tcp_parse_options() does: the
 * segment is good all the same. */
static void tcp_options_decode(const struct view *view, size_t header, struct segment *ret)
{
	for (size_t at = TCP_HEADER; at < header;) {
		uint8_t kind = view_u8(view, at), length = view_u8(view, at + 1);

		if (kind == OPTION_END)
			return;
		if (kind == OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= header || length < 2 || length > header - at)
			return;
		if (kind == OPTION_TIMESTAMPS && length == OPTION_TIMESTAMPS_LENGTH)
			stamps_decode(view, at + 2, ret);
		if (kind == OPTION_WINDOW_SHIFT && length == OPTION_WINDOW_SHIFT_LENGTH) {
			uint8_t shift = view_u8(view, at + 2);

			ret->has_window_shift = true;
			ret->window_shift = shift < WINDOW_SHIFT_MOST ? shift : WINDOW_SHIFT_MOST;
		}
		if (kind == OPTION_MPTCP)
			ret->has_mptcp = true;
		at += length;
	}
}

static void ports_decode(const struct view *view, struct segment *ret)
{
	ret->source.port = view_u16(view, 0);
	ret->destination.port = view_u16(view, 2);
}

static enum frame_kind tcp_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;
	size_t header;

	if (view_lacks(&view, TCP_HEADER, &kind))
		return kind;
	header = (view_u8(&view, 12) >> 4) * 4u;
	if (header < TCP_HEADER)
		return FRAME_MALFORMED;
	if (view_lacks(&view, header, &kind))
		return kind;
	ports_decode(&view, ret);
	ret->seq = view_u32(&view, 4);
	ret->ack = view_u32(&view, 8);
	ret->flags = view_u8(&view, 13) & FLAGS;
	ret->window = view_u16(&view, 14);
	ret->payload = (uint32_t)(view.length - header);
	ret->options_length = (uint8_t)(header - TCP_HEADER);
	if (has_stamps_only(&view, header))
		stamps_decode(&view, TCP_HEADER + 4, ret);
	else
		tcp_options_decode(&view, header, ret);
	return FRAME_TCP;
}

/* The UDP length may exceed the IP length in a first fragment, and is 0 in a jumbogram (RFC 2675
 * 4). */
static enum frame_kind udp_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;
	size_t length;

	if (view_lacks(&view, UDP_HEADER, &kind))
		return kind;
	length = view_u16(&view, 4);
	if (length && length < UDP_HEADER)
		return FRAME_MALFORMED;
	if (!length || length > view.length)
		length = view.length;
	ports_decode(&view, ret);
	ret->payload = (uint32_t)(length - UDP_HEADER);
	return FRAME_UDP;
}

static const struct {
	uint8_t protocol;
	layer_decode *decode;
} transports[] = {
	{6, tcp_decode},
	{17, udp_decode},
};

static enum frame_kind transport_decode(struct view view, uint8_t protocol, struct segment *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		if (transports[i].protocol == protocol)
			return transports[i].decode(view, ret);
	return FRAME_OTHER;
}

static inline void addresses_decode(
	const struct view *view, uint8_t family, size_t at, size_t size, struct segment *ret)
{
	ret->source.family = family;
	ret->destination.family = family;
	view_copy(view, at, ret->source.address, size);
	view_copy(view, at + size, ret->destination.address, size);
}

/* A total length of 0 is a frame larger than 64 KiB that the device was to cut (TSO): the
 * frame's own length holds then. */
static enum frame_kind ip4_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;
	size_t header, total;
	uint8_t protocol;

	if (view_lacks(&view, IP4_HEADER, &kind))
		return kind;
	header = (view_u8(&view, 0) & 0xf) * 4u;
	if (view_u8(&view, 0) >> 4 != 4 || header < IP4_HEADER)
		return FRAME_MALFORMED;
	total = view_u16(&view, 2);
	if (total)
		view_limit(&view, total);
	if (view_lacks(&view, header, &kind))
		return kind;
	if (view_u16(&view, 6) & 0x1fff) /* not the first fragment: no TCP header in it */
		return FRAME_OTHER;
	ret->ipid = view_u16(&view, 4);
	ret->ttl = view_u8(&view, 8);
	ret->tos = view_u8(&view, 1);
	addresses_decode(&view, 4, 12, 4, ret);
	protocol = view_u8(&view, 9);
	view_skip(&view, header);
	return transport_decode(view, protocol, ret);
}

/* Extension headers that a TCP header may follow: the size is `fixed` + `unit` * their length
 * field. */
static const struct extension {
	uint8_t protocol, fixed, unit;
} extensions[] = {
	{0, 8, 8}, /* hop-by-hop options, RFC 8200 4.3 */
	{43, 8, 8}, /* routing */
	{IP6_FRAGMENT, 8, 0}, {51, 8, 4}, /* AH, RFC 4302 2.2: counts 4-byte words, minus 2 */
	{60, 8, 8}, /* destination options */
	{135, 8, 8}, /* mobility, RFC 6275 6.1 */
	{139, 8, 8}, /* HIP, RFC 7401 5.1 */
	{140, 8, 8}, /* Shim6, RFC 5533 5.1 */
};

static const struct extension *extension_find(uint8_t protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		if (extensions[i].protocol == protocol)
			return &extensions[i];
	return NULL;
}

static enum frame_kind ip6_chain_decode(struct view view, uint8_t protocol, struct segment *ret)
{
	const struct extension *extension;
	enum frame_kind kind;
	size_t size;

	while ((extension = extension_find(protocol))) {
		if (view_lacks(&view, IP6_EXTENSION, &kind))
			return kind;
		if (protocol == IP6_FRAGMENT && view_u16(&view, 2) & 0xfff8)
			return FRAME_OTHER;
		size = extension->fixed + (size_t)extension->unit * view_u8(&view, 1);
		if (view_lacks(&view, size, &kind))
			return kind;
		protocol = view_u8(&view, 0);
		view_skip(&view, size);
	}
	return transport_decode(view, protocol, ret);
}

/* A payload length of 0 is a jumbogram (RFC 2675) or Linux's BIG TCP: the frame's own length
 * holds. */
static enum frame_kind ip6_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;
	uint8_t protocol;
	size_t payload;

	if (view_lacks(&view, IP6_HEADER, &kind))
		return kind;
	if (view_u8(&view, 0) >> 4 != 6)
		return FRAME_MALFORMED;
	payload = view_u16(&view, 4);
	protocol = view_u8(&view, 6);
	ret->ttl = view_u8(&view, 7);
	ret->tos = (uint8_t)(view_u16(&view, 0) >> 4);
	addresses_decode(&view, 6, 8, 16, ret);
	view_skip(&view, IP6_HEADER);
	if (payload)
		view_limit(&view, payload);
	return ip6_chain_decode(view, protocol, ret);
}

static const struct ethertype {
	uint16_t number;
	layer_decode *decode; /* NULL: a VLAN tag, another type follows */
} ethertypes[] = {
	{0x0800, ip4_decode}, {0x86dd, ip6_decode}, {0x8100, NULL}, /* 802.1Q */
	{0x88a8, NULL}, /* 802.1ad */
	{0x9100, NULL}, /* the 802.1ad of before the standard */
};

static const struct ethertype *ethertype_find(uint16_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(ethertypes); i++)
		if (ethertypes[i].number == number)
			return &ethertypes[i];
	return NULL;
}

static enum frame_kind ethertype_decode(struct view view, uint16_t number, struct segment *ret)
{
	const struct ethertype *type;
	enum frame_kind kind;

	while ((type = ethertype_find(number))) {
		if (type->decode)
			return type->decode(view, ret);
		if (view_lacks(&view, VLAN_TAG, &kind))
			return kind;
		number = view_u16(&view, 2);
		view_skip(&view, VLAN_TAG);
	}
	return FRAME_OTHER;
}

/* A link header of fixed size that holds an Ethernet type at `at`. */
static enum frame_kind typed_decode(struct view view, size_t header, size_t at, struct segment *ret)
{
	enum frame_kind kind;
	uint16_t type;

	if (view_lacks(&view, header, &kind))
		return kind;
	type = view_u16(&view, at);
	view_skip(&view, header);
	return ethertype_decode(view, type, ret);
}

static enum frame_kind ether_decode(struct view view, struct segment *ret)
{
	return typed_decode(view, ETHER_HEADER, 12, ret);
}

static enum frame_kind sll_decode(struct view view, struct segment *ret)
{
	return typed_decode(view, SLL_HEADER, 14, ret);
}

static enum frame_kind sll2_decode(struct view view, struct segment *ret)
{
	return typed_decode(view, SLL2_HEADER, 0, ret);
}

/* AF_INET is 2 everywhere; AF_INET6 is whatever the capturing system calls it. */
static const struct {
	uint32_t family;
	layer_decode *decode;
} families[] = {
	{2, ip4_decode}, {10, ip6_decode}, /* Linux */
	{23, ip6_decode}, /* Windows */
	{24, ip6_decode}, /* NetBSD, OpenBSD */
	{28, ip6_decode}, /* FreeBSD */
	{30, ip6_decode}, /* macOS */
};

/* NULL has the family in the byte order of the capturing machine, which nothing states; LOOP in
 * network order. Families are small, so the half that is zero tells. */
static enum frame_kind family_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;
	uint32_t family;

	if (view_lacks(&view, FAMILY_HEADER, &kind))
		return kind;
	family = view_u32(&view, 0);
	if (!(family & 0xffff))
		family = __builtin_bswap32(family);
	view_skip(&view, FAMILY_HEADER);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i].family == family)
			return families[i].decode(view, ret);
	return FRAME_OTHER;
}

static enum frame_kind raw_decode(struct view view, struct segment *ret)
{
	enum frame_kind kind;

	if (view_lacks(&view, 1, &kind))
		return kind;
	return view_u8(&view, 0) >> 4 == 6 ? ip6_decode(view, ret) : ip4_decode(view, ret);
}

static const struct link {
	int number;
	const char *name;
	layer_decode *decode;
} links[] = {
	{0, "NULL", family_decode},
	{1, "EN10MB", ether_decode},
	{12, "RAW", raw_decode}, /* DLT_RAW on Linux, as a live capture says it */
	{101, "RAW", raw_decode}, /* LINKTYPE_RAW, as a savefile says it */
	{108, "LOOP", family_decode},
	{113, "LINUX_SLL", sll_decode},
	{228, "IPV4", ip4_decode},
	{229, "IPV6", ip6_decode},
	{276, "LINUX_SLL2", sll2_decode},
};

static const struct link *link_find(int linktype)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (links[i].number == linktype)
			return &links[i];
	return NULL;
}

static inline uint16_t big16(const uint8_t *at)
{
	uint16_t big;

	memcpy(&big, at, sizeof(big));
	return be16toh(big);
}

static inline uint32_t big32(const uint8_t *at)
{
	uint32_t big;

	memcpy(&big, at, sizeof(big));
	return be32toh(big);
}

/* `length` bytes of TCP, as IP says. False if its header was not captured whole. */
static inline bool usual_tcp_decode(
	const uint8_t *tcp, size_t captured, size_t length, struct segment *ret)
{
	size_t header = (tcp[12] >> 4) * 4u;
	struct view view = {.bytes = tcp, .captured = header, .length = header};

	if (header < TCP_HEADER || header > length || header > captured)
		return false;
	ret->source.port = big16(tcp);
	ret->destination.port = big16(tcp + 2);
	ret->seq = big32(tcp + 4);
	ret->ack = big32(tcp + 8);
	ret->flags = tcp[13] & FLAGS;
	ret->window = big16(tcp + 14);
	ret->payload = (uint32_t)(length - header);
	ret->options_length = (uint8_t)(header - TCP_HEADER);
	if (has_stamps_only(&view, header))
		stamps_decode(&view, TCP_HEADER + 4, ret);
	else if (header > TCP_HEADER)
		tcp_options_decode(&view, header, ret);
	return true;
}

/* Neither options nor fragments. `captured` and `length` are of all from the IP header on. */
static inline bool usual_ip4_decode(
	const uint8_t *ip, size_t captured, size_t length, struct segment *ret)
{
	size_t total = big16(ip + 2);

	if (ip[0] != 0x45 || ip[9] != 6 || big16(ip + 6) & 0x3fff || total < IP4_HEADER ||
		total > length)
		return false;
	*ret = (struct segment){.source.family = 4, .destination.family = 4};
	ret->ipid = big16(ip + 4);
	ret->ttl = ip[8];
	ret->tos = ip[1];
	memcpy(ret->source.address, ip + 12, 4);
	memcpy(ret->destination.address, ip + 16, 4);
	return usual_tcp_decode(ip + IP4_HEADER, captured - IP4_HEADER, total - IP4_HEADER, ret);
}

/* No extension headers. */
static inline bool usual_ip6_decode(
	const uint8_t *ip, size_t captured, size_t length, struct segment *ret)
{
	size_t payload = big16(ip + 4);

	if (captured < IP6_HEADER + TCP_HEADER || ip[0] >> 4 != 6 || ip[6] != 6 || !payload ||
		IP6_HEADER + payload > length)
		return false;
	*ret = (struct segment){.source.family = 6, .destination.family = 6};
	ret->ttl = ip[7];
	ret->tos = (uint8_t)(big16(ip) >> 4);
	memcpy(ret->source.address, ip + 8, 16);
	memcpy(ret->destination.address, ip + 24, 16);
	return usual_tcp_decode(ip + IP6_HEADER, captured - IP6_HEADER, payload, ret);
}

/* Most frames: Ethernet, IP without more than its fixed header, TCP, all headers there and lengths
 * that agree. False if it is not so: then it is decoded header by header, to the same result, and
 * slower. */
static inline bool usual_decode(
	const uint8_t *bytes, size_t captured, size_t length, struct segment *ret)
{
	uint16_t type;

	if (captured < ETHER_HEADER + IP4_HEADER + TCP_HEADER)
		return false;
	type = big16(bytes + 12);
	bytes += ETHER_HEADER;
	captured -= ETHER_HEADER;
	length -= ETHER_HEADER;
	return (type == 0x0800 && usual_ip4_decode(bytes, captured, length, ret)) ||
		(type == 0x86dd && usual_ip6_decode(bytes, captured, length, ret));
}

enum frame_kind frame_decode_slowly(
	int linktype, const uint8_t *bytes, size_t captured, size_t length, struct segment *ret)
{
	const struct link *link = link_find(linktype);
	struct view view = {
		.bytes = bytes,
		.captured = captured,
		.length = length > captured ? length : captured,
		.beyond = FRAME_SHORT,
	};

	memset(ret, 0, sizeof(*ret));
	return link ? link->decode(view, ret) : FRAME_OTHER;
}

enum frame_kind frame_decode(
	int linktype, const uint8_t *bytes, size_t captured, size_t length, struct segment *ret)
{
	if (linktype == LINKTYPE_ETHERNET &&
		usual_decode(bytes, captured, length > captured ? length : captured, ret))
		return FRAME_TCP;
	return frame_decode_slowly(linktype, bytes, captured, length, ret);
}

bool linktype_known(int linktype)
{
	return link_find(linktype);
}

const char *linktype_name(int linktype)
{
	const struct link *link = link_find(linktype);

	return link ? link->name : NULL;
}
