/* SPDX-License-Identifier: MIT */
/* See script_write.h. Which manner of script fits which connection; the manners are script_pair.c,
 * script_peer.c and script_unmade.c. */
#include "script_write.h"

#include <errno.h>
#include <stdarg.h>

#include "script_writer.h"

/* A way to make a connection, and what it needs. */
struct manner {
	bool (*fits)(const struct proposal *proposal, const struct rehearsal *rehearsal);
	script_manner *write;
	const char *start, *headers;
	bool has_peer;
	const char *refusal; /* why no case can make it */
};

enum cause script_cause(const struct proposal *proposal)
{
	return proposal->finding->n_causes ? proposal->finding->causes[0] : CAUSE_OPEN;
}

int script_refuse(struct writer *writer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(writer->error, PROPOSE_ERROR_SIZE, format, args);
	va_end(args);
	return -ENOTSUP;
}

int script_refuse_socket(struct writer *writer, const struct cue *cue, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(writer->error, PROPOSE_ERROR_SIZE, format, args);
	va_end(args);
	writer->impossible = cue->side;
	return -ENOTSUP;
}

void script_step(struct writer *writer, const char *who, const char *format, ...)
{
	va_list args;

	fprintf(writer->stream, "%s ", who);
	va_start(args, format);
	vfprintf(writer->stream, format, args);
	va_end(args);
	fputc('\n', writer->stream);
}

enum side script_peer_side(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	if (rehearsal->has_impossible)
		return rehearsal->impossible;
	for (unsigned i = 0; i < rehearsal->n; i++)
		if (cue_is_reset(&rehearsal->cues[i]))
			return rehearsal->cues[i].side;
	return proposal->history->foreign_syn.frame ? SIDE_CLIENT : SIDE_SERVER;
}

static bool has_kinds(const struct rehearsal *rehearsal, unsigned n, const enum event_kind *kinds)
{
	if (rehearsal->has_handshake || rehearsal->n < n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (rehearsal->cues[i].kind != kinds[i])
			return false;
	return true;
}

static bool is_self_connected(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return proposal->history->is_self_connected;
}

static bool is_stray(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return script_cause(proposal) == CAUSE_STRAY_SEGMENT;
}

static bool is_unanswered(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 1 && has_kinds(rehearsal, 1, (enum event_kind[]){EVENT_SYN});
}

static bool is_refused(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 2 &&
		(has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_RST_ACK})) &&
		rehearsal->cues[1].side == SIDE_SERVER;
}

static bool is_abandoned(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 3 &&
		has_kinds(rehearsal, 3, (enum event_kind[]){EVENT_SYN, EVENT_SYN_ACK, EVENT_RST}) &&
		rehearsal->cues[2].side == SIDE_CLIENT;
}

static bool is_half_open_lost(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 3 &&
		has_kinds(rehearsal, 3, (enum event_kind[]){EVENT_SYN, EVENT_SYN_ACK, EVENT_RST}) &&
		rehearsal->cues[2].side == SIDE_SERVER;
}

static bool is_half_open(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 2 &&
		has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_SYN_ACK});
}

static bool is_crossing(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_SYN}) &&
		rehearsal->cues[0].side != rehearsal->cues[1].side;
}

static bool is_fast_open_refused(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 3 &&
		has_kinds(rehearsal, 3, (enum event_kind[]){EVENT_SYN, EVENT_DATA, EVENT_RST_ACK});
}

static bool is_fast_open(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return has_kinds(rehearsal, 3, (enum event_kind[]){EVENT_SYN, EVENT_DATA, EVENT_SYN_ACK});
}

static bool is_listener_closed(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return script_cause(proposal) == CAUSE_LISTENER_CLOSED && rehearsal->has_handshake &&
		rehearsal->n && rehearsal->cues[rehearsal->n - 1].kind == EVENT_RST_ACK;
}

static bool is_of_no_kernel(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	switch (script_cause(proposal)) {
	case CAUSE_FORGED:
	case CAUSE_CHALLENGED:
	case CAUSE_HALF_OPEN_REUSE:
	case CAUSE_TIME_WAIT_ASSASSINATION:
		return rehearsal->has_handshake || proposal->history->is_midstream;
	default: return false;
	}
}

static bool is_mptcp(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return script_cause(proposal) == CAUSE_MPTCP_ABORT && rehearsal->has_handshake;
}

static bool is_expired(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return script_cause(proposal) == CAUSE_ORPHAN_EXPIRED && rehearsal->has_handshake;
}

static bool is_slow(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return script_cause(proposal) == CAUSE_KEEPALIVE_TIMEOUT ||
		script_cause(proposal) == CAUSE_RETRANSMISSION_TIMEOUT;
}

static bool is_pair(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->has_handshake || proposal->history->is_midstream ||
		!has_kinds(rehearsal, 1, (enum event_kind[]){EVENT_SYN});
}

static bool is_anything(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return true;
}

/* The first that fits. */
static const struct manner manners[] = {
	{.fits = is_stray,
		.refusal = "a reset for a segment that the network did not translate back needs a "
			   "network that translates"},
	{is_self_connected, script_self_connected, "nothing", ""},
	{is_unanswered, script_unanswered, "listening", ""},
	{is_refused, script_refused, "nothing", ""},
	{is_abandoned, script_abandoned, "listening", ""},
	{is_half_open_lost, script_half_open_lost, "listening", "", true},
	{is_half_open, script_half_open, "listening", "", true},
	{is_crossing, script_crossing, "listening", "", true},
	{is_fast_open_refused, script_fast_open_refused, "nothing",
		"sysctl net.ipv4.tcp_fastopen 5\n"},
	{is_fast_open, script_fast_open, "listening",
		"option server TCP_FASTOPEN 5\nsysctl net.ipv4.tcp_fastopen 519\n"},
	{is_listener_closed, script_listener_closed, "listening", ""},
	{is_of_no_kernel, script_with_peer, NULL, "sysctl net.ipv4.tcp_invalid_ratelimit 0\n",
		true},
	{is_mptcp, script_pair, NULL, ""},
	{is_expired, script_pair, NULL, "sysctl net.ipv4.tcp_fin_timeout 1\ntime slow\n"},
	{is_slow, script_pair, NULL, "time slow\n"},
	{is_pair, script_pair, NULL, ""},
	{.fits = is_anything,
		.refusal =
			"it began in a way that no case of one connection makes (SYNs that cross, or "
			"answers to no SYN)"},
};

/* Once it has been found that no socket makes it. */
static const struct manner of_no_socket = {
	NULL, script_with_peer, NULL, "sysctl net.ipv4.tcp_invalid_ratelimit 0\n", true, NULL};

static const struct manner *choose(
	const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	const struct manner *manner = manners;

	if (rehearsal->has_impossible)
		return &of_no_socket;
	while (!manner->fits(proposal, rehearsal))
		manner++;
	return manner;
}

static enum side peer_of(const struct manner *manner, const struct proposal *proposal,
	const struct rehearsal *rehearsal)
{
	if (manner->write == script_half_open || manner->write == script_half_open_lost)
		return SIDE_CLIENT;
	return manner->write == script_crossing ? SIDE_SERVER
						: script_peer_side(proposal, rehearsal);
}

int script_choose(const struct proposal *proposal, const struct rehearsal *rehearsal,
	struct surrounding_lines *ret, char *error)
{
	const struct manner *manner = choose(proposal, rehearsal);

	if (manner->refusal) {
		snprintf(error, PROPOSE_ERROR_SIZE, "%s", manner->refusal);
		return -ENOTSUP;
	}
	*ret = (struct surrounding_lines){.start = manner->start,
		.headers = manner->headers,
		.has_peer = manner->has_peer,
		.peer = peer_of(manner, proposal, rehearsal)};
	return 0;
}

int script_write(const struct proposal *proposal, const struct rehearsal *rehearsal, FILE *stream,
	char *error, int *ret_impossible)
{
	struct writer writer = {.proposal = proposal,
		.rehearsal = rehearsal,
		.stream = stream,
		.error = error,
		.ends = {[SIDE_CLIENT] = {.word = "client"}, [SIDE_SERVER] = {.word = "server"}},
		.impossible = -1};
	const struct manner *manner = choose(proposal, rehearsal);
	int r = manner->write(&writer);

	*ret_impossible = rehearsal->has_impossible ||
			(manner->write != script_pair && manner->write != script_with_peer)
		? -1
		: writer.impossible;
	return r;
}
