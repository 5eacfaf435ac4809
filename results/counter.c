/* SPDX-License-Identifier: MIT */
/* Names of the kernel's counters. Does not read them: that is the harness's. */
#include "counter.h"

#include <stddef.h>
#include <string.h>

static const char *const counter_names[COUNTER_COUNT] = {
	[COUNTER_ABORT_ON_DATA] = "TCPAbortOnData",
	[COUNTER_ABORT_ON_CLOSE] = "TCPAbortOnClose",
	[COUNTER_ABORT_ON_MEMORY] = "TCPAbortOnMemory",
	[COUNTER_ABORT_ON_TIMEOUT] = "TCPAbortOnTimeout",
	[COUNTER_ABORT_ON_LINGER] = "TCPAbortOnLinger",
	[COUNTER_ABORT_FAILED] = "TCPAbortFailed",
	[COUNTER_EMBRYONIC_RSTS] = "EmbryonicRsts",
	[COUNTER_LISTEN_OVERFLOWS] = "ListenOverflows",
	[COUNTER_LISTEN_DROPS] = "ListenDrops",
	[COUNTER_CHALLENGE_ACK] = "TCPChallengeACK",
	[COUNTER_SYN_CHALLENGE] = "TCPSYNChallenge",
	[COUNTER_MIGRATE_SUCCESS] = "TCPMigrateReqSuccess",
	[COUNTER_TIME_WAIT_OVERFLOW] = "TCPTimeWaitOverflow",
	[COUNTER_MP_FASTCLOSE_TX] = "MPFastcloseTx",
	[COUNTER_MP_FASTCLOSE_RX] = "MPFastcloseRx",
	[COUNTER_MP_RST_TX] = "MPRstTx",
	[COUNTER_MP_RST_RX] = "MPRstRx",
	[COUNTER_OUT_RSTS] = "OutRsts",
};

const char *counter_name(enum counter counter)
{
	return (size_t)counter < COUNTER_COUNT ? counter_names[counter] : "?";
}

bool counter_parse(const char *name, enum counter *ret_counter)
{
	size_t i;

	for (i = 0; i < COUNTER_COUNT; i++) {
		if (strcmp(name, counter_names[i]) == 0) {
			*ret_counter = (enum counter)i;
			return true;
		}
	}
	return false;
}
