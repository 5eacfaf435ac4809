/* SPDX-License-Identifier: MIT */
/* forged_test [-n CONNECTIONS] [-k FILE]: injects resets of several kinds into live connections, as
 * somebody on the way would, captures, explains the capture alone, and tells how many of each kind
 * were told from genuine ones. That no genuine one is accused, truth_test shows. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "follow.h"
#include "rawsegment.h"
#include "skip.h"
#include "stage.h"

enum {
	DEFAULT_NUMBER = 1100,
	PORT = 2000,
	OTHER_TTL = 33,
	OTHER_IPID = 4242,
	IN_WINDOW = 1000, /* beyond the exact number */
	OUTSIDE = 200000000,
	MOST_PORTS = 65536,
	FIRST_CLIENT = 3000,
	STRAYS = 20,
	FIRST_STRAY = 64000, /* ports of the clients that get them */
	STRAY_PORT = 8080,
	MOST_CLIENTS = 60000,
	PATIENCE_S = 60, /* for what comes at once */
	REORDERED_NS = 1500000, /* more than oddity.c allows for */
};

enum number { EXACT, INSIDE, BEYOND };

/* A kind of injected reset. What is not odd is as the end itself would send it. */
static const struct kind {
	const char *name;
	enum number number;
	bool has_ack, has_timestamps, other_ttl, other_ipid, has_payload;
	unsigned climbs; /* further ones, each higher */
	bool to_both; /* ends of the connection */
	bool is_silent; /* the end in whose name it comes sends nothing afterwards */
	bool must_be_found; /* at least two things are odd, or one that no end does */
} kinds[] = {
	{"bare, other TTL and IPID", .other_ttl = true, .other_ipid = true, .must_be_found = true},
	{"bare, other TTL and IPID, then silence", .other_ttl = true, .other_ipid = true,
		.is_silent = true, .must_be_found = true},
	{"with ACK, other TTL, no timestamps", .has_ack = true, .other_ttl = true,
		.must_be_found = true},
	{"with ACK, other TTL, no timestamps, then silence", .has_ack = true, .other_ttl = true,
		.is_silent = true, .must_be_found = true},
	{"perfect, but the end goes on", .has_ack = true, .has_timestamps = true,
		.must_be_found = true},
	{"perfect, then silence", .has_ack = true, .has_timestamps = true, .is_silent = true},
	{"only the TTL is another, then silence", .has_ack = true, .has_timestamps = true,
		.other_ttl = true, .is_silent = true},
	{"in the window", .number = INSIDE, .other_ttl = true, .other_ipid = true,
		.must_be_found = true},
	{"in the window, else perfect", .number = INSIDE, .has_ack = true, .has_timestamps = true,
		.must_be_found = true},
	{"outside the window, else perfect", .number = BEYOND, .has_ack = true,
		.has_timestamps = true, .must_be_found = true},
	{"with payload and other TTL", .has_ack = true, .has_timestamps = true, .other_ttl = true,
		.has_payload = true, .is_silent = true, .must_be_found = true},
	{"climbing", .climbs = 2, .must_be_found = true},
	{"to both ends, other TTL, no timestamps", .has_ack = true, .other_ttl = true,
		.to_both = true, .is_silent = true, .must_be_found = true},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* What was captured last of each direction, by the client's port. */
struct seen {
	struct segment last;
	uint32_t next;
	unsigned bytes, resets;
	int64_t reset_ns; /* the last one's time */
};

static struct seen from_client[MOST_PORTS], from_server[MOST_PORTS];
static uint8_t kind_of[MOST_PORTS]; /* plus 1 */
static unsigned made[KINDS], found[KINDS], strays_found;

static void see(const struct frame *frame, void *data)
{
	const struct segment *segment = &frame->segment;
	bool is_client = segment->destination.port == PORT;
	struct seen *seen;

	if (frame->kind != FRAME_TCP)
		return;
	seen = is_client ? &from_client[segment->source.port]
			 : &from_server[segment->destination.port];
	if (segment->flags & SEGMENT_RST) {
		seen->resets++;
		seen->reset_ns = segment->time_ns;
		return;
	}
	seen->last = *segment;
	seen->bytes += segment->payload;
	seen->next =
		segment->seq + segment->payload + !!(segment->flags & (SEGMENT_SYN | SEGMENT_FIN));
}

/* NOP, NOP, timestamps: RFC 7323 appendix A */
static void add_timestamps(struct rawsegment *reset, const struct segment *last)
{
	uint32_t value = htonl(last->tsval), echo = htonl(last->tsecr);

	reset->options_length = 12;
	memcpy(reset->options, "\1\1\10\12", 4);
	memcpy(reset->options + 4, &value, 4);
	memcpy(reset->options + 8, &echo, 4);
}

static bool inject(int raw, const struct kind *kind, const struct seen *sender,
	const struct seen *victim, uint32_t further)
{
	static const uint32_t beyond[] = {[EXACT] = 0, [INSIDE] = IN_WINDOW, [BEYOND] = OUTSIDE};
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct rawsegment reset = {
		.source = sender->last.source,
		.destination = sender->last.destination,
		.seq = sender->next + beyond[kind->number] + further,
		.ack = kind->has_ack ? victim->next : 0,
		.window = kind->has_ack ? sender->last.window : 0,
		.flags = SEGMENT_RST | (kind->has_ack ? SEGMENT_ACK : 0),
	};
	uint8_t datagram[200];
	uint16_t ipid = 0;
	size_t length;

	if (kind->has_timestamps)
		add_timestamps(&reset, &sender->last);
	if (kind->has_payload) {
		reset.payload = (const uint8_t *)"0123456789";
		reset.payload_length = 10;
	}
	length = rawsegment_build(&reset, datagram, sizeof(datagram));
	if (kind->has_ack)
		ipid = htons(sender->last.ipid + 1);
	if (kind->other_ipid)
		ipid = htons(sender->last.ipid + OTHER_IPID);
	memcpy(datagram + 4, &ipid, 2);
	datagram[8] = kind->other_ttl ? OTHER_TTL : sender->last.ttl;
	memcpy(&to.sin_addr, reset.destination.address, 4);
	return sendto(raw, datagram, length, 0, (struct sockaddr *)&to, sizeof(to)) ==
		(ssize_t)length;
}

static void exchange(int from, int to, unsigned bytes)
{
	char buffer[4096] = {0};

	if (send(from, buffer, bytes, MSG_NOSIGNAL) > 0 && recv(to, buffer, bytes, MSG_WAITALL) < 0)
		return; /* the connection has ended */
}

/* What is to be acknowledged is, at once: a delayed one, later, would find the victim reset
 * already, and the answer to it would end the sender before it can go on (net/ipv4/tcp.c
 * __tcp_sock_set_quickack()). */
static void acknowledge(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
}

/* Until the capture has come that far: so many bytes, and so many resets. */
static bool wait_for(struct stage *stage, uint16_t port, unsigned client_bytes,
	unsigned server_bytes, unsigned resets)
{
	const struct seen *client = &from_client[port], *server = &from_server[port];

	int64_t deadline = stage_deadline();
	struct pollfd frames = {.fd = source_fd(stage->source), .events = POLLIN};

	for (;;) {
		stage_pump(stage);
		if (client->bytes >= client_bytes && server->bytes >= server_bytes &&
			client->resets + server->resets >= resets)
			return true;
		if (stage_is_over(deadline))
			return false;
		poll(&frames, 1, 100);
	}
}

/* Until what is sent next is stamped later than the resets that were captured, by more than the
 * time in which segments may change places in a capture. */
static void wait_until_later(uint16_t port)
{
	int64_t last = from_client[port].reset_ns > from_server[port].reset_ns
		? from_client[port].reset_ns
		: from_server[port].reset_ns;

	while (clock_ns(CLOCK_REALTIME) <= last + REORDERED_NS)
		;
}

/* Each from a port of its own. */
static int connect_pair(int listener, int *ret_accepted, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)},
			   from = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_sec = PATIENCE_S};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	*ret_accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(*ret_accepted, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return *ret_accepted < 0 ? -1 : fd;
}

/* Of one kind: to its victim, climbing if it climbs, and to the other end if it goes to both. */
static bool strike(
	int raw, const struct kind *kind, const struct seen *victim, const struct seen *other)
{
	bool is_sent = inject(raw, kind, other, victim, 0);

	for (unsigned i = 0; i < kind->climbs; i++)
		is_sent &= inject(raw, kind, other, victim, 1460 + 2920 * i);
	if (kind->to_both)
		is_sent &= inject(raw, kind, victim, other, 0);
	return is_sent;
}

/* So that an end's habits are known. */
static bool get_acquainted(struct stage *stage, const int fds[2], uint16_t port)
{
	for (unsigned i = 0; i < 3; i++) {
		exchange(fds[0], fds[1], 300);
		exchange(fds[1], fds[0], 1000);
	}
	acknowledge(fds[0]);
	acknowledge(fds[1]);
	return wait_for(stage, port, 900, 3000, 0);
}

/* The reset comes; then the end in whose name it came goes on, or not. */
static bool attack(struct stage *stage, int listener, int raw, unsigned which, unsigned round)
{
	const struct kind *kind = &kinds[which];
	int fds[2], victim = round / KINDS & 1; /* the server is 1 */
	uint16_t port = (uint16_t)(FIRST_CLIENT + round);
	const struct seen *seen[2] = {&from_client[port], &from_server[port]};
	struct pollfd victim_poll = {0};
	bool is_sent;

	fds[0] = connect_pair(listener, &fds[1], port);
	if (fds[0] < 0 || !get_acquainted(stage, fds, port))
		return false;
	kind_of[port] = (uint8_t)(which + 1);
	made[which]++;
	victim_poll.fd = fds[victim];
	is_sent = strike(raw, kind, seen[victim], seen[!victim]);
	if (!wait_for(stage, port, 0, 0, 1 + kind->climbs + kind->to_both))
		return false;
	if (kind->number == EXACT && poll(&victim_poll, 1, PATIENCE_S * 1000) != 1)
		return false; /* it was not believed */
	if (!kind->is_silent) {
		wait_until_later(port);
		exchange(fds[!victim], fds[victim], 200);
		exchange(fds[victim], fds[!victim], 200);
	}
	stage_pump(stage);
	close(fds[0]);
	if (kind->is_silent && !kind->to_both)
		return is_sent && fds[1] >= 0; /* kept: it would say something at close() */
	close(fds[1]);
	return is_sent;
}

/* A segment of a live connection comes from an address that was not translated back: the host knows
 * no such connection, and resets it. */
static bool go_astray(struct stage *stage, int listener, int raw, uint16_t port)
{
	struct rawsegment stray = {.flags = SEGMENT_PSH | SEGMENT_ACK,
		.window = 500,
		.payload = (const uint8_t *)"0123456789",
		.payload_length = 10};
	struct sockaddr_in to = {.sin_family = AF_INET};
	const struct seen *server = &from_server[port];
	uint8_t datagram[200];
	size_t length;
	int fds[2];

	fds[0] = connect_pair(listener, &fds[1], port);
	if (fds[0] < 0)
		return false;
	exchange(fds[0], fds[1], 300);
	exchange(fds[1], fds[0], 1000);
	if (!wait_for(stage, port, 300, 1000, 0))
		return false;
	stray.source = server->last.source;
	stray.source.address[3] = 77;
	stray.source.port = STRAY_PORT;
	stray.destination = server->last.destination;
	stray.seq = server->next;
	stray.ack = from_client[port].next;
	length = rawsegment_build(&stray, datagram, sizeof(datagram));
	memcpy(&to.sin_addr, stray.destination.address, 4);
	if (sendto(raw, datagram, length, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)length)
		return false;
	exchange(fds[1], fds[0], 10);
	stage_pump(stage);
	close(fds[0]);
	close(fds[1]);
	return true;
}

static void take(const struct history *history, const struct finding *finding, void *data)
{
	unsigned kind = kind_of[history->ends[HISTORY_OPENER].port];

	if (history->ends[0].port == STRAY_PORT || history->ends[1].port == STRAY_PORT)
		strays_found += finding->causes[0] == CAUSE_STRAY_SEGMENT;
	if (!kind)
		return;
	if (finding->causes[0] == CAUSE_FORGED || finding->causes[0] == CAUSE_CHALLENGED)
		found[kind - 1]++;
	else if (kinds[kind - 1].must_be_found)
		fprintf(stderr, "connection %u, %s: saw %s\n", history->number,
			kinds[kind - 1].name, cause_name(finding->causes[0]));
}

static int make_listener(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64))
		return -1;
	return fd;
}

static int run(unsigned n, const char *path)
{
	char error[SOURCE_ERROR_SIZE] = "";
	struct stage stage = {.on_frame = see};
	int listener, raw;
	bool all_made = true;

	if (stage_open(&stage, path, error))
		return tests_skip(error);
	listener = make_listener();
	raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (listener < 0 || raw < 0)
		return tests_skip("needs raw sockets");
	for (unsigned i = 0; i < n && all_made; i++)
		all_made = attack(&stage, listener, raw, i % KINDS, i);
	for (unsigned i = 0; i < STRAYS && all_made; i++)
		all_made = go_astray(&stage, listener, raw, (uint16_t)(FIRST_STRAY + i));
	stage_check(all_made, "every reset was injected");
	stage_check(stage_close(&stage), "the capture is complete");
	if (follow_file(path, take, NULL))
		return 1;
	for (unsigned i = 0; i < KINDS; i++) {
		fprintf(stderr, "%-50s injected %4u, told %4u%s\n", kinds[i].name, made[i],
			found[i], kinds[i].must_be_found ? "" : " (nothing need tell)");
		if (kinds[i].must_be_found)
			stage_check(found[i] == made[i], kinds[i].name);
	}
	fprintf(stderr, "%-50s injected %4u, told %4u\n", "strays of live connections", STRAYS,
		strays_found);
	stage_check(strays_found == STRAYS, "strays of live connections");
	stage_plan();
	return 0;
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/forged-XXXXXX";
	unsigned n = DEFAULT_NUMBER;
	const char *kept = NULL;
	int option, fd, r;

	while ((option = getopt(argc, argv, "n:k:")) != -1)
		switch (option) {
		case 'n': n = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'k': kept = optarg; break;
		default: return 2;
		}
	if (n > MOST_CLIENTS)
		return 2;
	fd = mkstemp(path);
	if (fd < 0)
		return 2;
	close(fd);
	r = run(n, kept ? kept : path);
	unlink(path);
	return r;
}
