/* SPDX-License-Identifier: MIT */
/* Between the harness and an adapter: a shared object that is made at run time from lwip_adapter.c
 * and the headers of the very lwIP that it is for. Plain types only: neither side sees the other's
 * headers. */
#ifndef LASTACK_HARNESS_LWIP_ADAPTER_H
#define LASTACK_HARNESS_LWIP_ADAPTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockets.h"

#define LWIP_ADAPTER_SYMBOL "lastack_lwip_adapter"

/* The host that the stack is to be: its addresses in network order, and how its frames leave. */
struct lwip_host {
	uint8_t ip4[4], ip6[16];
	uint8_t hardware[6], peer_hardware[6];
	const _Atomic int64_t *clock_ms; /* the stack's only clock */
	void (*send_frame)(const void *frame, size_t length); /* called with the stack locked */
};

struct lwip_adapter {
	const char *version; /* "2.1.3" */

	/* Begins the stack, once in a process. 0 or a negative errno. */
	int (*start)(const struct lwip_host *host);
	/* Takes in a whole Ethernet frame, and all that follows from it. */
	void (*input)(const uint8_t *frame, size_t length);
	/* Does what is due by the clock; whether anything was. */
	bool (*run_timers)(void);
	int64_t (*next_timer_ms)(void); /* by the clock */
	/* Whether a thread of the program is in a call and waits there for a segment or a timer */
	bool (*is_blocked)(void);
	/* The state of the connection with these ports, as Linux numbers it; peer 0: of the
	 * listener. 0: there is none. */
	int (*state)(uint16_t local, uint16_t peer);

	/* Ends that connection without a segment, as when its host lost power. */
	void (*forget)(uint16_t local, uint16_t peer);

	/* lwIP's calls, by its own socket numbers. `accept4` ignores its flags. Members that this
	 * build of lwIP lacks are NULL. */
	struct socket_calls calls;
};

#endif
