/* SPDX-License-Identifier: MIT */
/* The kinds of connections, and what chance makes of them. */
#include <string.h>

#include "chance.h"
#include "synthetic.h"

enum { LOSS_ONE_IN = 64 };

const struct kind kinds[KINDS] = {
	{"graceful, client first", 300, "sSa*fFa", true},
	{"graceful, client first, half-closed", 60, "sSa*fAFa", true},
	{"graceful, client first, answered when half-closed", 40, "sSadfADaFa", true},
	{"graceful, server first", 230, "sSa*FafA", true},
	{"graceful, simultaneous", 10, "sSa*fGaA", true},
	{"unread data, server", 60, "sSa*dAR", true},
	{"unread data, client", 20, "sSadDr", true},
	{"zero linger, client", 50, "sSa*r", true},
	{"zero linger, server", 20, "sSa*R", true},
	{"data after close, server closed", 50, "sSa*FadX", true},
	{"data after close, client closed", 20, "sSadfADx", true},
	{"refused", 85, "sR", true},
	{"connect timeout", 8, "s2s3s4s5s6s", false},
	{"half-open, server restarted", 15, "sSa*5dX", true},
	{"half-open, client restarted", 5, "sSa*5Dx", true},
	{"retransmission timeout", 7, "sSa*d0w1w2w3w4w5w6w", false},
	{"keepalive timeout", 5, "sSa*6k3k3k3k3r", false},
	{"left open", 15, "sSa*", false},
};

uint8_t kind_choose(void)
{
	unsigned point = chance_below(1000);
	uint8_t kind = 0;

	while (point >= kinds[kind].in_1000)
		point -= kinds[kind++].in_1000;
	return kind;
}

bool script_is_client(char letter)
{
	return letter >= 'a';
}

static void letter_add(struct connection *connection, char letter)
{
	size_t length = strlen(connection->script);

	if (length + 1 == SCRIPT_MOST)
		fail("a script is too long");
	connection->script[length] = letter;
}

/* What is lost behind where this was captured, is seen twice. */
static void letter_add_lossy(struct connection *connection, char letter)
{
	letter_add(connection, letter);
	if (strchr("dDfF", letter) && chance_one_in(LOSS_ONE_IN)) {
		letter_add(connection, '0');
		letter_add(connection, script_is_client(letter) ? 'w' : 'W');
		connection->again++;
	}
}

/* A request, its response of some segments, an ACK for every two of these and for the last, which
 * may go with what the client sends next. */
static void exchange_add(struct connection *connection, bool can_wait)
{
	unsigned segments = chance_one_in(12) ? 2 + chance_below(3) : 1;

	letter_add_lossy(connection, 'd');
	for (unsigned i = 1; i <= segments; i++) {
		letter_add_lossy(connection, 'D');
		if (i == segments ? !can_wait || chance_one_in(3) : i % 2 == 0)
			letter_add(connection, 'a');
	}
}

void script_write(struct connection *connection)
{
	for (const char *at = kinds[connection->kind].script; *at; at++) {
		if (*at != '*') {
			letter_add_lossy(connection, *at);
			continue;
		}
		while (chance_one_in(16) && strlen(connection->script) < SCRIPT_MOST / 2)
			exchange_add(connection, true);
		exchange_add(connection, script_is_client(at[1]));
	}
}
