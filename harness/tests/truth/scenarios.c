/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

unsigned some_bytes(struct dice *dice)
{
	switch (roll(dice, 10)) {
	case 0: return 1;
	case 1: return 50000 + roll(dice, 250000);
	case 2: return 10000 + roll(dice, 50000);
	default: return 1 + roll(dice, 5000);
	}
}

static void plan_exchange(struct dice *dice, struct script *script)
{
	for (unsigned i = roll(dice, 4); i; i--) {
		enum party from = (enum party)roll(dice, 2);

		plan(script, STEP_SEND, from, some_bytes(dice));
		switch (roll(dice, 8)) {
		case 0: break; /* unread so far */
		case 1: plan(script, STEP_READ, !from, 1 + roll(dice, 100)); break;
		default: plan(script, STEP_READ, !from, 0);
		}
	}
}

static void plan_end(struct dice *dice, struct script *script, enum party side)
{
	switch (roll(dice, 16)) {
	case 0:
	case 1: plan(script, STEP_ABORT, side, 0); break;
	case 2: plan(script, STEP_DISSOLVE, side, 0); break;
	case 3: plan(script, STEP_SHUT_RDWR, side, 0); break;
	case 4:
	case 5: plan(script, STEP_SHUT_WR, side, 0); break;
	case 6: plan(script, roll(dice, 8) ? STEP_CLOSE : STEP_KILL, side, 0); break;
	case 7:
		plan(script, STEP_READ, side, 0);
		/* fall through */
	default: plan(script, STEP_CLOSE, side, 0);
	}
}

static void plan_closing(struct dice *dice, struct script *script)
{
	enum party first = (enum party)roll(dice, 2);

	plan_end(dice, script, first);
	if (!roll(dice, 4)) {
		plan(script, STEP_SEND, !first, some_bytes(dice));
		if (roll(dice, 2))
			plan(script, STEP_SEND, !first, 10);
	}
	if (roll(dice, 2))
		plan(script, STEP_READ, !first, 0);
	if (!roll(dice, 4))
		plan(script, STEP_READ, first, 0);
	plan_end(dice, script, (enum party) !first);
	if (!roll(dice, 8))
		plan(script, STEP_SEND, first, 20); /* where only half is closed */
	plan(script, STEP_CLOSE, first, 0);
	plan(script, STEP_CLOSE, (enum party) !first, 0);
}

/* Scenarios of one accepted connection, beside the ordinary one. */

void plan_ordinary(struct dice *dice, struct script *script)
{
	plan_exchange(dice, script);
	plan_closing(dice, script);
}

static void plan_request(struct script *script)
{
	plan(script, STEP_SEND, CLIENT, 300);
	plan(script, STEP_READ, SERVER, 0);
	plan(script, STEP_SEND, SERVER, 1000);
	plan(script, STEP_READ, CLIENT, 0);
}

static void plan_race_unread(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan(script, STEP_IDLE, CLIENT, 1100);
	plan(script, STEP_SEND, CLIENT, 300);
	plan(script, STEP_CLOSE, SERVER, 0);
}

static void plan_race_closed(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan(script, STEP_IDLE, CLIENT, 1100);
	plan(script, STEP_CLOSE, SERVER, 0);
	plan(script, STEP_SEND, CLIENT, 300);
	plan(script, STEP_CLOSE, CLIENT, 0);
}

static void plan_keepalive(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan_option(script, CLIENT, TCP_KEEPIDLE, 1);
	plan_option(script, CLIENT, TCP_KEEPINTVL, 1);
	plan_option(script, CLIENT, TCP_KEEPCNT, 2);
	plan_option(script, CLIENT, SO_KEEPALIVE, 1);
	plan(script, STEP_UNTIL_ACKNOWLEDGED, CLIENT, 0); /* else the deaf one repeats itself */
	plan(script, STEP_DEAFEN, SERVER, 0);
	plan(script, STEP_UNTIL_ENDED, CLIENT, 0);
	plan(script, STEP_CLOSE, CLIENT, 0);
	plan(script, STEP_VANISH, SERVER, 0);
}

static void plan_user_timeout(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan_option(script, CLIENT, TCP_USER_TIMEOUT, 1500);
	plan(script, STEP_UNTIL_ACKNOWLEDGED, CLIENT, 0); /* else the deaf one repeats itself */
	plan(script, STEP_DEAFEN, SERVER, 0);
	plan(script, STEP_SEND, CLIENT, 300);
	plan(script, STEP_UNTIL_ENDED, CLIENT, 0);
	plan(script, STEP_CLOSE, CLIENT, 0);
	plan(script, STEP_HEAR, SERVER, 0);
	plan(script, roll(dice, 2) ? STEP_VANISH : STEP_CLOSE, SERVER, 0);
}

static void plan_state_lost(struct dice *dice, struct script *script)
{
	enum party gone = (enum party)roll(dice, 2);

	plan_request(script);
	plan(script, STEP_UNTIL_ACKNOWLEDGED, CLIENT, 0); /* nothing is under way */
	plan(script, STEP_VANISH, gone, 0);
	if (roll(dice, 2))
		plan(script, STEP_SEND, (enum party) !gone, 20);
	plan(script, STEP_CLOSE, (enum party) !gone, 0);
}

static void plan_linger2(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan_option(script, SERVER, TCP_LINGER2, (unsigned)-1);
	plan(script, STEP_CLOSE, SERVER, 0);
	plan(script, STEP_UNTIL_ENDED, CLIENT, 0); /* by the reset behind the FIN */
	plan(script, STEP_CLOSE, CLIENT, 0);
}

static void plan_orphan(struct dice *dice, struct script *script)
{
	plan_request(script);
	plan_option(script, SERVER, TCP_LINGER2, 1);
	plan(script, STEP_CLOSE, SERVER, 0);
	plan(script, STEP_UNTIL_FORGOTTEN, SERVER, 0);
	plan(script, STEP_SEND, CLIENT, 20);
	plan(script, STEP_CLOSE, CLIENT, 0);
}

static const struct scenario scenarios[] = {
	{"keep-alive race, unread", plan_race_unread, CAUSE_KEEP_ALIVE_RACE, 20},
	{"keep-alive race, closed", plan_race_closed, CAUSE_KEEP_ALIVE_RACE, 20},
	{"keepalive", plan_keepalive, CAUSE_KEEPALIVE_TIMEOUT, 10},
	{"user timeout", plan_user_timeout, CAUSE_RETRANSMISSION_TIMEOUT, 10},
	{"vanished", plan_state_lost, CAUSE_STATE_LOST, 60},
	{"linger2", plan_linger2, CAUSE_LINGER2, 30},
	{"orphan", plan_orphan, CAUSE_ORPHAN_EXPIRED, 10},
	{"ordinary", plan_ordinary, CAUSE_COUNT, 0},
};

const struct scenario *scenario_pick(struct dice *dice)
{
	unsigned number = roll(dice, 10000), i = 0;

	while (scenarios[i].per_10000 && number >= scenarios[i].per_10000)
		number -= scenarios[i++].per_10000;
	return &scenarios[i];
}
