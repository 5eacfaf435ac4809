/* SPDX-License-Identifier: MIT */
/* The truth about each connection: what was done with it, and what the kernel gave as the reason of
 * its first reset. */
#ifndef LASTACK_TRUTH_TRUTHS_H
#define LASTACK_TRUTH_TRUTHS_H

#include <stdbool.h>
#include <stdint.h>

#include "finding.h"

enum party { CLIENT, SERVER };

struct truth {
	uint16_t client_port, server_port;
	enum cause cause; /* CAUSE_COUNT: what was done and the kernel's reason do not agree */
	const char *kind; /* the scenario, for messages */
	char reason[32]; /* of the first reset; "" if there was none */
	bool is_late; /* something was done later than meant: its pauses say what nobody did */
};

/* What was done with a connection, as far as its truth depends on it. */
struct deeds {
	bool has_ended[2], has_half_closed[2];
	enum cause claimed; /* by the scenario; CAUSE_COUNT: nothing special */
	unsigned previous; /* on the same 4-tuple, plus 1 */
	bool is_alive; /* an end of it may still be there */
	bool is_in_time_wait; /* so was the server's end when the next one of the 4-tuple began */
};

struct reasons;

struct truths {
	struct truth *list; /* in the order in which they were begun */
	struct deeds *deeds; /* by the same index */
	unsigned n, room;
	unsigned current; /* the connection that the last step was about */
	unsigned *latest; /* by client and server port: the newest connection, plus 1 */
	uint8_t family; /* 4 or 6 */
	uint16_t first_server, last_server; /* ports; the clients' are below */
	struct reasons *reasons;
};

/* 0, or a negative errno with text in error[256]. truths_free() in any case. */
int truths_new(struct truths *truths, uint8_t family, uint16_t first_server, uint16_t last_server,
	char *error);
void truths_free(struct truths *truths);

/* A connection has begun: `current` from now on. Returns its index. */
unsigned truths_add(struct truths *truths, uint16_t client, uint16_t server, const char *kind,
	enum cause claimed);

/* What was done with the newest connection of a 4-tuple; NULL: there was none. */
struct deeds *truths_latest(struct truths *truths, uint16_t client, uint16_t server);

/* Takes what the kernel has told since; to be called often. */
void truths_take_reasons(struct truths *truths);

/* Fills in every `cause`. */
void truths_conclude(struct truths *truths);

#endif
