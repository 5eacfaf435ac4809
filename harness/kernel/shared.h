/* SPDX-License-Identifier: MIT */
/* The page that the conductor and its actors share, and the messages between them. Fixed size, no
 * pointers. Holds what has to outlive a process: how far each stream got, which addresses an end
 * had, how far each actor got with its order. */
#ifndef LASTACK_HARNESS_SHARED_H
#define LASTACK_HARNESS_SHARED_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "case.h"

#define SHARED_CONNECTIONS 16
#define SHARED_ENDS 12
#define SHARED_SIDES 2 /* the connecting and the listening process */
#define SHARED_ACTORS (ACTION_MAX_ACTOR + 1)

/* Which process plays a side of the case: they change places in the variant `swapped`. */
enum role { ROLE_CONNECTS, ROLE_LISTENS };

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* The port of an IPv4 or IPv6 address; 0 where there is none. */
static inline uint16_t address_port(const union address *address)
{
	switch (address->any.sa_family) {
	case AF_INET: return ntohs(address->in.sin_port);
	case AF_INET6: return ntohs(address->in6.sin6_port);
	default: return 0;
	}
}

/* A connection's two streams; stream 0 is what the opener sends. Of a simultaneous open the opener
 * is who was noted first. */
struct shared_connection {
	bool in_use;
	bool claimed[2]; /* by the opener, by the acceptor */
	uint16_t port; /* by which its two ends find it; see actor_connected() */
	bool is_own_peer; /* one socket, connected to itself: what it sends is what it reads */
	uint16_t toward; /* the port that the opener connected to; 0: it has not been noted yet */
	_Atomic int64_t sent[2]; /* bytes the stream's sender's calls accepted */
	_Atomic int64_t received[2]; /* bytes its reader's calls gave */
};

/* An end by its descriptor's name, kept after the descriptor is closed. */
struct shared_end {
	char name[ACTION_NAME_SIZE];
	int fd;
	uint64_t inode; /* of the socket */
	union address local, peer; /* peer.any.sa_family 0: a listener, or not connected yet */
};

struct shared_actor {
	_Atomic uint32_t entered; /* the sequence number of the order it began to perform */
	_Atomic uint32_t signals_caught;
	pid_t pid, tid; /* as the conductor numbers them */
	char task[48]; /* "PID/task/TID" as this machine's /proc names it */
};

struct shared {
	/* The run: written by the conductor between runs. */
	uint8_t family; /* of socket(): AF_INET, AF_INET6 or AF_UNIX */
	uint8_t type; /* SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM */
	uint16_t protocol;
	bool is_mapped; /* ::ffff:127.0.0.1 */
	bool has_link; /* the sides have an address each, see link.h */
	uint16_t port; /* the first of the run's CASE_PORTS ports; Unix names are made of them */
	uint32_t n_options;
	struct script_option options[CASE_MAX_OPTIONS];

	bool is_deaf[SHARED_SIDES]; /* a raw peer takes the place of the side's stack (userstack.h) */
	_Atomic int64_t
		stack_ms; /* the clock of stacks that live in the actors (userstack.h); else 0 */
	_Atomic uint32_t connections_lock;
	struct shared_connection connections[SHARED_CONNECTIONS];
	struct shared_end ends[SHARED_SIDES][SHARED_ENDS]; /* by enum side (client, server) */
	struct shared_actor actors[SHARED_SIDES][SHARED_ACTORS];
};

struct order {
	uint32_t sequence;
	struct action action;
};

struct reply {
	uint32_t sequence;
	int64_t began_ns; /* CLOCK_REALTIME, the clock of the capture's stamps */
	int64_t took_ns;
	struct outcome outcome;
};

#endif
