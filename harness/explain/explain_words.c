/* SPDX-License-Identifier: MIT */
/* See explain_words.h. */
#include "explain_words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "explain_rows.h"

#define NS_PER_SECOND 1000000000LL

/* How much a cause is worth looking at. Its words are those of cases/causes.txt. */
static const struct row {
	unsigned weight;
	bool is_in_order;
} rows[CAUSE_COUNT] = {
	[CAUSE_ORDERLY] = {0, true},
	[CAUSE_OPEN] = {1, true},
	[CAUSE_HALF_CLOSED] = {2, true},
	[CAUSE_CONNECT_ABANDONED] = {3, false},
	[CAUSE_CHALLENGED] = {4, false},
	[CAUSE_NEVER_CLOSED] = {5, false},
	[CAUSE_SYN_UNANSWERED] = {6, false},
	[CAUSE_REFUSED] = {7, false},
	[CAUSE_SELF_CONNECT] = {8, false},
	[CAUSE_MPTCP_ABORT] = {9, false},
	[CAUSE_TIME_WAIT_ASSASSINATION] = {10, false},
	[CAUSE_LINGER2] = {11, false},
	[CAUSE_ORPHAN_EXPIRED] = {12, false},
	[CAUSE_HALF_OPEN_REUSE] = {13, false},
	[CAUSE_KEEPALIVE_TIMEOUT] = {14, false},
	[CAUSE_RETRANSMISSION_TIMEOUT] = {15, false},
	[CAUSE_BACKLOG_OVERFLOW] = {16, false},
	[CAUSE_DATA_AFTER_CLOSE] = {17, false},
	[CAUSE_KEEP_ALIVE_RACE] = {18, false},
	[CAUSE_LISTENER_CLOSED] = {19, false},
	[CAUSE_ABORT] = {20, false},
	[CAUSE_UNREAD_DATA] = {21, false},
	[CAUSE_STATE_LOST] = {22, false},
	[CAUSE_STRAY_SEGMENT] = {23, false},
	[CAUSE_FORGED] = {24, false},
};

size_t explain_put_number(char *buf, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	for (size_t i = 0; i < n; i++)
		buf[i] = digits[n - 1 - i];
	return n;
}

size_t explain_put_end(char *buf, const struct endpoint *end)
{
	size_t at = 0;

	if (end->family == 6) {
		buf[at++] = '[';
		inet_ntop(AF_INET6, end->address, buf + at, INET6_ADDRSTRLEN);
		at += strlen(buf + at);
		buf[at++] = ']';
	}
	for (int i = 0; end->family != 6 && i < 4; i++) {
		if (i)
			buf[at++] = '.';
		at += explain_put_number(buf + at, end->address[i]);
	}
	buf[at++] = ':';
	return at + explain_put_number(buf + at, end->port);
}

char *explain_end(const struct endpoint *end, char buf[EXPLAIN_END_SIZE])
{
	buf[explain_put_end(buf, end)] = 0;
	return buf;
}

/* Stamps before 1970 are damage, and are shown as they are. */
char *explain_time(int64_t time_ns, bool utc, char buf[EXPLAIN_TIME_SIZE])
{
	int64_t fraction = (time_ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND;
	time_t seconds = (time_t)((time_ns - fraction) / NS_PER_SECOND);
	struct tm broken = {0};
	size_t at;

	if (utc)
		gmtime_r(&seconds, &broken);
	else
		localtime_r(&seconds, &broken);
	at = strftime(
		buf, EXPLAIN_TIME_SIZE, utc ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &broken);
	if (utc)
		snprintf(buf + at, EXPLAIN_TIME_SIZE - at, ".%09lldZ", (long long)fraction);
	else
		snprintf(buf + at, EXPLAIN_TIME_SIZE - at, ".%06lld", (long long)fraction / 1000);
	return buf;
}

char *explain_duration(int64_t ns, char buf[EXPLAIN_TIME_SIZE])
{
	double seconds = (double)ns / (double)NS_PER_SECOND;

	if (seconds < 1)
		snprintf(buf, EXPLAIN_TIME_SIZE, "%.3g ms", seconds * 1000);
	else if (seconds < 120)
		snprintf(buf, EXPLAIN_TIME_SIZE, "%.3g s", seconds);
	else if (seconds < 7200)
		snprintf(buf, EXPLAIN_TIME_SIZE, "%lld m %lld s", (long long)seconds / 60,
			(long long)seconds % 60);
	else
		snprintf(buf, EXPLAIN_TIME_SIZE, "%lld h %lld m", (long long)seconds / 3600,
			(long long)seconds / 60 % 60);
	return buf;
}

const char *explain_cause(enum cause cause)
{
	return explain_rows[cause].brief;
}

unsigned explain_weight(enum cause cause)
{
	return rows[cause].weight;
}

bool explain_is_in_order(enum cause cause)
{
	return rows[cause].is_in_order;
}

const char *explain_case(enum cause cause)
{
	return explain_rows[cause].shown_by;
}

const char *explain_certainty(enum certainty certainty)
{
	static const char *const words[] = {
		[CERTAIN] = "certain", [LIKELY] = "likely", [UNDECIDABLE] = "undecidable"};

	return words[certainty];
}

const char *explain_ender(enum finding_ender ender)
{
	static const char *const words[] = {[ENDER_NOBODY] = "nobody",
		[ENDER_OPENER] = "opener",
		[ENDER_OTHER] = "other",
		[ENDER_BOTH] = "both",
		[ENDER_NETWORK] = "network"};

	return words[ender];
}
