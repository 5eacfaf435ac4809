/* SPDX-License-Identifier: MIT */
/* An action: what one side is told to do. Pointer-free, because it crosses processes; holds no
 * expectation, because whoever performs it must not know what is wanted. */
#ifndef LASTACK_HARNESS_ACTION_H
#define LASTACK_HARNESS_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "side.h"

#define ACTION_OPERANDS 4
#define ACTION_NAME_SIZE 12
#define ACTION_MAX_ACTOR 3 /* actors of a side: 0 its own process, 2 and 3 threads or children */
#define OPERAND_ABSENT INT64_MIN

/* A place in sequence space: `seq=7` from the initial sequence number, `seq=+0` from the next one
 * expected, `seq=edge-1` from the right edge of the window that the kernel advertised last. */
enum segment_base { PLACE_NEXT, PLACE_INITIAL, PLACE_EDGE };

struct segment_place {
	enum segment_base base;
	int64_t offset;
};

enum segment_error {
	ERROR_UNREACHABLE,
	ERROR_TOO_BIG,
	ERROR_QUENCH,
	ERROR_REDIRECT,
	ERROR_EXCEEDED,
	ERROR_PARAMETER,
};

enum segment_order_given { /* which members of a segment_order were said */
	SEGMENT_ORDER_SEQ = 1 << 0,
	SEGMENT_ORDER_ACK = 1 << 1,
	SEGMENT_ORDER_WIN = 1 << 2,
	SEGMENT_ORDER_OPTS = 1 << 3,
	SEGMENT_ORDER_TS = 1 << 4,
	SEGMENT_ORDER_SUM = 1 << 5,
	SEGMENT_ORDER_MTU = 1 << 6,
	SEGMENT_ORDER_FROM = 1 << 7,
	SEGMENT_ORDER_TO = 1 << 8,
};

enum segment_opts { SEGMENT_OPTS_TS = 1 << 0, SEGMENT_OPTS_SACK = 1 << 1 };

/* What the raw peer is told to send, or which of what came it is to give. */
struct segment_order {
	uint16_t given; /* enum segment_order_given bits */
	uint8_t flags; /* of the TCP header */
	uint8_t from, to; /* indices of the run's ports */
	uint8_t opts; /* of a SYN: enum segment_opts bits; given as 0: no options at all */
	bool is_corrupt; /* wrong checksum */
	bool again, now; /* `<`: a retransmission; without waiting */
	uint8_t error; /* icmp: enum segment_error, and its code */
	uint8_t code;
	uint16_t mtu; /* of ERROR_TOO_BIG */
	int32_t win, ts; /* as in the header; ticks relative to the peer's clock */
	uint32_t bytes; /* of data */
	struct segment_place seq, ack;
};

struct action {
	enum side side;
	uint8_t actor; /* 0, 2, 3 */
	uint8_t verb; /* index into verbs[] */
	bool begins; /* `&`: begin the call and do not wait for it */
	bool has_names_on, has_names_as;
	char on[ACTION_NAME_SIZE]; /* the descriptor acted on; "sock" or "listener" if not said */
	char as[ACTION_NAME_SIZE]; /* the descriptor made; "sock" if not said */
	char name[ACTION_NAME_SIZE]; /* a descriptor operand (dup2) */
	int64_t operands[ACTION_OPERANDS]; /* by position; OPERAND_ABSENT where left out */
	struct segment_order segment; /* of the raw peer's verbs */
	uint32_t line; /* of the case file, counted from 1; 0 for the harness's own set-up */
};

#endif
