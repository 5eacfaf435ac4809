/* SPDX-License-Identifier: MIT */
/* The loopback addresses of clients and servers, listeners, and connections between them. Ports of
 * clients come round again soon, so 4-tuples do, too. */
#ifndef LASTACK_TRUTH_PORTS_H
#define LASTACK_TRUTH_PORTS_H

#include <sys/socket.h>

#include "stage.h"
#include "truths.h"

enum {
	LISTENERS = 8,
	FIRST_LISTENER = 61000, /* ports; no case that runs beside has both above 32767 */
	CLOSED_PORTS = 4,
	FIRST_CLOSED = 61100,
	FULL_PORT = 61200, /* its queue is full */
	SELF_FIRST = 61300,
	SELF_COUNT = 50,
	CLIENT_FIRST = 40000,
	CLIENT_COUNT = 600,
};

struct netlink;

struct ports {
	sa_family_t family;
	struct truths *truths; /* which 4-tuples are taken */
	struct stage *stage; /* whose capture is emptied meanwhile */
	struct netlink *netlink;
	unsigned next_client;
	char *error; /* [256], the caller's: what failed */
};

/* The caller sets family, truths, stage and error. 0 or a negative errno; ports_close() in any
 * case. */
int ports_open(struct ports *ports);
void ports_close(struct ports *ports);

/* All of these give a descriptor that does not block, or a negative errno with text in error. */

int ports_listen(struct ports *ports, uint16_t port, int backlog);
/* From the next of the clients' ports that is free, or from `wanted` if that is not 0. A connect()
 * that is in progress is one: its SYN is on the wire. *ret_error is the errno of a refusal. */
int ports_connect(struct ports *ports, uint16_t server, uint16_t wanted, uint16_t *ret_client,
	int *ret_error);
/* At once, unless something of an old connection has to be reset first. */
int ports_accept(struct ports *ports, int listener);

/* The state of the server's end as netlink_state() gives it; 0: the kernel has forgotten it. */
int ports_server_state(struct ports *ports, uint16_t client, uint16_t server);

/* Whether all that any socket has sent is acknowledged, and no end waits for the answer to its
 * FIN. */
bool ports_are_quiet(const struct ports *ports);

#endif
