/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <string.h>

#include "segment.h"
#include "synthetic.h"

enum {
	ETHER_HEADER = 14,
	TCP_HEADER = 20,
	TCP_MOST = 60,
	FRAME_MOST = ETHER_HEADER + 40 + TCP_MOST + MSS,
};

static uint8_t *put16(uint8_t *at, uint32_t value)
{
	uint16_t big = htobe16((uint16_t)value);

	memcpy(at, &big, sizeof(big));
	return at + sizeof(big);
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	uint32_t big = htobe32(value);

	memcpy(at, &big, sizeof(big));
	return at + sizeof(big);
}

static uint8_t *ip4_write(
	uint8_t *at, const struct connection *connection, int side, uint32_t id, size_t length)
{
	const struct host *from = &connection->hosts[side], *to = &connection->hosts[!side];

	at = put16(at, 0x4500);
	at = put16(at, (uint32_t)length + 20);
	at = put16(at, id);
	at = put16(at, 0x4000); /* do not fragment */
	*at++ = from->ttl;
	*at++ = 6;
	at = put16(at, 0);
	at = put32(at, from->number);
	return put32(at, to->number);
}

static uint8_t *ip6_address(uint8_t *at, uint32_t number)
{
	at = put32(at, 0x20010db8);
	at = put32(at, 0);
	at = put32(at, 0);
	return put32(at, number);
}

static uint8_t *ip6_write(uint8_t *at, const struct connection *connection, int side, size_t length)
{
	const struct host *from = &connection->hosts[side], *to = &connection->hosts[!side];

	at = put32(at, 0x60000000 | (from->port ^ to->port)); /* flow label */
	at = put16(at, (uint32_t)length);
	*at++ = 6;
	*at++ = from->ttl;
	at = ip6_address(at, from->number);
	return ip6_address(at, to->number);
}

static uint8_t *stamps_write(uint8_t *at, uint32_t value, uint32_t echo)
{
	*at++ = 8;
	*at++ = 10;
	at = put32(at, value);
	return put32(at, echo);
}

/* Of a SYN: MSS, SACK permitted, time stamps, window scale; else the stamps. */
static uint8_t *options_write(uint8_t *at, uint8_t flags, uint32_t value, uint32_t echo)
{
	if (!(flags & SEGMENT_SYN)) {
		at = put16(at, 0x0101);
		return stamps_write(at, value, echo);
	}
	at = put32(at, 0x02040000 | 1460);
	at = put16(at, 0x0402);
	at = stamps_write(at, value, echo);
	return put32(at, 0x01030307);
}

bool frame_is_nobodys(const struct host *from, uint8_t flags)
{
	return flags & SEGMENT_RST && (!(flags & SEGMENT_ACK) || !from->has_sent);
}

static uint8_t *tcp_write(uint8_t *at, const struct connection *connection, int side, uint8_t flags,
	uint32_t seq, uint32_t ack)
{
	const struct host *from = &connection->hosts[side], *to = &connection->hosts[!side];
	uint32_t now = (uint32_t)((connection->time_ns - START_NS) / MILLISECOND);
	uint32_t window = flags & SEGMENT_SYN ? 64240 : 502;
	uint8_t *end = at + TCP_HEADER;

	if (frame_is_nobodys(from, flags))
		window = 0;
	else
		end = options_write(end, flags, from->stamp_base + now, from->stamp_echo);

	at = put16(at, from->port);
	at = put16(at, to->port);
	at = put32(at, seq);
	at = put32(at, ack);
	at = put16(at, (uint32_t)(end - at + 12) / 4 << 12 | flags);
	at = put16(at, window);
	put32(at, 0);
	return end;
}

const uint8_t *frame_write(const struct connection *connection, int side, uint8_t flags,
	uint32_t seq, uint32_t ack, uint32_t payload, uint32_t id, size_t *ret_length)
{
	static uint8_t bytes[FRAME_MOST] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint8_t scratch[TCP_MOST];
	size_t header = (size_t)(tcp_write(scratch, connection, side, flags, seq, ack) - scratch);
	uint8_t *at = put16(bytes + 12, connection->is_ip6 ? 0x86dd : 0x0800);

	at = connection->is_ip6 ? ip6_write(at, connection, side, header + payload)
				: ip4_write(at, connection, side, id, header + payload);
	memcpy(at, scratch, header);
	*ret_length = (size_t)(at - bytes) + header + payload;
	return bytes;
}
