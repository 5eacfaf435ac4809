/* SPDX-License-Identifier: MIT */
/* The raw peer: an end of TCP connections that is made of single segments, sent by hand through a
 * raw socket on `lo` and seen through the capture. It never answers by itself; nothing the kernel
 * sends can move it beyond what struct peer_flow counts.
 *
 * Its ports are held by listening sockets of the kernel that a filter keeps deaf. The kernel so
 * finds a socket for whatever it sends there and stays silent, where it would answer a free port
 * with a reset: the peer has the loopback addresses, every variant and the run's own capture,
 * without a TUN device. tcp_v4_rcv(): tcp_filter() drops a segment before the listener's state
 * looks at it. */
#ifndef LASTACK_HARNESS_PEER_H
#define LASTACK_HARNESS_PEER_H

#include "action.h"
#include "flow.h"
#include "outcome.h"
#include "shared.h"
#include "userstack.h"

#define PEER_SEEN 64 /* segments that wait to be taken */

/* One of the peer's ports and the latest connection on it. */
struct peer_flow {
	bool is_begun; /* a segment went or came */
	bool has_irs; /* the kernel's SYN came */
	bool we_offer, kernel_offers; /* timestamps: RFC 7323 wants them in both SYNs */
	uint16_t kernel_port; /* 0: not known yet */
	uint16_t window; /* the latest that the kernel advertised */
	uint32_t iss, next; /* ours: initial sequence number, SND.NXT */
	uint32_t irs, expected; /* the kernel's: initial sequence number, RCV.NXT */
	uint32_t acknowledged; /* the highest we told the kernel */
	uint32_t heard; /* the latest acknowledgment number of the kernel */
	uint32_t tsval, tsecr; /* our clock, one tick a segment; the kernel's latest */
};

struct peer_seen {
	unsigned port; /* index of the run's port it came to */
	bool is_repeated; /* a retransmission */
	struct outcome outcome; /* SEGMENT, everything given */
};

struct peer {
	uint8_t family; /* 4 or 6, on the wire */
	bool connects; /* it plays the connecting side */
	uint16_t first_port; /* of the run's CASE_PORTS */
	int raw; /* socket, -1: none */
	bool has_place; /* among stacks in the actors' processes: it sends frames */
	struct user_stack_place place; /* without one both ends have the loopback address */
	int held[CASE_PORTS]; /* deaf listeners, -1: not the peer's port */
	struct peer_flow flows[CASE_PORTS];
	unsigned n_seen;
	bool has_lost; /* more came than PEER_SEEN */
	struct peer_seen seen[PEER_SEEN];
};

/* The port that it uses unless told otherwise. */
unsigned peer_port(const struct peer *peer);

/* Opens the raw socket. `family` as on the wire, 4 or 6; `place` NULL: opposite the kernel. 0 or a
 * negative errno (-EPERM: no CAP_NET_RAW); peer_close() in any case. */
int peer_open(struct peer *peer, uint8_t family, bool connects, uint16_t first_port,
	const struct user_stack_place *place);
/* Makes the run's port the peer's. 0 or a negative errno. */
int peer_hold(struct peer *peer, unsigned port);
void peer_close(struct peer *peer);

/* Sends a segment as ordered; what is not said follows from what went and came before. 0; -ENOTCONN
 * when it is not known where to; or another negative errno. */
int peer_send(struct peer *peer, const struct segment_order *order);
/* The same for an ICMP error about the oldest segment that the peer has not acknowledged. */
int peer_send_error(struct peer *peer, const struct segment_order *order);

/* Takes in a captured segment; `note` is what it adds to its connection. Anything goes. */
void peer_take(struct peer *peer, const struct segment *segment, const struct flow_note *note);

/* The two ends of the peer's usual connection as addresses. False while the kernel's is not known.
 */
bool peer_ends(struct peer *peer, union address *ret_kernel, union address *ret_own);

/* Gives the oldest segment that has not been given yet: false if there is none. Retransmissions are
 * passed over, or with `again` nothing but retransmissions is given. */
bool peer_next(struct peer *peer, unsigned port, bool again, struct outcome *ret);

#endif
