/* SPDX-License-Identifier: MIT */
/* synthesize SEED CONNECTIONS [SNAPLEN]: writes a capture of as many connections as asked for,
 * which end in all the ways there are, and tells on stderr how many ended in which. The same seed
 * gives the same capture. Segments are as Linux sends them, but for checksums, which are 0: nobody
 * who reads captures can rely on those of a sender that leaves them to its device. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "savefile.h"
#include "synthetic.h"

#define ARRIVAL_NS (MILLISECOND / 2) /* on average, from one connection to the next */
#define WAIT_UNIT (250 * MILLISECOND)
#define REUSE_AFTER (1000 * MILLISECOND)

enum {
	SNAPLEN = 540, /* a record has 174 bytes on average, as in captures of small requests */
	RING = 4096,
	REUSE_ONE_IN = 50,
	IP6_ONE_IN = 8,
	REQUEST_MOST = 500,
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

void fail(const char *what)
{
	fprintf(stderr, "synthesize: %s\n", what);
	exit(2);
}

static void segment_write(struct connection *connection, int side, uint8_t flags, uint32_t seq,
	uint32_t ack, uint32_t payload)
{
	struct host *from = &connection->hosts[side];
	bool has_id = flags != (SEGMENT_SYN | SEGMENT_ACK) && !frame_is_nobodys(from, flags);
	uint32_t id = has_id ? from->ipid++ : 0;
	struct frame frame = {.time_ns = connection->time_ns};

	frame.bytes = frame_write(connection, side, flags, seq, ack, payload, id, &frame.length);
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
	from->last_size = is_more ? MSS : 1 + chance_below(side == CLIENT ? REQUEST_MOST : MSS);
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

static void letter_send(struct connection *connection, char letter)
{
	int side = script_is_client(letter) ? CLIENT : SERVER;
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

static void hosts_choose(struct connection *connection)
{
	static const uint16_t ports[] = {443, 80, 5432, 6379, 22};
	struct host *client = &connection->hosts[CLIENT], *server = &connection->hosts[SERVER];

	connection->is_ip6 = chance_one_in(IP6_ONE_IN);
	client->number = 0x0a000001 + all.number % 4096;
	client->port = (uint16_t)(10000 + all.number / 4096 % 50000);
	server->number = 0xc0000200 + chance_below(200);
	server->port = ports[chance_below(sizeof(ports) / sizeof(*ports))];
	for (int side = CLIENT; side <= SERVER; side++) {
		connection->hosts[side].ipid = (uint16_t)chance_next();
		connection->hosts[side].ttl = (uint8_t)(64 - chance_below(20));
		connection->hosts[side].stamp_base = (uint32_t)chance_next();
		connection->hosts[side].seq = (uint32_t)chance_next();
	}
}

/* RFC 9293 3.4.1: the next incarnation's sequence numbers lie behind the last one's. */
static bool hosts_reuse(struct connection *connection)
{
	const struct ended *ended = &all.ring[all.ring_out % RING];

	if (all.ring_out == all.ring_in || connection->time_ns < ended->time_ns + REUSE_AFTER ||
		!chance_one_in(REUSE_ONE_IN))
		return false;
	all.ring_out++;
	all.reused++;
	connection->is_ip6 = ended->is_ip6;
	memcpy(connection->hosts, ended->hosts, sizeof(connection->hosts));
	for (int side = CLIENT; side <= SERVER; side++) {
		connection->hosts[side].seq += 100000 + chance_below(1000000);
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
	connection->round_trip = 50000 + chance_below(chance_one_in(4) ? 100000000 : 1000000);
	if (!hosts_reuse(connection))
		hosts_choose(connection);
	script_write(connection);
	all.again += connection->again;
	all.counts[connection->kind]++;
	all.number++;
	all.arrival += chance_below(2 * ARRIVAL_NS);
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
		return (WAIT_UNIT << (next - '0')) + chance_below(1000000);
	}
	if (script_is_client(now) == script_is_client(next))
		return 10000 + chance_below(50000);
	return connection->round_trip / 2 + chance_below(next == 'D' ? 20000000 : 100000);
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
	chance_begin(number_read(argv[1]) * 2 + 1); /* never 0 */
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
