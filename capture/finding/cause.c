/* SPDX-License-Identifier: MIT */
/* The names of the causes. */
#include "finding.h"

#include <string.h>

static const char *const names[CAUSE_COUNT] = {
	[CAUSE_ORDERLY] = "orderly",
	[CAUSE_HALF_CLOSED] = "half-closed",
	[CAUSE_OPEN] = "open",
	[CAUSE_UNREAD_DATA] = "unread-data",
	[CAUSE_ABORT] = "abort",
	[CAUSE_LISTENER_CLOSED] = "listener-closed",
	[CAUSE_DATA_AFTER_CLOSE] = "data-after-close",
	[CAUSE_KEEP_ALIVE_RACE] = "keep-alive-race",
	[CAUSE_REFUSED] = "refused",
	[CAUSE_BACKLOG_OVERFLOW] = "backlog-overflow",
	[CAUSE_SYN_UNANSWERED] = "syn-unanswered",
	[CAUSE_STATE_LOST] = "state-lost",
	[CAUSE_KEEPALIVE_TIMEOUT] = "keepalive-timeout",
	[CAUSE_RETRANSMISSION_TIMEOUT] = "retransmission-timeout",
	[CAUSE_HALF_OPEN_REUSE] = "half-open-reuse",
	[CAUSE_ORPHAN_EXPIRED] = "orphan-expired",
	[CAUSE_LINGER2] = "linger2",
	[CAUSE_STRAY_SEGMENT] = "stray-segment",
	[CAUSE_FORGED] = "forged",
	[CAUSE_CHALLENGED] = "challenged",
	[CAUSE_SELF_CONNECT] = "self-connect",
	[CAUSE_MPTCP_ABORT] = "mptcp-abort",
	[CAUSE_NEVER_CLOSED] = "never-closed",
	[CAUSE_TIME_WAIT_ASSASSINATION] = "time-wait-assassination",
	[CAUSE_CONNECT_ABANDONED] = "connect-abandoned",
};

const char *cause_name(enum cause cause)
{
	return cause < CAUSE_COUNT ? names[cause] : "?";
}

bool cause_parse(const char *name, enum cause *ret)
{
	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		if (!strcmp(name, names[i])) {
			*ret = (enum cause)i;
			return true;
		}
	return false;
}
