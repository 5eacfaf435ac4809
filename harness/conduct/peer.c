/* SPDX-License-Identifier: MIT */
/* What the raw peer knows and sends. See peer_steps.c for its verbs. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rawsegment.h"
#include "stream.h"

#define LOOPBACK_DEVICE "lo"

/* Far from 0 and from each other, so that a number of the wrong kind shows. */
enum { FIRST_ISS = 1000000, ASSUMED_IRS = 2000000, FIRST_TSVAL = 10000 };
enum { CONNECTING_PORT = CASE_PORTS - 1, LISTENING_PORT = 0 };
enum { DEFAULT_WINDOW = 65535, DEFAULT_MTU = 576, MAX_BYTES = 65000, SEGMENT_ROOM = 66000 };

/* RFC 9293 3.2, RFC 7323, RFC 2018 */
static const uint8_t option_mss[] = {2, 4, 1460 >> 8, 1460 & 0xff};
static const uint8_t option_sack[] = {1, 1, 4, 2};

unsigned peer_port(const struct peer *peer)
{
	return peer->connects ? CONNECTING_PORT : LISTENING_PORT;
}

/* A path MTU that an ICMP error of ours taught the kernel is not for what we send. */
static int ignore_path_mtu(int fd, uint8_t family)
{
	int probe = family == 4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;

	return family == 4 ? setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof(probe))
			   : setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe, sizeof(probe));
}

static const uint8_t loopback4[] = {127, 0, 0, 1}, loopback6[16] = {[15] = 1};

static void put_place(struct peer *peer, const struct user_stack_place *place)
{
	const uint8_t *address = peer->family == 4 ? loopback4 : loopback6;
	size_t length = peer->family == 4 ? sizeof(loopback4) : sizeof(loopback6);

	peer->has_place = place;
	if (place) {
		peer->place = *place;
		return;
	}
	memcpy(peer->place.own, address, length);
	memcpy(peer->place.other, address, length);
}

int peer_open(struct peer *peer, uint8_t family, bool connects, uint16_t first_port,
	const struct user_stack_place *place)
{
	memset(peer, 0, sizeof(*peer));
	memset(peer->held, 0xff, sizeof(peer->held));
	peer->family = family;
	peer->connects = connects;
	peer->first_port = first_port;
	put_place(peer, place);
	if (place) {
		peer->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		return peer->raw < 0 ? -errno : 0;
	}
	/* IPPROTO_RAW: the headers are ours, and nothing is received. */
	peer->raw = socket(family == 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	return peer->raw < 0 || ignore_path_mtu(peer->raw, family) ? -errno : 0;
}

static socklen_t loopback(uint8_t family, uint16_t port, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (family == 4) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons(port);
		ret->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(ret->in);
	}
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons(port);
	ret->in6.sin6_addr = in6addr_loopback;
	return sizeof(ret->in6);
}

int peer_hold(struct peer *peer, unsigned port)
{
	struct sock_filter drop_all = {.code = BPF_RET | BPF_K, .k = 0};
	struct sock_fprog filter = {.len = 1, .filter = &drop_all};
	union address address;
	socklen_t length = loopback(peer->family, (uint16_t)(peer->first_port + port), &address);
	int fd;

	if (peer->held[port] >= 0)
		return 0;
	if (peer->has_place) { /* no kernel looks at what comes there */
		peer->held[port] = fcntl(peer->raw, F_DUPFD_CLOEXEC, 0);
		return peer->held[port] < 0 ? -errno : 0;
	}
	fd = peer->held[port] = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
		bind(fd, &address.any, length) || listen(fd, 1))
		return -errno;
	return 0;
}

void peer_close(struct peer *peer)
{
	for (unsigned i = 0; i < CASE_PORTS; i++)
		if (peer->held[i] >= 0)
			close(peer->held[i]);
	memset(peer->held, 0xff, sizeof(peer->held));
	if (peer->raw >= 0)
		close(peer->raw);
	peer->raw = -1;
}

static struct endpoint endpoint(const struct peer *peer, const uint8_t address[16], uint16_t port)
{
	struct endpoint end = {.family = peer->family, .port = port};

	memcpy(end.address, address, peer->family == 4 ? 4 : 16);
	return end;
}

static struct peer_flow *flow_of(struct peer *peer, unsigned port)
{
	struct peer_flow *flow = &peer->flows[port];

	if (!flow->is_begun)
		*flow = (struct peer_flow){.is_begun = true,
			.iss = FIRST_ISS,
			.next = FIRST_ISS,
			.irs = ASSUMED_IRS,
			.expected = ASSUMED_IRS,
			.acknowledged = ASSUMED_IRS,
			.heard = FIRST_ISS,
			.tsval = FIRST_TSVAL};
	return flow;
}

static unsigned order_port(const struct peer *peer, const struct segment_order *order)
{
	return order->given & SEGMENT_ORDER_FROM ? order->from : peer_port(peer);
}

/* 0 when it is not known yet: the kernel chooses the port it connects from. */
static uint16_t destination_port(
	const struct peer *peer, const struct peer_flow *flow, const struct segment_order *order)
{
	if (order->given & SEGMENT_ORDER_TO)
		return (uint16_t)(peer->first_port + order->to);
	if (flow->kernel_port)
		return flow->kernel_port;
	if (peer->connects)
		return (uint16_t)(peer->first_port + LISTENING_PORT);
	return peer->flows[peer_port(peer)].kernel_port;
}

static uint32_t place(
	const struct segment_place *at, uint32_t initial, uint32_t next, uint32_t edge)
{
	uint32_t base = at->base == PLACE_INITIAL ? initial : at->base == PLACE_EDGE ? edge : next;

	return base + (uint32_t)at->offset;
}

static void add_option(struct rawsegment *segment, const uint8_t *bytes, uint8_t length)
{
	memcpy(segment->options + segment->options_length, bytes, length);
	segment->options_length = (uint8_t)(segment->options_length + length);
}

static void add_timestamps(struct rawsegment *segment, uint32_t tsval, uint32_t tsecr)
{
	uint8_t option[12] = {1, 1, 8, 10};

	for (unsigned i = 0; i < 4; i++) {
		option[4 + i] = (uint8_t)(tsval >> (24 - 8 * i));
		option[8 + i] = (uint8_t)(tsecr >> (24 - 8 * i));
	}
	add_option(segment, option, sizeof(option));
}

static void add_options(
	struct rawsegment *segment, struct peer_flow *flow, const struct segment_order *order)
{
	uint32_t tsval = flow->tsval++;

	if (order->given & SEGMENT_ORDER_OPTS && !order->opts)
		return;
	if (order->given & SEGMENT_ORDER_TS)
		tsval += (uint32_t)order->ts;
	if (order->flags & SEGMENT_SYN) {
		add_option(segment, option_mss, sizeof(option_mss));
		if (order->opts & SEGMENT_OPTS_SACK)
			add_option(segment, option_sack, sizeof(option_sack));
		flow->we_offer = order->opts & SEGMENT_OPTS_TS;
	}
	if (flow->we_offer && (order->flags & SEGMENT_SYN || flow->kernel_offers))
		add_timestamps(segment, tsval, order->flags & SEGMENT_ACK ? flow->tsecr : 0);
}

static int send_frame(struct peer *peer, const uint8_t *bytes, size_t length)
{
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(LOOPBACK_DEVICE)};
	struct iovec parts[2] = {
		{.iov_base = peer->place.header, .iov_len = sizeof(peer->place.header)},
		{.iov_base = (void *)(uintptr_t)bytes, .iov_len = length},
	};
	struct msghdr message = {
		.msg_name = &lo, .msg_namelen = sizeof(lo), .msg_iov = parts, .msg_iovlen = 2};

	memcpy(&lo.sll_protocol, peer->place.header + 12, sizeof(lo.sll_protocol));
	return sendmsg(peer->raw, &message, 0) < 0 ? -errno : 0;
}

static int send_datagram(struct peer *peer, const uint8_t *bytes, size_t length)
{
	union address address;
	socklen_t address_length = loopback(peer->family, 0, &address);

	if (!length)
		return -EMSGSIZE;
	if (peer->has_place)
		return send_frame(peer, bytes, length);
	if (sendto(peer->raw, bytes, length, 0, &address.any, address_length) != (ssize_t)length)
		return -errno;
	return 0;
}

/* The last byte is the urgent one; the pointer names the number behind it, as nearly everybody's
 * does: RFC 6093 3.1. */
static void mark_urgent(
	struct rawsegment *segment, uint8_t *payload, const struct segment_order *order)
{
	if (!(order->flags & SEGMENT_URG) || !order->bytes)
		return;
	payload[order->bytes - 1] = STREAM_URGENT_BYTE;
	segment->urgent = (uint16_t)order->bytes;
}

/* What goes without a place of its own moves SND.NXT on; what has one, and resets, never do. */
static void advance(struct peer_flow *flow, const struct segment_order *order, uint32_t ack)
{
	if (!(order->given & SEGMENT_ORDER_SEQ) && !(order->flags & SEGMENT_RST))
		flow->next += order->bytes + !!(order->flags & SEGMENT_SYN) +
			!!(order->flags & SEGMENT_FIN);
	if (order->flags & SEGMENT_ACK && (int32_t)(ack - flow->acknowledged) > 0)
		flow->acknowledged = ack;
}

int peer_send(struct peer *peer, const struct segment_order *order)
{
	static uint8_t payload[MAX_BYTES], datagram[SEGMENT_ROOM];
	unsigned port = order_port(peer, order);
	struct peer_flow *flow = flow_of(peer, port);
	uint16_t to = destination_port(peer, flow, order);
	struct rawsegment segment = {
		.source = endpoint(peer, peer->place.own, (uint16_t)(peer->first_port + port)),
		.destination = endpoint(peer, peer->place.other, to),
		.seq = place(&order->seq, flow->iss, flow->next, flow->heard + flow->window),
		.window = order->given & SEGMENT_ORDER_WIN ? (uint16_t)order->win : DEFAULT_WINDOW,
		.flags = order->flags,
		.is_corrupt = order->is_corrupt,
		.payload = payload,
		.payload_length = order->bytes,
	};
	int r;

	if (!to)
		return -ENOTCONN;
	if (order->bytes > sizeof(payload))
		return -EMSGSIZE;
	if (order->flags & SEGMENT_ACK)
		segment.ack = place(&order->ack, flow->irs, flow->expected, flow->expected);
	/* The stream's first byte has the number behind the SYN's. */
	stream_fill(payload, order->bytes, !peer->connects,
		(int32_t)(segment.seq - flow->iss - !(order->flags & SEGMENT_SYN)));
	mark_urgent(&segment, payload, order);
	add_options(&segment, flow, order);
	r = send_datagram(peer, datagram, rawsegment_build(&segment, datagram, sizeof(datagram)));
	if (!r)
		advance(flow, order, segment.ack);
	return r;
}

/* ICMP and ICMPv6 number the same errors differently. RFC 792, RFC 4443. */
static uint8_t error_type(uint8_t family, enum segment_error error)
{
	static const uint8_t types[][2] = {
		[ERROR_UNREACHABLE] = {3, 1},
		[ERROR_TOO_BIG] = {3, 2},
		[ERROR_QUENCH] = {4, 4},
		[ERROR_REDIRECT] = {5, 137},
		[ERROR_EXCEEDED] = {11, 3},
		[ERROR_PARAMETER] = {12, 4},
	};

	return types[error][family == 6];
}

int peer_send_error(struct peer *peer, const struct segment_order *order)
{
	unsigned port = order_port(peer, order);
	struct peer_flow *flow = flow_of(peer, port);
	uint16_t from = destination_port(peer, flow, order);
	bool is_too_big = order->error == ERROR_TOO_BIG;
	struct rawerror error = {
		.source = endpoint(peer, peer->place.other, from),
		.destination = endpoint(peer, peer->place.own, (uint16_t)(peer->first_port + port)),
		.seq = place(&order->seq, flow->irs, flow->acknowledged, flow->acknowledged),
		.type = error_type(peer->family, order->error),
		.code = is_too_big && peer->family == 4 ? 4 : order->code,
		.rest = is_too_big ? DEFAULT_MTU : 0,
	};
	uint8_t datagram[256];

	if (is_too_big && order->given & SEGMENT_ORDER_MTU)
		error.rest = order->mtu;
	if (is_too_big && peer->family == 6 && !(order->given & SEGMENT_ORDER_MTU))
		error.rest = 1280;
	if (!from)
		return -ENOTCONN;
	return send_datagram(peer, datagram, rawerror_build(&error, datagram, sizeof(datagram)));
}

/* A SYN that was not seen before begins the flow anew; its acknowledgment says where we are. */
static void take_syn(struct peer_flow *flow, const struct segment *segment)
{
	bool is_new = !flow->has_irs || flow->irs != segment->seq;

	flow->kernel_offers = segment->has_timestamps;
	if (!is_new)
		return;
	flow->has_irs = true;
	flow->irs = flow->acknowledged = segment->seq;
	flow->expected = segment->seq + 1;
	/* It answers a SYN that had a place of its own. */
	if (segment->flags & SEGMENT_ACK &&
		((int32_t)(segment->ack - flow->iss) <= 0 ||
			(int32_t)(segment->ack - flow->next) > 0)) {
		flow->iss = segment->ack - 1;
		flow->next = segment->ack;
	}
}

static void advance_expected(struct peer_flow *flow, const struct segment *segment)
{
	uint32_t end = segment->seq + segment->payload + !!(segment->flags & SEGMENT_SYN) +
		!!(segment->flags & SEGMENT_FIN);

	if (flow->has_irs && !(segment->flags & SEGMENT_RST) && (int32_t)(end - flow->expected) > 0)
		flow->expected = end;
}

static void remember(struct peer *peer, unsigned port, const struct peer_flow *flow,
	const struct segment *segment, bool is_repeated)
{
	struct peer_seen *seen;

	if (peer->n_seen == PEER_SEEN) {
		peer->has_lost = true;
		return;
	}
	seen = &peer->seen[peer->n_seen++];
	*seen = (struct peer_seen){.port = port, .is_repeated = is_repeated};
	seen->outcome = outcome_segment(segment->flags, segment->payload);
	if (!seen->outcome.flags) {
		seen->outcome = outcome_word("flagless");
		return;
	}
	seen->outcome.given = OUTCOME_HAS_WIN;
	/* A reset that answers a segment without ACK says <SEQ=0>: not relative to anything. */
	if (!(segment->flags & SEGMENT_RST && segment->flags & SEGMENT_ACK && !segment->seq))
		seen->outcome.given |= OUTCOME_HAS_SEQ;
	seen->outcome.seq = (int32_t)(segment->seq - flow->irs);
	seen->outcome.win = segment->window;
	if (!(segment->flags & SEGMENT_ACK))
		return;
	seen->outcome.given |= OUTCOME_HAS_ACK;
	seen->outcome.ack = (int32_t)(segment->ack - flow->iss);
}

void peer_take(struct peer *peer, const struct segment *segment, const struct flow_note *note)
{
	unsigned port = (unsigned)(segment->destination.port - peer->first_port);
	struct peer_flow *flow;

	if (port >= CASE_PORTS || peer->held[port] < 0)
		return;
	flow = flow_of(peer, port);
	if (segment->flags & SEGMENT_SYN && flow->kernel_port &&
		flow->kernel_port != segment->source.port) {
		flow->is_begun = false; /* another connection, with nothing of the one before */
		flow = flow_of(peer, port);
	}
	flow->kernel_port = segment->source.port;
	if (segment->flags & SEGMENT_SYN)
		take_syn(flow, segment);
	advance_expected(flow, segment);
	if (segment->flags & SEGMENT_ACK && !(segment->flags & SEGMENT_RST)) {
		flow->heard = segment->ack;
		flow->window = segment->window;
	}
	if (segment->has_timestamps)
		flow->tsecr = segment->tsval;
	remember(peer, port, flow, segment, note->is_retransmission);
}

bool peer_next(struct peer *peer, unsigned port, bool again, struct outcome *ret)
{
	for (unsigned i = 0; i < peer->n_seen; i++) {
		struct peer_seen *seen = &peer->seen[i];

		if (seen->port != port || seen->is_repeated != again)
			continue;
		*ret = seen->outcome;
		peer->n_seen--;
		memmove(seen, seen + 1, (peer->n_seen - i) * sizeof(*seen));
		return true;
	}
	return false;
}

bool peer_ends(struct peer *peer, union address *ret_kernel, union address *ret_own)
{
	unsigned port = peer_port(peer);
	struct segment_order usual = {.given = 0};
	uint16_t kernel_port = destination_port(peer, flow_of(peer, port), &usual);

	loopback(peer->family, kernel_port, ret_kernel);
	loopback(peer->family, (uint16_t)(peer->first_port + port), ret_own);
	return kernel_port;
}
