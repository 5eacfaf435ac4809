/* SPDX-License-Identifier: MIT */
/* A telling event on the wire, as seen (everything known) or as wanted (what is asserted).
 *
 *   SIDE SYN | SYN,ACK | data N | FIN | RST | RST,ACK   then any of, in this order:
 *   with data | alone    FIN: its segment carried data | carried none
 *   seq N  ack N         relative to the initial sequence numbers (the SYN is 0)
 *   win N  ipid N        a number, or in wants also >0
 *   ttl N                hop limit on IPv6
 *   tos N                traffic class on IPv6
 *   opts ts | opts none  the segment had a timestamp option | had no options at all | other: "opts
 * other" Numbers beyond what the header field can hold are an error. `data any` wants any amount;
 * `data ~N` was seen where the amount depends on buffer sizes */
#ifndef LASTACK_RESULTS_EVENT_H
#define LASTACK_RESULTS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "side.h"

enum event_kind {
	EVENT_SYN,
	EVENT_SYN_ACK,
	EVENT_DATA,
	EVENT_FIN,
	EVENT_RST, /* bare: from a socket that is already gone */
	EVENT_RST_ACK, /* from a living socket, or in answer to a segment without ACK */
};

enum event_field { /* which members are given */
	EVENT_HAS_CARRIES = 1 << 0,
	EVENT_HAS_SEQ = 1 << 1,
	EVENT_HAS_ACK = 1 << 2,
	EVENT_HAS_WIN = 1 << 3,
	EVENT_HAS_IPID = 1 << 4,
	EVENT_HAS_TTL = 1 << 5,
	EVENT_HAS_OPTS = 1 << 6,
	EVENT_HAS_TOS = 1 << 7,
};

enum event_opts { EVENT_OPTS_NONE, EVENT_OPTS_TS, EVENT_OPTS_OTHER };

#define EVENT_POSITIVE (-1) /* win, ipid: ">0", wants only */
#define EVENT_TEXT_SIZE 160

struct event {
	enum side side; /* who sent it: client or server */
	enum event_kind kind;
	uint32_t given; /* enum event_field bits */
	bool is_any_amount; /* DATA, wants only */
	bool is_about; /* DATA, seen only: bytes is ~ */
	bool with_data; /* FIN */
	enum event_opts opts;
	int64_t bytes; /* DATA */
	int64_t seq, ack; /* relative, may be negative for a segment before the first seen */
	int64_t win; /* as in the header, unscaled */
	int64_t ipid, ttl, tos;
};

/* As outcome_print() and outcome_parse(). The text begins with the side. */
char *event_print(const struct event *event, char *buf, size_t size);
int event_parse(const char *text, struct event *ret, size_t *ret_at);

#endif
