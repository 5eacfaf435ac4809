/* SPDX-License-Identifier: MIT */
/* The kernel counters that say why a connection ended. Names as in /proc/net/netstat (TcpExt,
 * MPTcpExt) and /proc/net/snmp (Tcp); docs: Documentation/networking/snmp_counter.rst of the
 * kernel. */
#ifndef LASTACK_RESULTS_COUNTER_H
#define LASTACK_RESULTS_COUNTER_H

#include <stdbool.h>

enum counter {
	COUNTER_ABORT_ON_DATA, /* TCPAbortOnData */
	COUNTER_ABORT_ON_CLOSE, /* TCPAbortOnClose */
	COUNTER_ABORT_ON_MEMORY, /* TCPAbortOnMemory */
	COUNTER_ABORT_ON_TIMEOUT, /* TCPAbortOnTimeout */
	COUNTER_ABORT_ON_LINGER, /* TCPAbortOnLinger */
	COUNTER_ABORT_FAILED, /* TCPAbortFailed */
	COUNTER_EMBRYONIC_RSTS, /* EmbryonicRsts */
	COUNTER_LISTEN_OVERFLOWS, /* ListenOverflows */
	COUNTER_LISTEN_DROPS, /* ListenDrops */
	COUNTER_CHALLENGE_ACK, /* TCPChallengeACK */
	COUNTER_SYN_CHALLENGE, /* TCPSYNChallenge */
	COUNTER_MIGRATE_SUCCESS, /* TCPMigrateReqSuccess */
	COUNTER_TIME_WAIT_OVERFLOW, /* TCPTimeWaitOverflow */
	COUNTER_MP_FASTCLOSE_TX, /* MPFastcloseTx, of MPTcpExt as the next three */
	COUNTER_MP_FASTCLOSE_RX, /* MPFastcloseRx */
	COUNTER_MP_RST_TX, /* MPRstTx */
	COUNTER_MP_RST_RX, /* MPRstRx */
	COUNTER_OUT_RSTS, /* OutRsts; listed only on a link: elsewhere it must equal the resets on
	                   * the wire
	                   */
	COUNTER_COUNT,
};

const char *counter_name(enum counter counter);
bool counter_parse(const char *name, enum counter *ret_counter);

#endif
