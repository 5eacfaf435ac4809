/* SPDX-License-Identifier: MIT */
/* See decide.h. Which function gives which reason: net/ipv4/tcp.c and tcp_timer.c. */
#include "decide.h"

#include <string.h>

/* A listener's close() and zero linger go through tcp_disconnect(): both say TCP_STATE. */
static const struct verdict_of_reason {
	const char *reason;
	enum cause causes[4];
	unsigned n;
} table[] = {
	{"TCP_ABORT_ON_CLOSE", {CAUSE_UNREAD_DATA, CAUSE_KEEP_ALIVE_RACE, CAUSE_MPTCP_ABORT}, 3},
	{"TCP_ABORT_ON_LINGER", {CAUSE_ABORT}, 1},
	{"TCP_STATE", {CAUSE_ABORT, CAUSE_LISTENER_CLOSED}, 2},
	{"TCP_KEEPALIVE_TIMEOUT", {CAUSE_KEEPALIVE_TIMEOUT}, 1},
	{"TCP_TIMEWAIT_SOCKET", {CAUSE_DATA_AFTER_CLOSE, CAUSE_KEEP_ALIVE_RACE}, 2},
};

static bool allows(const struct verdict_of_reason *row, enum cause cause)
{
	for (unsigned i = 0; i < row->n; i++)
		if (row->causes[i] == cause)
			return true;
	return false;
}

static bool narrow(struct finding *finding, const struct verdict_of_reason *row)
{
	unsigned left = 0, same = 0;
	enum cause causes[FINDING_MAX_CAUSES];

	for (unsigned i = 0; i < finding->n_causes; i++)
		if (allows(row, finding->causes[i])) {
			causes[left++] = finding->causes[i];
			same += i < finding->n_same;
		}
	if (!left)
		return false;
	memcpy(finding->causes, causes, left * sizeof(*causes));
	finding->n_causes = (uint8_t)left;
	finding->n_same = (uint8_t)(same ? same : 1);
	if (left == 1)
		finding->certainty = CERTAIN;
	else if (finding->n_same == 1 && finding->certainty == UNDECIDABLE)
		finding->certainty = LIKELY;
	return true;
}

bool decide_by_reason(struct finding *finding, const char *reason)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].reason, reason))
			return narrow(finding, &table[i]);
	return false;
}
