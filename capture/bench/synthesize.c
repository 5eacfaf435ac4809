/* SPDX-License-Identifier: MIT */
/* synthesize SEED CONNECTIONS [SNAPLEN]: writes a capture of as many connections as asked for,
 * which end in all the ways there are, and tells on stderr how many ended in which. The same seed
 * gives the same capture. Segments are as Linux sends them, but for checksums, which are 0: nobody
 * who reads captures can rely on those of a sender that leaves them to its device. */
#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "savefile.h"

#define START_NS (INT64_C(1700000000) * 1000000000)
#define MILLISECOND INT64_C(1000000)
#define ARRIVAL_NS (MILLISECOND / 2) /* on average, from one connection to the next */
#define WAIT_UNIT (250 * MILLISECOND)
#define REUSE_AFTER (1000 * MILLISECOND)

enum {
	SNAPLEN = 540, /* a record has 174 bytes on average, as in captures of small requests */
	MSS = 1448,
	RING = 4096,
	LOSS_ONE_IN = 64,
	REUSE_ONE_IN = 50,
	IP6_ONE_IN = 8,
	REQUEST_MOST = 500,

	ETHER_HEADER = 14,
	TCP_HEADER = 20,
	SCRIPT_MOST = 96,
	FRAME_MOST = ETHER_HEADER + 40 + 60 + MSS,
};

enum { CLIENT, SERVER };

/* A kind of connection: what each side sends, one letter a segment, small ones of the client:
 *   s SYN or SYN,ACK   a ACK   d data   f FIN,ACK   g the same before it saw the peer's last
 *   r RST,ACK          x bare RST, by nobody who knows the connection
 *   w the last data again              k keepalive probe
 *   0-9 a wait of 2^n quarters of a second        * some requests and responses */
static const struct kind {
	const char *name;
	unsigned in_1000;
	const char *script;
	bool is_over; /* for both sides: its addresses and ports can come again */
} kinds[] = {
	{"graceful, client first", 300, "sSa*fFa", true},
	{"graceful, client first, half-closed", 60, "sSa*fAFa", true},
	{"graceful, client first, answered when half-closed", 40, "sSadfADaFa", true},
	{"graceful, server first", 230, "sSa*FafA", true},
	{"graceful, simultaneous", 10, "sSa*fGaA", true},
	{"unread data, server", 60, "sSa*dAR", true},
	{"unread data, client", 20, "sSadDr", true},
	{"zero linger, client", 50, "sSa*r", true},
	{"zero linger, server", 20, "sSa*R", true},
	{"data after close, server closed", 50, "sSa*FadX", true},
	{"data after close, client closed", 20, "sSadfADx", true},
	{"refused", 85, "sR", true},
	{"connect timeout", 8, "s2s3s4s5s6s", false},
	{"half-open, server restarted", 15, "sSa*5dX", true},
	{"half-open, client restarted", 5, "sSa*5Dx", true},
	{"retransmission timeout", 7, "sSa*d0w1w2w3w4w5w6w", false},
	{"keepalive timeout", 5, "sSa*6k3k3k3k3r", false},
	{"left open", 15, "sSa*", false},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

struct host {
	uint32_t number;
	uint16_t port;
	uint8_t ttl; /* as it arrives where this was captured */
	bool has_sent;
	uint16_t ipid;
	uint8_t last_flags; /* of data or FIN; with: */
	uint32_t last_seq, last_size;
	uint32_t seq; /* the next one */
	uint32_t acked; /* of the peer's */
	uint32_t stamp_base, stamp_echo;
};

struct connection {
	int64_t time_ns; /* of its next segment */
	uint32_t round_trip;
	uint8_t kind, at; /* in its script */
	bool is_ip6;
	char script[SCRIPT_MOST]; /* its kind's, with what chance added */
	struct host hosts[2];
};

/* What could come again. */
struct ended {
	int64_t time_ns;
	bool is_ip6;
	struct host hosts[2];
};

/* The connections by the time of their next segments: a binary heap. */
struct turn {
	int64_t time_ns;
	uint32_t slot;
};

static struct synthesis {
	uint64_t random;
	uint32_t snaplen;
	struct savefile *savefile;
	int64_t arrival; /* of the next connection */
	uint32_t number, wanted; /* of connections */
	struct connection *slots;
	uint32_t slot_count;
	uint32_t *free;
	uint32_t free_count;
	struct turn *turns;
	size_t turn_count;
	struct ended ring[RING];
	uint64_t ring_in, ring_out;
	uint64_t counts[KINDS], segments, bytes, again, reused;
} all;

/* xorshift64*, from Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t random_next(void)
{
	all.random ^= all.random >> 12;
	all.random ^= all.random << 25;
	all.random ^= all.random >> 27;
	return all.random * UINT64_C(2685821657736338717);
}

static uint32_t random_below(uint32_t limit)
{
	return (uint32_t)((random_next() >> 32) * limit >> 32);
}

static bool one_in(uint32_t limit)
{
	return !random_below(limit);
}

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "synthesize: %s\n", what);
	exit(2);
}

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

/* From no socket, so that it has neither options, nor a window, nor an IP-ID. */
static bool is_nobodys(const struct host *from, uint8_t flags)
{
	return flags & SEGMENT_RST && (!(flags & SEGMENT_ACK) || !from->has_sent);
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

static uint8_t *tcp_write(uint8_t *at, const struct connection *connection, int side, uint8_t flags,
	uint32_t seq, uint32_t ack)
{
	const struct host *from = &connection->hosts[side], *to = &connection->hosts[!side];
	uint32_t now = (uint32_t)((connection->time_ns - START_NS) / MILLISECOND);
	uint32_t window = flags & SEGMENT_SYN ? 64240 : 502;
	uint8_t *end = at + TCP_HEADER;

	if (is_nobodys(from, flags))
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

/* One segment. Its bytes are those of the one before where it does not say its own. */
static void segment_write(struct connection *connection, int side, uint8_t flags, uint32_t seq,
	uint32_t ack, uint32_t payload)
{
	struct host *from = &connection->hosts[side];
	static uint8_t bytes[FRAME_MOST] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint8_t scratch[60];
	size_t header = (size_t)(tcp_write(scratch, connection, side, flags, seq, ack) - scratch);
	uint8_t *at = put16(bytes + 12, connection->is_ip6 ? 0x86dd : 0x0800);
	struct frame frame = {.time_ns = connection->time_ns, .bytes = bytes};
	bool has_id = flags != (SEGMENT_SYN | SEGMENT_ACK) && !is_nobodys(from, flags);
	uint32_t id = has_id ? from->ipid++ : 0;

	at = connection->is_ip6 ? ip6_write(at, connection, side, header + payload)
				: ip4_write(at, connection, side, id, header + payload);
	memcpy(at, scratch, header);
	frame.length = (size_t)(at - bytes) + header + payload;
	frame.captured = frame.length < all.snaplen ? frame.length : all.snaplen;
	if (savefile_add(all.savefile, &frame) < 0)
		fail("cannot write");
	connection->hosts[!side].stamp_echo =
		from->stamp_base + (uint32_t)((connection->time_ns - START_NS) / MILLISECOND);
	all.segments++;
	all.bytes += frame.captured + 16;
}

static void last_send(struct connection *connection, int side)
{
	const struct host *from = &connection->hosts[side];

	segment_write(
		connection, side, from->last_flags, from->last_seq, from->acked, from->last_size);
}

static void data_send(struct connection *connection, int side)
{
	struct host *from = &connection->hosts[side];
	bool is_more = connection->script[connection->at + 1] == (side == CLIENT ? 'd' : 'D');

	from->last_flags = SEGMENT_ACK | (is_more ? 0 : SEGMENT_PSH);
	from->last_seq = from->seq;
	from->last_size = is_more ? MSS : 1 + random_below(side == CLIENT ? REQUEST_MOST : MSS);
	from->seq += from->last_size;
	last_send(connection, side);
}

static void fin_send(struct connection *connection, int side)
{
	struct host *from = &connection->hosts[side];

	from->last_flags = SEGMENT_FIN | SEGMENT_ACK;
	from->last_seq = from->seq++;
	from->last_size = 0;
	last_send(connection, side);
}

/* Sent again it has the same sequence number. */
static void syn_send(struct connection *connection, int side)
{
	struct host *from = &connection->hosts[side];

	if (!from->has_sent)
		from->seq++;
	segment_write(connection, side, side == CLIENT ? SEGMENT_SYN : SEGMENT_SYN | SEGMENT_ACK,
		from->seq - 1, side == CLIENT ? 0 : from->acked, 0);
}

/* RFC 9293 3.10.7.1: who refuses has no sequence number and takes 0; who does not know the
 * connection takes what the segment that he answers acknowledged. */
static void reset_send(struct connection *connection, int side)
{
	const struct host *from = &connection->hosts[side];

	segment_write(connection, side, SEGMENT_RST | SEGMENT_ACK, from->has_sent ? from->seq : 0,
		from->acked, 0);
}

static void stranger_send(struct connection *connection, int side)
{
	segment_write(connection, side, SEGMENT_RST, connection->hosts[!side].acked, 0, 0);
}

static bool is_client(char letter)
{
	return letter >= 'a';
}

static void letter_send(struct connection *connection, char letter)
{
	int side = is_client(letter) ? CLIENT : SERVER;
	struct host *from = &connection->hosts[side];

	if ((letter | 0x20) != 'g')
		from->acked = connection->hosts[!side].seq;
	switch (letter | 0x20) {
	case 's': syn_send(connection, side); break;
	case 'a': segment_write(connection, side, SEGMENT_ACK, from->seq, from->acked, 0); break;
	case 'd': data_send(connection, side); break;
	case 'f':
	case 'g': fin_send(connection, side); break;
	case 'w': last_send(connection, side); break;
	case 'k':
		segment_write(connection, side, SEGMENT_ACK, from->seq - 1, from->acked, 0);
		break;
	case 'r': reset_send(connection, side); break;
	case 'x': stranger_send(connection, side); break;
	}
	from->has_sent = true;
}

static void letter_add(struct connection *connection, char letter)
{
	size_t length = strlen(connection->script);

	if (length + 1 == SCRIPT_MOST)
		fail("a script is too long");
	connection->script[length] = letter;
}

/* What is lost behind where this was captured, is seen twice. */
static void letter_add_lossy(struct connection *connection, char letter)
{
	letter_add(connection, letter);
	if (strchr("dDfF", letter) && one_in(LOSS_ONE_IN)) {
		letter_add(connection, '0');
		letter_add(connection, is_client(letter) ? 'w' : 'W');
		all.again++;
	}
}

/* A request, its response of some segments, an ACK for every two of these and for the last, which
 * may go with what the client sends next. */
static void exchange_add(struct connection *connection, bool can_wait)
{
	unsigned segments = one_in(12) ? 2 + random_below(3) : 1;

	letter_add_lossy(connection, 'd');
	for (unsigned i = 1; i <= segments; i++) {
		letter_add_lossy(connection, 'D');
		if (i == segments ? !can_wait || one_in(3) : i % 2 == 0)
			letter_add(connection, 'a');
	}
}

static void script_write(struct connection *connection)
{
	for (const char *at = kinds[connection->kind].script; *at; at++) {
		if (*at != '*') {
			letter_add_lossy(connection, *at);
			continue;
		}
		while (one_in(16) && strlen(connection->script) < SCRIPT_MOST / 2)
			exchange_add(connection, true);
		exchange_add(connection, is_client(at[1]));
	}
}

static uint8_t kind_choose(void)
{
	unsigned point = random_below(1000);
	uint8_t kind = 0;

	while (point >= kinds[kind].in_1000)
		point -= kinds[kind++].in_1000;
	return kind;
}

static void hosts_choose(struct connection *connection)
{
	static const uint16_t ports[] = {443, 80, 5432, 6379, 22};
	struct host *client = &connection->hosts[CLIENT], *server = &connection->hosts[SERVER];

	connection->is_ip6 = one_in(IP6_ONE_IN);
	client->number = 0x0a000001 + all.number % 4096;
	client->port = (uint16_t)(10000 + all.number / 4096 % 50000);
	server->number = 0xc0000200 + random_below(200);
	server->port = ports[random_below(sizeof(ports) / sizeof(*ports))];
	for (int side = CLIENT; side <= SERVER; side++) {
		connection->hosts[side].ipid = (uint16_t)random_next();
		connection->hosts[side].ttl = (uint8_t)(64 - random_below(20));
		connection->hosts[side].stamp_base = (uint32_t)random_next();
		connection->hosts[side].seq = (uint32_t)random_next();
	}
}

/* RFC 9293 3.4.1: the next incarnation's sequence numbers lie behind the last one's. */
static bool hosts_reuse(struct connection *connection)
{
	const struct ended *ended = &all.ring[all.ring_out % RING];

	if (all.ring_out == all.ring_in || connection->time_ns < ended->time_ns + REUSE_AFTER ||
		!one_in(REUSE_ONE_IN))
		return false;
	all.ring_out++;
	all.reused++;
	connection->is_ip6 = ended->is_ip6;
	memcpy(connection->hosts, ended->hosts, sizeof(connection->hosts));
	for (int side = CLIENT; side <= SERVER; side++) {
		connection->hosts[side].seq += 100000 + random_below(1000000);
		connection->hosts[side].has_sent = false;
		connection->hosts[side].acked = connection->hosts[side].stamp_echo = 0;
	}
	return true;
}

static void *grow(void *array, size_t count, size_t size)
{
	if (count >= 4096 && (count & (count - 1)))
		return array;
	array = reallocarray(array, count < 4096 ? 4096 : 2 * count, size);
	if (!array)
		fail("out of memory");
	return array;
}

static void turn_swap(size_t a, size_t b)
{
	struct turn turn = all.turns[a];

	all.turns[a] = all.turns[b];
	all.turns[b] = turn;
}

static void turn_push(int64_t time_ns, uint32_t slot)
{
	size_t at = all.turn_count++;

	all.turns[at] = (struct turn){time_ns, slot};
	for (; at && all.turns[at].time_ns < all.turns[(at - 1) / 2].time_ns; at = (at - 1) / 2)
		turn_swap(at, (at - 1) / 2);
}

/* The first turn has another time now, or is over. */
static void turn_sink(void)
{
	size_t at = 0, child;

	while ((child = 2 * at + 1) < all.turn_count) {
		if (child + 1 < all.turn_count &&
			all.turns[child + 1].time_ns < all.turns[child].time_ns)
			child++;
		if (all.turns[at].time_ns <= all.turns[child].time_ns)
			return;
		turn_swap(at, child);
		at = child;
	}
}

static uint32_t slot_take(void)
{
	if (all.free_count)
		return all.free[--all.free_count];
	all.slots = grow(all.slots, all.slot_count, sizeof(*all.slots));
	all.free = grow(all.free, all.slot_count, sizeof(*all.free));
	all.turns = grow(all.turns, all.slot_count, sizeof(*all.turns));
	return all.slot_count++;
}

static void connection_begin(void)
{
	uint32_t slot = slot_take();
	struct connection *connection = &all.slots[slot];

	memset(connection, 0, sizeof(*connection));
	connection->time_ns = all.arrival;
	connection->kind = kind_choose();
	connection->round_trip = 50000 + random_below(one_in(4) ? 100000000 : 1000000);
	if (!hosts_reuse(connection))
		hosts_choose(connection);
	script_write(connection);
	all.counts[connection->kind]++;
	all.number++;
	all.arrival += random_below(2 * ARRIVAL_NS);
	turn_push(connection->time_ns, slot);
}

static void connection_end(const struct connection *connection, uint32_t slot)
{
	struct ended *ended = &all.ring[all.ring_in % RING];

	all.free[all.free_count++] = slot;
	if (!kinds[connection->kind].is_over || all.ring_in - all.ring_out == RING)
		return;
	all.ring_in++;
	ended->time_ns = connection->time_ns;
	ended->is_ip6 = connection->is_ip6;
	memcpy(ended->hosts, connection->hosts, sizeof(ended->hosts));
}

/* Until the segment of the next letter; moves on to it. */
static int64_t wait_find(struct connection *connection)
{
	char now = connection->script[connection->at++], next = connection->script[connection->at];

	if (next >= '0' && next <= '9') {
		connection->at++;
		return (WAIT_UNIT << (next - '0')) + random_below(1000000);
	}
	if (is_client(now) == is_client(next))
		return 10000 + random_below(50000);
	return connection->round_trip / 2 + random_below(next == 'D' ? 20000000 : 100000);
}

/* The first turn's segment. */
static void turn_take(void)
{
	uint32_t slot = all.turns[0].slot;
	struct connection *connection = &all.slots[slot];

	letter_send(connection, connection->script[connection->at]);
	connection->time_ns += wait_find(connection);
	if (connection->script[connection->at]) {
		all.turns[0].time_ns = connection->time_ns;
	} else {
		connection_end(connection, slot);
		all.turns[0] = all.turns[--all.turn_count];
	}
	turn_sink();
}

static void truth_print(void)
{
	for (int i = 0; i < KINDS; i++)
		fprintf(stderr, "%" PRIu64 "\t%s\n", all.counts[i], kinds[i].name);
	fprintf(stderr, "%" PRIu32 "\tconnections\n", all.number);
	fprintf(stderr, "%" PRIu64 "\tof addresses and ports that had ended before\n", all.reused);
	fprintf(stderr, "%" PRIu64 "\tsegments sent again, timeouts apart\n", all.again);
	fprintf(stderr, "%" PRIu64 "\tsegments\n", all.segments);
	fprintf(stderr, "%" PRIu64 "\tbytes\n", all.bytes);
}

static uint64_t number_read(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (!*text || *end || value > UINT32_MAX)
		fail("usage: synthesize SEED CONNECTIONS [SNAPLEN] > FILE");
	return value;
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4)
		fail("usage: synthesize SEED CONNECTIONS [SNAPLEN] > FILE");
	all.random = number_read(argv[1]) * 2 + 1; /* never 0 */
	all.wanted = (uint32_t)number_read(argv[2]);
	all.snaplen = argc > 3 ? (uint32_t)number_read(argv[3]) : SNAPLEN;
	all.arrival = START_NS;
	all.bytes = 24;
	if (savefile_open("/dev/stdout", 1, &all.savefile) < 0)
		fail("cannot write to stdout");
	while (all.turn_count || all.number < all.wanted) {
		if (all.number < all.wanted &&
			(!all.turn_count || all.arrival <= all.turns[0].time_ns))
			connection_begin();
		else
			turn_take();
	}
	if (savefile_close(all.savefile) < 0)
		fail("cannot write");
	truth_print();
	free(all.slots);
	free(all.free);
	free(all.turns);
	return 0;
}
