/* SPDX-License-Identifier: MIT */
/* The words of a finding: one sentence for each kind of evidence, and what would decide where the
 * segments cannot. Knows English; must not know the rules. */
#include "finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "idle.h"

struct sentence {
	char *at, *end;
};

__attribute__((format(printf, 2, 3))) static void say(
	struct sentence *sentence, const char *format, ...)
{
	size_t room = (size_t)(sentence->end - sentence->at);
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(sentence->at, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		sentence->at += (size_t)n < room ? (size_t)n : room - 1;
}

/* 1.5 s, 240 ms, 12 us */
static void say_time(struct sentence *sentence, int64_t ns)
{
	if (ns >= 1000000000)
		say(sentence, "%.*f s", ns < 100000000000 ? 1 : 0, (double)ns / 1e9);
	else if (ns >= 1000000)
		say(sentence, "%.*f ms", ns < 100000000 ? 1 : 0, (double)ns / 1e6);
	else
		say(sentence, "%.0f us", (double)ns / 1e3);
}

static void say_number(struct sentence *sentence, int64_t n)
{
	say(sentence, "%" PRId64, n);
}

static void say_times(struct sentence *sentence, int64_t n)
{
	say(sentence, n == 1 ? "once" : "%" PRId64 " times", n);
}

static void say_owner(struct sentence *sentence, int64_t ns)
{
	say(sentence, "%s", idle_owner(ns) ? idle_owner(ns) : "well known");
}

static const struct {
	const char *name;
	void (*say)(struct sentence *sentence, int64_t n);
} forms[] = {{"", say_number}, {"ns", say_time}, {"times", say_times}, {"owner", say_owner}};

/* What is no form is what is counted. */
static void say_as(struct sentence *sentence, int64_t n, const char *form, size_t length)
{
	for (unsigned i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (strlen(forms[i].name) != length || memcmp(forms[i].name, form, length))
			continue;
		forms[i].say(sentence, n);
		return;
	}
	say(sentence, "%" PRId64 " %.*s%s", n, (int)length, form, n == 1 ? "" : "s");
}

/* {a} and {b} are the evidence's numbers: as they are, in a form ({a ns}), or so many of something
 * ({a byte}). */
static const char *const sentences[EVIDENCE_KINDS] = {
	[EVIDENCE_RESET_ALIVE] = "reset with ACK and window {a}: from a socket that lived",
	[EVIDENCE_RESET_GONE] =
		"bare reset with window 0 and no options: from a host without that socket",
	[EVIDENCE_NO_FIN_BEFORE] = "who reset had sent no FIN before",
	[EVIDENCE_FIN_BEFORE] = "who reset had sent this FIN before",
	[EVIDENCE_INPUT_ACKED] =
		"{a byte} sent to it had been acknowledged by its host, read or not",
	[EVIDENCE_INPUT_NONE] = "nothing was ever sent to who reset: nothing can have been unread",
	[EVIDENCE_SEQ_IS_ACK] =
		"the reset's sequence number is this segment's acknowledgment: it answers it",
	[EVIDENCE_SEQ_IS_NEXT] = "the reset's sequence number is its sender's next",
	[EVIDENCE_TRIGGER_DATA] = "{a byte} came just before the reset",
	[EVIDENCE_IDLE] = "{a ns} of silence before this segment",
	[EVIDENCE_IDLE_CONSTANT] = "{a ns} is {a owner}",
	[EVIDENCE_PROBES] = "{a probe} without an answer",
	[EVIDENCE_RETRANSMISSIONS] = "{a retransmission} without an answer",
	[EVIDENCE_SYNS] = "{a SYN} within {b ns}",
	[EVIDENCE_NEIGHBOURS] = "{a other connection} of the same port reset within {b ns}",
	[EVIDENCE_LATER_REFUSED] =
		"the same port refused a connection afterwards: nobody listens any more",
	[EVIDENCE_EARLIER_ACCEPTED] = "the same port had accepted a connection before",
	[EVIDENCE_TTL] = "TTL {a}; its sender's other segments have {b}",
	[EVIDENCE_IPID] = "IP identification {a}; its sender's last segment had {b}",
	[EVIDENCE_OPTIONS] = "carries no timestamps, which its sender's other segments do",
	[EVIDENCE_SEQ_WRONG] = "sequence number {a} (relative) where {b} is right",
	[EVIDENCE_TOO_EARLY] = "{a ns} behind what it answers; the round trip takes {b ns}",
	[EVIDENCE_LIVED_ON] = "the end that is said to have reset went on",
	[EVIDENCE_CLIMBING] = "{a reset} in a row with rising sequence numbers",
	[EVIDENCE_CHALLENGE] = "this ACK answers what was not believed (challenge ACK, RFC 5961)",
	[EVIDENCE_FOREIGN_SYN] = "a SYN with a new sequence number on a connection that the other "
				 "end still holds",
	[EVIDENCE_FIN_WAIT] = "{a ns} from this FIN to what drew the reset",
	[EVIDENCE_WINDOW] = "window {b} before, {a} in the reset: what lay unread was thrown away "
			    "in between",
	[EVIDENCE_ZERO_WINDOW] = "one end advertised a window of 0 {a times}",
	[EVIDENCE_MPTCP] = "an MPTCP option among {a} bytes of options",
	[EVIDENCE_SAME_PORTS] = "both ends have the same address and port",
	[EVIDENCE_OTHER_ADDRESS] = "its segments belong to connection {a}, under another address",
	[EVIDENCE_BOTH_FINS] = "both ends had sent their FIN by then",
	[EVIDENCE_ONLY_SYN_ACK] =
		"who reset had sent nothing but its SYN,ACK, and acknowledged nothing since",
	[EVIDENCE_ANSWERED] =
		"its last bytes are later than the last that it was sent: it had answered",
	[EVIDENCE_UNANSWERED] = "it sent no bytes after these: it had not answered",
	[EVIDENCE_CROSSED] = "sent before its sender knew of the FIN: they crossed",
	[EVIDENCE_QUIET] = "{a ns} from this segment, the last, to the end of the capture",
	[EVIDENCE_TRIGGER_EMPTY] = "what drew the reset carries no bytes",
	[EVIDENCE_RESET_PAYLOAD] = "the reset carries {a byte}",
	[EVIDENCE_ACK_WRONG] = "acknowledges {a} (relative) where no more than {b} was sent",
};

static const char *sentence_of(const struct evidence *evidence)
{
	if (evidence->kind == EVIDENCE_IDLE && evidence->b)
		return "{a ns} of silence before this segment, as before the end of "
		       "{b other connection}";
	if (evidence->kind == EVIDENCE_OPTIONS && evidence->a)
		return "carries timestamps that were not agreed on";
	return sentences[evidence->kind] ? sentences[evidence->kind] : "?";
}

static void say_evidence(struct sentence *sentence, const struct evidence *evidence)
{
	const char *at = sentence_of(evidence);

	while (*at) {
		size_t plain = strcspn(at, "{");
		const char *number = at + plain + 1, *form, *end;

		say(sentence, "%.*s", (int)plain, at);
		if (!at[plain])
			return;
		form = number + 1 + (number[1] == ' ');
		end = strchr(form, '}');
		say_as(sentence, *number == 'a' ? evidence->a : evidence->b, form,
			(size_t)(end - form));
		at = end + 1;
	}
}

char *finding_evidence_print(const struct finding *finding, unsigned i, char *buf, size_t size)
{
	struct sentence sentence = {buf, buf + size};

	if (!size)
		return buf;
	buf[0] = 0;
	if (i >= finding->n_evidence)
		return buf;
	if (finding->evidence[i].frame)
		say(&sentence, "frame %" PRIu32 ": ", finding->evidence[i].frame);
	say_evidence(&sentence, &finding->evidence[i]);
	return buf;
}

/* What tells two causes apart. The order of the two does not matter; the first row that has both
 * speaks, then the row with one of them alone. */
static const struct {
	enum cause a, b;
	const char *decides;
} deciders[] = {
	{CAUSE_UNREAD_DATA, CAUSE_ABORT,
		"On the host that reset: the tracepoint tcp:tcp_send_reset says TCP_ABORT_ON_CLOSE "
		"for unread data (also when the process was killed), TCP_STATE for zero linger, "
		"connect(AF_UNSPEC) or ss -K; so does the counter TCPAbortOnClose, or strace "
		"(setsockopt SO_LINGER before close)."},
	{CAUSE_KEEP_ALIVE_RACE, CAUSE_UNREAD_DATA,
		"The server's idle time-out: if the silence was as long, its timer closed the "
		"connection while the request lay unread; if not, the server met an error and "
		"closed without reading."},
	{CAUSE_ABORT, CAUSE_LISTENER_CLOSED,
		"Whether accept() had returned this connection: the server's log or strace; a "
		"listener that was closed refuses what comes next."},
	{CAUSE_UNREAD_DATA, CAUSE_LISTENER_CLOSED,
		"Whether accept() had returned this connection: the server's log or strace; a "
		"listener that was closed refuses what comes next."},
	{CAUSE_ABORT, CAUSE_LINGER2,
		"The program's options: SO_LINGER with time 0, or TCP_LINGER2 below 0 "
		"(strace -e setsockopt)."},
	{CAUSE_DATA_AFTER_CLOSE, CAUSE_ORPHAN_EXPIRED,
		"net.ipv4.tcp_fin_timeout of the host that closed: a longer pause than that, and "
		"its FIN-WAIT-2 had expired. Either way the bytes came after close()."},
	{CAUSE_DATA_AFTER_CLOSE, CAUSE_KEEP_ALIVE_RACE,
		"Whether the sender took the connection from a pool: then the request met the idle "
		"time-out; if it was in the midst of an exchange, the other end closed early."},
	{CAUSE_SYN_UNANSWERED, CAUSE_BACKLOG_OVERFLOW,
		"On the listening host: ListenOverflows and ListenDrops (nstat) rise, and ss -lt "
		"shows Recv-Q above Send-Q, if its queue is full; if not, something drops the SYN."},
	{CAUSE_BACKLOG_OVERFLOW, CAUSE_STATE_LOST,
		"On the listening host: ListenOverflows rises (nstat) and tcp_abort_on_overflow is "
		"1 if its queue was full; if not, nobody listened any more when the ACK came, or "
		"something on the way forgot the connection."},
	{CAUSE_ORPHAN_EXPIRED, CAUSE_LINGER2,
		"net.ipv4.tcp_fin_timeout of the host that closed: a shorter pause than that, and "
		"the program had set TCP_LINGER2 (strace -e setsockopt)."},
	{CAUSE_STATE_LOST, CAUSE_FORGED,
		"A capture at the other host: a reset that it did not send was made on the way; "
		"and its uptime, if it did."},
	{CAUSE_STATE_LOST, CAUSE_RETRANSMISSION_TIMEOUT,
		"A capture from before: retransmissions without an answer if that host had given "
		"up, a reboot (uptime) or an idle time-out on the way if it forgot."},
	{CAUSE_STATE_LOST, CAUSE_DATA_AFTER_CLOSE,
		"A capture with the segments of both directions: a FIN before means a close."},
	{CAUSE_STRAY_SEGMENT, CAUSE_STATE_LOST,
		"conntrack -S at the translating host (invalid), and a capture at both of its "
		"sides."},
	{CAUSE_CHALLENGED, CAUSE_FORGED, "A capture at the host that is said to have sent it."},
	{CAUSE_REFUSED, CAUSE_FORGED,
		"A capture at the host that is said to have refused, and the rules of the firewalls "
		"on the way (reject with tcp reset)."},
	{CAUSE_KEEPALIVE_TIMEOUT, CAUSE_ABORT,
		"On the host that reset: the tracepoint tcp:tcp_send_reset says "
		"TCP_KEEPALIVE_TIMEOUT, and the errno is ETIMEDOUT."},
	{CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_OPEN,
		"A longer capture: whether it is still retransmitted."},
	{CAUSE_NEVER_CLOSED, CAUSE_HALF_CLOSED,
		"On the host that did not close: ss -tp shows CLOSE-WAIT with the process that "
		"holds it."},
	{CAUSE_ORPHAN_EXPIRED, CAUSE_STATE_LOST,
		"net.ipv4.tcp_fin_timeout and the uptime of the host that closed."},
	{CAUSE_HALF_OPEN_REUSE, CAUSE_OPEN,
		"A longer capture: whether the new connection is made after all."},
};

const char *finding_decides(const struct finding *finding)
{
	if (finding->n_causes < 2 || finding->certainty == CERTAIN)
		return NULL;
	for (unsigned i = 0; i < sizeof(deciders) / sizeof(*deciders); i++) {
		enum cause a = deciders[i].a, b = deciders[i].b;

		if ((finding->causes[0] == a && finding->causes[1] == b) ||
			(finding->causes[0] == b && finding->causes[1] == a))
			return deciders[i].decides;
	}
	return NULL;
}
