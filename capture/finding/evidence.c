/* SPDX-License-Identifier: MIT */
/* The words of a finding: one sentence for each kind of evidence, and what would decide where the
 * segments cannot. Knows English; must not know the rules. */
#include "finding.h"

#include <inttypes.h>
#include <stdarg.h>

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

static void say_count(struct sentence *sentence, int64_t n, const char *what)
{
	say(sentence, "%" PRId64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void say_times(struct sentence *sentence, int64_t n)
{
	say(sentence, n == 1 ? "once" : "%" PRId64 " times", n);
}

/* What most kinds say is the same for all connections. %s stand for nothing; a and b are numbers.
 */
static const char *const fixed[EVIDENCE_KINDS] = {
	[EVIDENCE_RESET_GONE] =
		"bare reset with window 0 and no options: from a host without that socket",
	[EVIDENCE_NO_FIN_BEFORE] = "who reset had sent no FIN before",
	[EVIDENCE_FIN_BEFORE] = "who reset had sent this FIN before",
	[EVIDENCE_INPUT_NONE] = "nothing was ever sent to who reset: nothing can have been unread",
	[EVIDENCE_SEQ_IS_ACK] =
		"the reset's sequence number is this segment's acknowledgment: it answers it",
	[EVIDENCE_SEQ_IS_NEXT] = "the reset's sequence number is its sender's next",
	[EVIDENCE_LATER_REFUSED] =
		"the same port refused a connection afterwards: nobody listens any more",
	[EVIDENCE_EARLIER_ACCEPTED] = "the same port had accepted a connection before",
	[EVIDENCE_LIVED_ON] = "the end that is said to have reset went on",
	[EVIDENCE_CHALLENGE] = "this ACK answers what was not believed (challenge ACK, RFC 5961)",
	[EVIDENCE_FOREIGN_SYN] = "a SYN with a new sequence number on a connection that the other "
				 "end still holds",
	[EVIDENCE_SAME_PORTS] = "both ends have the same address and port",
	[EVIDENCE_BOTH_FINS] = "both ends had sent their FIN by then",
	[EVIDENCE_ONLY_SYN_ACK] =
		"who reset had sent nothing but its SYN,ACK, and acknowledged nothing since",
	[EVIDENCE_ANSWERED] =
		"its last bytes are later than the last that it was sent: it had answered",
	[EVIDENCE_UNANSWERED] = "it sent no bytes after these: it had not answered",
	[EVIDENCE_CROSSED] = "sent before its sender knew of the FIN: they crossed",
	[EVIDENCE_TRIGGER_EMPTY] = "what drew the reset carries no bytes",
};

static void say_number(struct sentence *to, const struct evidence *evidence)
{
	int64_t a = evidence->a, b = evidence->b;

	switch (evidence->kind) {
	case EVIDENCE_RESET_ALIVE:
		say(to, "reset with ACK and window %" PRId64 ": from a socket that lived", a);
		break;
	case EVIDENCE_INPUT_ACKED:
		say_count(to, a, "byte");
		say(to, " sent to it had been acknowledged by its host, read or not");
		break;
	case EVIDENCE_TRIGGER_DATA:
		say_count(to, a, "byte");
		say(to, " came just before the reset");
		break;
	case EVIDENCE_PROBES:
		say_count(to, a, "probe");
		say(to, " without an answer");
		break;
	case EVIDENCE_RETRANSMISSIONS:
		say_count(to, a, "retransmission");
		say(to, " without an answer");
		break;
	case EVIDENCE_TTL:
		say(to, "TTL %" PRId64 "; its sender's other segments have %" PRId64, a, b);
		break;
	case EVIDENCE_IPID:
		say(to, "IP identification %" PRId64 "; its sender's last segment had %" PRId64, a,
			b);
		break;
	case EVIDENCE_OPTIONS:
		say(to,
			a ? "carries timestamps that were not agreed on"
			  : "carries no timestamps, which its sender's other segments do");
		break;
	case EVIDENCE_SEQ_WRONG:
		say(to, "sequence number %" PRId64 " (relative) where %" PRId64 " is right", a, b);
		break;
	case EVIDENCE_ACK_WRONG:
		say(to, "acknowledges %" PRId64 " (relative) where no more than %" PRId64, a, b);
		say(to, " was sent");
		break;
	case EVIDENCE_RESET_PAYLOAD:
		say(to, "the reset carries ");
		say_count(to, a, "byte");
		break;
	case EVIDENCE_CLIMBING:
		say_count(to, a, "reset");
		say(to, " in a row with rising sequence numbers");
		break;
	case EVIDENCE_WINDOW:
		say(to, "window %" PRId64 " before, %" PRId64 " in the reset: what lay unread ", b,
			a);
		say(to, "was thrown away in between");
		break;
	case EVIDENCE_ZERO_WINDOW:
		say(to, "one end advertised a window of 0 ");
		say_times(to, a);
		break;
	case EVIDENCE_MPTCP:
		say(to, "an MPTCP option among %" PRId64 " bytes of options", a);
		break;
	case EVIDENCE_OTHER_ADDRESS:
		say(to, "its segments belong to connection %" PRId64 ", under another address", a);
		break;
	default: say(to, "%s", fixed[evidence->kind] ? fixed[evidence->kind] : "?");
	}
}

static void say_duration(struct sentence *to, const struct evidence *evidence)
{
	switch (evidence->kind) {
	case EVIDENCE_IDLE:
		say_time(to, evidence->a);
		say(to, " of silence before this segment");
		if (evidence->b) {
			say(to, ", as before the end of ");
			say_count(to, evidence->b, "other connection");
		}
		break;
	case EVIDENCE_IDLE_CONSTANT:
		say_time(to, evidence->a);
		say(to, " is %s", idle_owner(evidence->a) ? idle_owner(evidence->a) : "well known");
		break;
	case EVIDENCE_SYNS:
		say_count(to, evidence->a, "SYN");
		say(to, " within ");
		say_time(to, evidence->b);
		break;
	case EVIDENCE_NEIGHBOURS:
		say_count(to, evidence->a, "other connection");
		say(to, " of the same port reset within ");
		say_time(to, evidence->b);
		break;
	case EVIDENCE_TOO_EARLY:
		say_time(to, evidence->a);
		say(to, " behind what it answers; the round trip takes ");
		say_time(to, evidence->b);
		break;
	case EVIDENCE_FIN_WAIT:
		say_time(to, evidence->a);
		say(to, " from this FIN to what drew the reset");
		break;
	case EVIDENCE_QUIET:
		say_time(to, evidence->a);
		say(to, " from this segment, the last, to the end of the capture");
		break;
	default: say_number(to, evidence);
	}
}

char *finding_evidence_print(const struct finding *finding, unsigned i,
	const struct history *history, char *buf, size_t size)
{
	struct sentence sentence = {buf, buf + size};

	if (!size)
		return buf;
	buf[0] = 0;
	if (i >= finding->n_evidence)
		return buf;
	if (finding->evidence[i].frame)
		say(&sentence, "frame %" PRIu32 ": ", finding->evidence[i].frame);
	say_duration(&sentence, &finding->evidence[i]);
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
