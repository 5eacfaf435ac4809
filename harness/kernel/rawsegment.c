/* SPDX-License-Identifier: MIT */
/* Headers and checksums, byte by byte. */
#include "rawsegment.h"

#include <netinet/in.h>
#include <string.h>

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	ICMP_HEADER = 8,
	QUOTED = 8, /* bytes of the segment behind its IP header: ports and sequence number */
	DATAGRAM_MAX = 65535,
	TTL = 64,
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static size_t ip_header_length(const struct endpoint *end)
{
	return end->family == 4 ? IPV4_HEADER : IPV6_HEADER;
}

/* RFC 1071, unfolded. */
static uint32_t sum(const uint8_t *bytes, size_t length, uint32_t so_far)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		so_far += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (length % 2)
		so_far += (uint32_t)(bytes[length - 1] << 8);
	return so_far;
}

static uint16_t fold(uint32_t sum_so_far)
{
	while (sum_so_far >> 16)
		sum_so_far = (sum_so_far & 0xffff) + (sum_so_far >> 16);
	return (uint16_t)~sum_so_far;
}

/* With the pseudo header of RFC 9293 3.1, RFC 8200 8.1. */
static uint16_t checksum(const struct endpoint *source, const struct endpoint *destination,
	uint8_t protocol, const uint8_t *bytes, size_t length)
{
	size_t address = source->family == 4 ? 4 : 16;
	uint32_t pseudo = sum(source->address, address, 0);

	pseudo = sum(destination->address, address, pseudo);
	return fold(sum(bytes, length, pseudo + protocol + (uint32_t)length));
}

static void put_ip(uint8_t *at, const struct endpoint *source, const struct endpoint *destination,
	uint8_t protocol, size_t payload)
{
	memset(at, 0, ip_header_length(source));
	if (source->family == 4) {
		at[0] = 0x45;
		put16(at + 2, (uint32_t)(IPV4_HEADER + payload));
		at[8] = TTL;
		at[9] = protocol;
		memcpy(at + 12, source->address, 4);
		memcpy(at + 16, destination->address, 4);
		put16(at + 10, fold(sum(at, IPV4_HEADER, 0)));
		return;
	}
	at[0] = 0x60;
	put16(at + 4, (uint32_t)payload);
	at[6] = protocol;
	at[7] = TTL;
	memcpy(at + 8, source->address, 16);
	memcpy(at + 24, destination->address, 16);
}

size_t rawsegment_build(const struct rawsegment *segment, uint8_t *buf, size_t size)
{
	size_t ip = ip_header_length(&segment->source),
	       length = TCP_HEADER + segment->options_length + segment->payload_length;
	uint8_t *tcp = buf + ip;

	if (ip + length > size || ip + length > DATAGRAM_MAX)
		return 0;
	put_ip(buf, &segment->source, &segment->destination, IPPROTO_TCP, length);
	memset(tcp, 0, TCP_HEADER);
	put16(tcp, segment->source.port);
	put16(tcp + 2, segment->destination.port);
	put32(tcp + 4, segment->seq);
	put32(tcp + 8, segment->ack);
	tcp[12] = (uint8_t)((TCP_HEADER + segment->options_length) / 4 << 4);
	tcp[13] = segment->flags;
	put16(tcp + 14, segment->window);
	put16(tcp + 18, segment->urgent);
	memcpy(tcp + TCP_HEADER, segment->options, segment->options_length);
	if (segment->payload_length)
		memcpy(tcp + TCP_HEADER + segment->options_length, segment->payload,
			segment->payload_length);
	put16(tcp + 16,
		checksum(&segment->source, &segment->destination, IPPROTO_TCP, tcp, length));
	tcp[16] ^= segment->is_corrupt ? 0x55 : 0;
	return ip + length;
}

size_t rawerror_build(const struct rawerror *error, uint8_t *buf, size_t size)
{
	size_t ip = ip_header_length(&error->source), length = ICMP_HEADER + ip + QUOTED;
	uint8_t *icmp = buf + ip, *quoted = icmp + ICMP_HEADER;
	bool is_v4 = error->source.family == 4;

	if (ip + length > size)
		return 0;
	put_ip(buf, &error->destination, &error->source, is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
		length);
	memset(icmp, 0, length);
	icmp[0] = error->type;
	icmp[1] = error->code;
	put32(icmp + 4, error->rest);
	put_ip(quoted, &error->source, &error->destination, IPPROTO_TCP, TCP_HEADER);
	put16(quoted + ip, error->source.port);
	put16(quoted + ip + 2, error->destination.port);
	put32(quoted + ip + 4, error->seq);
	put16(icmp + 2,
		is_v4 ? fold(sum(icmp, length, 0))
		      : checksum(
				&error->destination, &error->source, IPPROTO_ICMPV6, icmp, length));
	return ip + length;
}
