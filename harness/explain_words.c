/* SPDX-License-Identifier: MIT */
/* See explain_words.h. */
#include "explain_words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000LL

/* A cause in a sentence, for somebody who is neither end; how much it is worth looking at; and the
 * case that shows it. */
static const struct row {
	unsigned weight;
	bool is_in_order;
	const char *sentence, *shown_by;
} rows[CAUSE_COUNT] = {
	[CAUSE_ORDERLY] = {0, true, "Both ends closed, and nothing was lost.",
		"close/active-close-ends-in-time-wait"},
	[CAUSE_OPEN] = {1, true, "Neither end had ended it when the capture did.",
		"process/vanished-peer-idle"},
	[CAUSE_HALF_CLOSED] = {2, true, "One end had sent its FIN, the other not yet.",
		"half-close/data-flows-the-other-way"},
	[CAUSE_CONNECT_ABANDONED] = {3, false,
		"Who had sent the SYN was gone when the SYN,ACK came.",
		"connect/late-syn-ack-draws-a-reset"},
	[CAUSE_CHALLENGED] = {4, false,
		"A reset or SYN came that was not believed (RFC 5961): it lived on.",
		"validation/reset-in-the-window"},
	[CAUSE_NEVER_CLOSED] = {5, false,
		"One end closed, and the other never did: it stays in CLOSE-WAIT.",
		"close/close-wait-has-no-timer"},
	[CAUSE_SYN_UNANSWERED] = {6, false, "Nobody answered the SYN, however often it came.",
		"connect/user-timeout-bounds-it"},
	[CAUSE_REFUSED] = {7, false, "Nobody listens there, or a firewall says so.",
		"connect/refused-counts-a-failed-attempt"},
	[CAUSE_SELF_CONNECT] = {8, false,
		"The socket is connected to itself: nobody listened at its own port.",
		"self-connect/ephemeral-port"},
	[CAUSE_MPTCP_ABORT] = {9, false, "Multipath TCP: a fast close, or a lost subflow.",
		"mptcp/zero-linger-is-fastclose"},
	[CAUSE_TIME_WAIT_ASSASSINATION] = {10, false,
		"A reset ended TIME-WAIT before its time (RFC 1337).",
		"time-wait/exact-reset-ends-it"},
	[CAUSE_LINGER2] = {11, false,
		"Closed with TCP_LINGER2 below 0, or with too many orphans: FIN, then a reset.",
		"fin-wait-2/linger2-negative-close"},
	[CAUSE_ORPHAN_EXPIRED] = {12, false,
		"Bytes came for an end that had closed and, after tcp_fin_timeout, forgotten it.",
		"fin-wait-2/expired-answers-with-a-reset"},
	[CAUSE_HALF_OPEN_REUSE] = {13, false,
		"A client began anew on a connection that the server still held.",
		"validation/challenged-peer-starts-anew"},
	[CAUSE_KEEPALIVE_TIMEOUT] = {14, false,
		"Keepalive probes were not answered, and the prober gave up.",
		"timeout/keepalive-dead-peer"},
	[CAUSE_RETRANSMISSION_TIMEOUT] = {15, false,
		"What one end sent was never acknowledged, and it gave up.",
		"timeout/user-timeout-data"},
	[CAUSE_BACKLOG_OVERFLOW] = {16, false,
		"Reset behind the handshake: the listener's queue was full, or it was gone.",
		"listener/abort-on-overflow-resets-behind-the-handshake"},
	[CAUSE_DATA_AFTER_CLOSE] = {17, false,
		"Bytes came for an end that had closed: they were lost and drew a reset.",
		"after-close/first-send-succeeds"},
	[CAUSE_KEEP_ALIVE_RACE] = {18, false,
		"An idle connection was closed just when the next request came.",
		"after-close/queued-answer-survives"},
	[CAUSE_LISTENER_CLOSED] = {19, false,
		"The listener closed before anybody had accepted the connection.",
		"listener/close-resets-the-queue"},
	[CAUSE_ABORT] = {20, false,
		"Thrown away on purpose: zero linger, connect(AF_UNSPEC), or from outside.",
		"abort/zero-linger-resets"},
	[CAUSE_UNREAD_DATA] = {21, false, "Closed with received bytes unread.", "unread/close"},
	[CAUSE_STATE_LOST] = {22, false,
		"One host, or something on the way, had forgotten the connection.",
		"abort/vanished-peer-answers-with-bare-reset"},
	[CAUSE_STRAY_SEGMENT] = {23, false,
		"A reset for a segment that was not translated back on its way.",
		"after-close/listener-resets-stray-data"},
	[CAUSE_FORGED] = {24, false, "The reset does not come from the end whose address it bears.",
		"validation/exact-reset"},
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
	return rows[cause].sentence;
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
	return rows[cause].shown_by;
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
