/* SPDX-License-Identifier: MIT */
/* A connection that is made up: its two ends, what they will send, and a segment as a frame. */
#ifndef LASTACK_BENCH_SYNTHETIC_H
#define LASTACK_BENCH_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define START_NS (INT64_C(1700000000) * 1000000000)
#define MILLISECOND INT64_C(1000000)

enum { MSS = 1448, SCRIPT_MOST = 96, KINDS = 18 };

enum { CLIENT, SERVER };

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
	uint8_t again; /* segments that the script sends again by chance */
	char script[SCRIPT_MOST]; /* its kind's, with what chance added */
	struct host hosts[2];
};

/* A kind of connection: what each side sends, one letter a segment, small ones of the client:
 *   s SYN or SYN,ACK   a ACK   d data   f FIN,ACK   g the same before it saw the peer's last
 *   r RST,ACK          x bare RST, by nobody who knows the connection
 *   w the last data again              k keepalive probe
 *   0-9 a wait of 2^n quarters of a second        * some requests and responses */
struct kind {
	const char *name;
	unsigned in_1000;
	const char *script;
	bool is_over; /* for both sides: its addresses and ports can come again */
};

extern const struct kind kinds[KINDS];

uint8_t kind_choose(void);
/* From its kind; the script is empty before. */
void script_write(struct connection *connection);
bool script_is_client(char letter);

/* From no socket, so that it has neither options, nor a window, nor an IP-ID. */
bool frame_is_nobodys(const struct host *from, uint8_t flags);
/* The frame of a segment that `side` sends now. Where it does not say its own, its bytes are those
 * of the one before. They are valid until the next call. */
const uint8_t *frame_write(const struct connection *connection, int side, uint8_t flags,
	uint32_t seq, uint32_t ack, uint32_t payload, uint32_t id, size_t *ret_length);

__attribute__((noreturn)) void fail(const char *what); /* ends the program */

#endif
