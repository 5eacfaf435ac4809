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
	enum { PEER_NONE, PEER_CLIENT, PEER_SERVER, PEER_FOUND } peer;
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

/* Nobody answers, the server does, or both; or the client was refused before the server's SYN. */
static bool is_simultaneous(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	const struct cue *cues = rehearsal->cues;

	if (rehearsal->n >= 4 &&
		has_kinds(rehearsal, 4,
			(enum event_kind[]){EVENT_SYN, EVENT_RST_ACK, EVENT_SYN, EVENT_SYN_ACK}))
		return cues[1].side == SIDE_SERVER && cues[2].side == SIDE_SERVER;
	if (!has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_SYN}) ||
		cues[0].side == cues[1].side)
		return false;
	return rehearsal->n == 2 ||
		(cues[2].kind == EVENT_SYN_ACK &&
			(cues[2].side == SIDE_SERVER ||
				(rehearsal->n > 3 && cues[3].kind == EVENT_SYN_ACK)));
}

/* A SYN, and before it was answered what is no answer, nor a refusal. */
static bool is_answered_oddly(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	const struct cue *cues = rehearsal->cues;

	return rehearsal->n > 1 && has_kinds(rehearsal, 1, (enum event_kind[]){EVENT_SYN}) &&
		(cues[1].side == SIDE_SERVER || cues[1].kind == EVENT_RST) &&
		cues[1].kind != EVENT_SYN && (cues[1].kind != EVENT_SYN_ACK || cues[1].ack != 1);
}

static bool is_syn_with_fin(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 2 &&
		has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_FIN}) &&
		rehearsal->cues[0].side == rehearsal->cues[1].side && !rehearsal->cues[1].seq;
}

/* SYNs of different numbers, none of which was answered. */
static bool is_tried_anew(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->n; i++)
		if (rehearsal->cues[i].kind != EVENT_SYN || rehearsal->cues[i].side != SIDE_CLIENT)
			return false;
	return rehearsal->n > 1;
}

/* What a host without the connection answers to one who thinks there is one. */
static bool is_stranger(const struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->n; i++)
		if (rehearsal->cues[i].side == SIDE_SERVER &&
			rehearsal->cues[i].kind != EVENT_RST &&
			rehearsal->cues[i].kind != EVENT_SYN_ACK)
			return false;
	return !rehearsal->has_handshake && rehearsal->impossible == SIDE_CLIENT &&
		rehearsal->cues[0].kind != EVENT_SYN;
}

static bool is_fast_open_unanswered(
	const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return rehearsal->n == 2 &&
		has_kinds(rehearsal, 2, (enum event_kind[]){EVENT_SYN, EVENT_DATA}) &&
		rehearsal->cues[0].side == rehearsal->cues[1].side;
}

/* More than one reset, and the client never sent more than its SYN. */
static bool is_fast_open_reset(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	if (rehearsal->n < 5 ||
		!has_kinds(rehearsal, 4,
			(enum event_kind[]){EVENT_SYN, EVENT_DATA, EVENT_SYN_ACK, EVENT_RST_ACK}))
		return false;
	for (unsigned i = 3; i < rehearsal->n; i++)
		if (rehearsal->cues[i].side != SIDE_SERVER || !cue_is_reset(&rehearsal->cues[i]))
			return false;
	return true;
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
		.refusal = "its reset answers a segment whose addresses nobody translated back: a "
			   "case has no network that translates"},
	{is_self_connected, script_self_connected, "nothing", ""},
	{is_unanswered, script_unanswered, "listening", ""},
	{is_refused, script_refused, "nothing", ""},
	{is_abandoned, script_abandoned, "listening", ""},
	{is_half_open_lost, script_half_open_lost, "listening", "", PEER_CLIENT},
	{is_half_open, script_half_open, "listening", "", PEER_CLIENT},
	{is_simultaneous, script_simultaneous, "nothing", ""},
	{is_crossing, script_crossing, "listening", "", PEER_SERVER},
	{is_answered_oddly, script_odd_answers, "listening", "", PEER_SERVER},
	{is_syn_with_fin, script_syn_with_fin, "listening", "", PEER_CLIENT},
	{is_tried_anew, script_stranger, "listening", "", PEER_CLIENT},
	{is_fast_open_unanswered, script_fast_open_unanswered, "listening",
		"option server TCP_FASTOPEN 5\nsysctl net.ipv4.tcp_fastopen 519\n"},
	{is_fast_open_reset, script_fast_open_reset, "listening",
		"sysctl net.ipv4.tcp_fastopen 1538\n", PEER_CLIENT},
	{is_fast_open_refused, script_fast_open_refused, "nothing",
		"sysctl net.ipv4.tcp_fastopen 5\n"},
	{is_fast_open, script_fast_open, "listening",
		"option server TCP_FASTOPEN 5\nsysctl net.ipv4.tcp_fastopen 519\n"},
	{is_listener_closed, script_listener_closed, "listening", ""},
	{is_of_no_kernel, script_with_peer, NULL, "sysctl net.ipv4.tcp_invalid_ratelimit 0\n",
		PEER_FOUND},
	{is_mptcp, script_pair, NULL, ""},
	{is_expired, script_pair, NULL, "sysctl net.ipv4.tcp_fin_timeout 1\ntime slow\n"},
	{is_slow, script_pair, NULL, "time slow\n"},
	{is_pair, script_pair, NULL, ""},
	{is_anything, script_unknown, "nothing", ""},
};

/* Once it has been found that no socket makes it. */
static const struct manner of_no_socket = {NULL, script_with_peer, NULL,
	"sysctl net.ipv4.tcp_invalid_ratelimit 0\n", PEER_FOUND, NULL};
static const struct manner of_stranger = {
	NULL, script_stranger, "listening", "", PEER_CLIENT, NULL};

static const struct manner *choose(
	const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	const struct manner *manner = manners;

	if (rehearsal->has_impossible)
		return is_stranger(rehearsal) ? &of_stranger : &of_no_socket;
	while (!manner->fits(proposal, rehearsal))
		manner++;
	return manner;
}

static enum side peer_of(const struct manner *manner, const struct proposal *proposal,
	const struct rehearsal *rehearsal)
{
	if (manner->peer == PEER_FOUND)
		return script_peer_side(proposal, rehearsal);
	return manner->peer == PEER_CLIENT ? SIDE_CLIENT : SIDE_SERVER;
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
		.has_peer = manner->peer != PEER_NONE,
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

	*ret_impossible = -1;
	if (r && !rehearsal->has_impossible && manner->write == script_pair)
		*ret_impossible = writer.impossible;
	if (r && !rehearsal->has_impossible && manner->write == script_with_peer)
		*ret_impossible = script_peer_side(proposal, rehearsal);
	return r;
}
