/* SPDX-License-Identifier: MIT */
/* See script_write.h. Steps of a case run one after another, and after each every segment has
 * arrived: so what an end does is replayed in the order of the events, each is read when it comes,
 * and only what crossed on its way is held back by a blackhole. */
#include "script_write.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* How far an end's socket has come. */
struct end {
	const char *word; /* "client" */
	bool is_closed; /* its program has let go of it */
	bool is_over; /* reset, or given up */
	bool has_fin, has_heard_fin;
	bool is_deaf; /* its blackhole is on */
	int64_t unread;
};

struct writer {
	const struct proposal *proposal;
	const struct rehearsal *rehearsal;
	FILE *stream;
	char *error;
	struct end ends[2]; /* by side */
	unsigned at; /* the cue that is made now */
};

typedef int manner_write(struct writer *writer);

/* A way to make a connection, and what it needs. */
struct manner {
	bool (*fits)(const struct proposal *proposal, const struct rehearsal *rehearsal);
	manner_write *write;
	const char *start, *headers;
	bool has_peer;
	const char *refusal; /* why no case can make it */
};

static enum cause first_cause(const struct proposal *proposal)
{
	return proposal->finding->n_causes ? proposal->finding->causes[0] : CAUSE_OPEN;
}

static bool is_reset(const struct cue *cue)
{
	return cue && (cue->kind == EVENT_RST || cue->kind == EVENT_RST_ACK);
}

static int refuse(struct writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int refuse(struct writer *writer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(writer->error, PROPOSE_ERROR_SIZE, format, args);
	va_end(args);
	return -ENOTSUP;
}

static void step(struct writer *writer, const char *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void step(struct writer *writer, const char *who, const char *format, ...)
{
	va_list args;

	fprintf(writer->stream, "%s ", who);
	va_start(args, format);
	vfprintf(writer->stream, format, args);
	va_end(args);
	fputc('\n', writer->stream);
}

/* ---- two kernels' ends, connected ---- */

static void hear(struct writer *writer, struct end *end, bool is_on)
{
	if (end->is_deaf != is_on)
		return;
	step(writer, end->word, "blackhole %s = 0", is_on ? "off" : "on");
	end->is_deaf = !is_on;
}

/* Whether what lies unread is to lie there when this end closes: it resets later, for that cause,
 * and hears nothing more until then. */
static bool keeps_unread(const struct writer *writer, enum side side)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	bool hears_more = false;

	if (first_cause(writer->proposal) == CAUSE_ABORT)
		return false;
	for (unsigned i = writer->at + 1; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		hears_more |= cue->side != side && cue->kind == EVENT_DATA;
		if (cue->side == side && cue->kind == EVENT_RST_ACK)
			return !hears_more;
	}
	return false;
}

static void read_all(struct writer *writer, enum side side)
{
	struct end *end = &writer->ends[side];

	if (end->is_closed || end->is_over || !end->unread || keeps_unread(writer, side))
		return;
	step(writer, end->word, "recv %lld = %lld", (long long)end->unread, (long long)end->unread);
	end->unread = 0;
}

/* What the program is told of a reset: of the pending error where it reads, or of nothing but end
 * of file where that came first (tcp_reset(): EPIPE in CLOSE-WAIT). */
static void learn_of_reset(struct writer *writer, enum side side)
{
	struct end *end = &writer->ends[side];

	if (end->is_closed || end->is_over || end->is_deaf)
		return;
	end->is_over = true;
	if (end->unread)
		return;
	if (!end->has_heard_fin) {
		step(writer, end->word, "recv 64 = -1 ECONNRESET");
		return;
	}
	step(writer, end->word, "recv 64 = 0");
	if (!end->has_fin)
		step(writer, end->word, "send 1 = -1 EPIPE");
}

static void arrive(struct writer *writer, const struct cue *cue)
{
	enum side side = other_side(cue->side);
	struct end *end = &writer->ends[side];

	if (cue->kind == EVENT_DATA && !end->is_closed) {
		end->unread += cue->bytes;
		read_all(writer, side);
	} else if (cue->kind == EVENT_FIN) {
		end->has_heard_fin = true;
	} else if (is_reset(cue)) {
		learn_of_reset(writer, side);
	}
}

/* What it sends after its FIN, or takes without a reset, tells that it had only shut down. */
static bool only_shuts_down(const struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	enum side side = rehearsal->cues[writer->at].side;
	bool hears = false;

	for (unsigned i = writer->at + 1; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (cue->side == side)
			return cue->kind == EVENT_RST_ACK;
		if (cue->kind == EVENT_DATA && !is_reset(rehearsal_next_of(rehearsal, i, side)))
			hears = true;
	}
	return hears;
}

/* Drawn at once by what is about to be sent: a bare reset of an end that is still open says that
 * its host has forgotten the connection. */
static void forget_in_time(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[other_side(cue->side)];
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;

	if (!next || next->side == cue->side || next->kind != EVENT_RST || end->is_closed ||
		end->is_over)
		return;
	step(writer, end->word, "vanish = 0");
	end->is_closed = true;
}

static void await_expiry(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[other_side(cue->side)];

	if (first_cause(writer->proposal) == CAUSE_ORPHAN_EXPIRED && end->is_closed && end->has_fin)
		step(writer, end->word, "until none = none");
}

/* Nobody answers it any more, until the program gives up. */
static bool is_given_up(const struct writer *writer, const struct cue *cue)
{
	const struct cue *next = rehearsal_next_of(writer->rehearsal, writer->at, cue->side);

	return first_cause(writer->proposal) == CAUSE_RETRANSMISSION_TIMEOUT &&
		(!next || is_reset(next));
}

static void give_up(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	hear(writer, &writer->ends[other_side(cue->side)], false);
	step(writer, end->word, "setsockopt TCP_USER_TIMEOUT 300 = 0");
	step(writer, end->word, "send %lld = %lld", (long long)cue->bytes, (long long)cue->bytes);
	step(writer, end->word, "recv 64 = -1 ETIMEDOUT in 100ms..8s");
	hear(writer, &writer->ends[other_side(cue->side)], true);
	end->is_over = end->is_closed = true;
}

static int send_data(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;
	bool is_held =
		next && next->side == cue->side && next->kind == EVENT_FIN && next->with_data;

	if (end->is_closed || end->is_over)
		return refuse(writer, "the %s sent bytes behind its own end, which no socket does",
			end->word);
	if (is_given_up(writer, cue)) {
		give_up(writer, cue);
		return 0;
	}
	forget_in_time(writer, cue);
	await_expiry(writer, cue);
	step(writer, end->word, "send %lld%s = %lld", (long long)cue->bytes, is_held ? " MORE" : "",
		(long long)cue->bytes);
	return 0;
}

static int send_fin(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	if (end->is_closed || end->is_over)
		return refuse(writer, "the %s sent a FIN behind its own end", end->word);
	end->has_fin = true;
	if (only_shuts_down(writer)) {
		step(writer, end->word, "shutdown WR = 0");
		return 0;
	}
	forget_in_time(writer, cue);
	if (first_cause(writer->proposal) == CAUSE_LINGER2)
		step(writer, end->word, "setsockopt TCP_LINGER2 -1 = 0");
	step(writer, end->word, "close = 0");
	end->is_closed = true;
	return 0;
}

static void time_out_by_keepalive(struct writer *writer, struct end *end)
{
	hear(writer, &writer->ends[end == &writer->ends[0]], false);
	step(writer, end->word, "setsockopt TCP_KEEPIDLE 1 = 0");
	step(writer, end->word, "setsockopt TCP_KEEPINTVL 1 = 0");
	step(writer, end->word, "setsockopt TCP_KEEPCNT 1 = 0");
	step(writer, end->word, "setsockopt SO_KEEPALIVE 1 = 0");
	step(writer, end->word, "recv 64 = -1 ETIMEDOUT in 1500ms..8s");
	end->is_over = true;
}

/* From a living socket. */
static int abort_end(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	if (end->is_closed || end->is_over)
		return refuse(writer, "the %s sent RST,ACK behind its own end: %s", end->word,
			"from no socket of Linux");
	if (first_cause(writer->proposal) == CAUSE_KEEPALIVE_TIMEOUT) {
		time_out_by_keepalive(writer, end);
		return 0;
	}
	if (!end->unread)
		step(writer, end->word, "setsockopt SO_LINGER 1 0 = 0");
	step(writer, end->word, "close = 0");
	end->is_closed = true;
	return 0;
}

/* From no socket: something has drawn it, or draws it now by a probe that adds no event. */
static int draw_reset(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side], *other = &writer->ends[other_side(cue->side)];

	if (writer->at && cue[-1].side != cue->side && (end->is_closed || end->is_over))
		return 0;
	if (end->is_closed && end->has_fin && first_cause(writer->proposal) == CAUSE_LINGER2)
		return 0;
	if (other->is_closed || other->is_over)
		return refuse(
			writer, "nothing in the capture draws the reset from the %s", end->word);
	if (!end->is_closed)
		step(writer, end->word, "vanish = 0");
	else
		step(writer, end->word, "until none = none");
	end->is_closed = true;
	step(writer, other->word, "setsockopt TCP_REPAIR 1 = 0");
	step(writer, other->word, "setsockopt TCP_REPAIR 0 = 0");
	return 0;
}

static int make_cue(struct writer *writer, const struct cue *cue)
{
	switch (cue->kind) {
	case EVENT_DATA: return send_data(writer, cue);
	case EVENT_FIN: return send_fin(writer, cue);
	case EVENT_RST_ACK: return abort_end(writer, cue);
	case EVENT_RST: return draw_reset(writer, cue);
	case EVENT_SYN:
	case EVENT_SYN_ACK: break;
	}
	return refuse(writer, "a SYN in the midst of the connection: two connections in one");
}

static const char *kind_word(const struct cue *cue)
{
	return cue->kind == EVENT_DATA ? "data" : "FIN";
}

/* At the other end's turn: what crossed is delivered behind the last of its events that did not
 * know of it. Resets that crossed are never delivered: the next thing sent draws another one. */
static void deliver_held(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	enum side side = rehearsal->cues[writer->at].side;
	struct end *other = &writer->ends[other_side(side)];

	for (unsigned i = 0; i < writer->at; i++) {
		const struct cue *cue = &rehearsal->cues[i];
		const struct cue *first = rehearsal_next_of(rehearsal, i, side);

		if (cue->side == side || !cue->is_crossed || !cue->arrives_later || is_reset(cue) ||
			first != &rehearsal->cues[writer->at])
			continue;
		step(writer, other->word, "deliver %s = 0", kind_word(cue));
		arrive(writer, cue);
	}
}

/* Before its own event what an end shall not have heard of is kept from it, and afterwards not. */
static int play(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	const struct cue *cue = &rehearsal->cues[writer->at];
	struct end *other = &writer->ends[other_side(cue->side)];
	int r;

	if (cue->is_crossed && !other->is_closed && !other->is_over)
		hear(writer, other, false);
	r = make_cue(writer, cue);
	if (r)
		return r;
	if (!cue->is_crossed)
		arrive(writer, cue);
	else if (cue->arrives_later || is_reset(cue))
		hear(writer, other, true);
	deliver_held(writer);
	return 0;
}

static int write_pair(struct writer *writer)
{
	int r = 0;

	for (; writer->at < writer->rehearsal->n && !r; writer->at++)
		r = play(writer);
	if (!writer->rehearsal->n) {
		step(writer, "client", "state = ESTABLISHED");
		step(writer, "server", "state = ESTABLISHED");
	}
	return r;
}

/* ---- a raw peer for the end whose segments no kernel sends ---- */

static enum side reset_side(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->n; i++)
		if (is_reset(&rehearsal->cues[i]))
			return rehearsal->cues[i].side;
	return proposal->history->foreign_syn.frame ? SIDE_CLIENT : SIDE_SERVER;
}

static void play_peer(struct writer *writer, const struct cue *cue)
{
	struct end *kernel = &writer->ends[other_side(cue->side)];
	const char *flags = cue->kind == EVENT_RST_ACK ? "RST,ACK" : "RST";

	if (cue->kind == EVENT_DATA)
		step(writer, "peer", "> data %lld = sent", (long long)cue->bytes);
	else if (cue->kind == EVENT_FIN)
		step(writer, "peer", "> FIN,ACK = sent");
	else if (cue->offset)
		step(writer, "peer", "> %s seq=%+lld = sent", flags, (long long)cue->offset);
	else
		step(writer, "peer", "> %s = sent", flags);
	if (is_reset(cue) && (cue->offset || kernel->is_over))
		return;
	arrive(writer, cue);
}

/* The peer acknowledges what came before the kernel goes on, as the end in the capture did. */
static int write_with_peer(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	enum side peer = reset_side(writer->proposal, rehearsal);
	int r = 0;

	for (; writer->at < rehearsal->n && !r; writer->at++) {
		const struct cue *cue = &rehearsal->cues[writer->at];
		const struct cue *next = writer->at + 1 < rehearsal->n ? cue + 1 : NULL;

		if (cue->side == peer) {
			play_peer(writer, cue);
			continue;
		}
		if (cue->kind == EVENT_RST) /* what the peer sent has drawn it */
			continue;
		r = make_cue(writer, cue);
		if (!r && !is_reset(cue) && (!next || next->side != peer))
			step(writer, "peer", "> ACK = sent");
	}
	return r;
}

/* ---- connections that were never made ---- */

static int write_refused(struct writer *writer)
{
	step(writer, "client", "socket = fd");
	step(writer, "client", "connect = -1 ECONNREFUSED");
	return 0;
}

static int write_unanswered(struct writer *writer)
{
	step(writer, "listener", "blackhole on = 0");
	step(writer, "client", "fcntl O_NONBLOCK = 0");
	step(writer, "client", "connect = -1 EINPROGRESS");
	step(writer, "client", "poll OUT now = 0");
	return 0;
}

static int write_abandoned(struct writer *writer)
{
	step(writer, "client", "fcntl O_NONBLOCK = 0");
	step(writer, "client", "blackhole on = 0");
	step(writer, "client", "connect = -1 EINPROGRESS");
	step(writer, "client", "close = 0");
	step(writer, "listener", "deliver SYN,ACK = 0");
	return 0;
}

static int write_half_open_lost(struct writer *writer)
{
	step(writer, "peer", "> SYN = sent");
	step(writer, "peer", "< now = SYN,ACK");
	step(writer, "listener", "close = 0");
	step(writer, "peer", "> ACK = sent");
	return 0;
}

static int write_self_connected(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	step(writer, "client", "socket = fd");
	step(writer, "client", "bind 0 = 0");
	step(writer, "client", "connect 0 = 0");
	for (unsigned i = 0; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (cue->kind == EVENT_DATA) {
			step(writer, "client", "send %lld = %lld", (long long)cue->bytes,
				(long long)cue->bytes);
			if (i + 1 == rehearsal->n || cue[1].kind != EVENT_RST_ACK)
				step(writer, "client", "recv %lld = %lld", (long long)cue->bytes,
					(long long)cue->bytes);
		} else if (cue->kind == EVENT_RST_ACK && (!i || cue[-1].kind != EVENT_DATA)) {
			step(writer, "client", "setsockopt SO_LINGER 1 0 = 0");
		}
		if (cue->kind == EVENT_FIN || cue->kind == EVENT_RST_ACK)
			step(writer, "client", "close = 0");
	}
	return 0;
}

static int write_listener_closed(struct writer *writer)
{
	step(writer, "client", "connect = 0");
	for (unsigned i = 0; i < writer->rehearsal->n; i++) {
		const struct cue *cue = &writer->rehearsal->cues[i];

		if (cue->side == SIDE_CLIENT && cue->kind == EVENT_DATA)
			step(writer, "client", "send %lld = %lld", (long long)cue->bytes,
				(long long)cue->bytes);
		else if (cue->side == SIDE_CLIENT && cue->kind == EVENT_FIN)
			step(writer, "client", "shutdown WR = 0");
	}
	step(writer, "listener", "close = 0");
	step(writer, "client", "recv 64 = -1 ECONNRESET");
	return 0;
}

/* The SYN brought bytes: the rest is as of any other pair, behind accept(). */
static int write_fast_open(struct writer *writer)
{
	const struct cue *cues = writer->rehearsal->cues;

	step(writer, "client", "fast-open %lld = %lld", (long long)cues[1].bytes,
		(long long)cues[1].bytes);
	step(writer, "server", "accept = fd");
	writer->at = 1;
	arrive(writer, &cues[1]);
	writer->at = 3;
	return write_pair(writer);
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
	return first_cause(proposal) == CAUSE_STRAY_SEGMENT;
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

static bool is_fast_open(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return has_kinds(rehearsal, 3, (enum event_kind[]){EVENT_SYN, EVENT_DATA, EVENT_SYN_ACK});
}

static bool is_listener_closed(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return first_cause(proposal) == CAUSE_LISTENER_CLOSED && rehearsal->has_handshake &&
		rehearsal->n && rehearsal->cues[rehearsal->n - 1].kind == EVENT_RST_ACK;
}

static bool is_of_no_kernel(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	switch (first_cause(proposal)) {
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
	return first_cause(proposal) == CAUSE_MPTCP_ABORT && rehearsal->has_handshake;
}

static bool is_expired(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return first_cause(proposal) == CAUSE_ORPHAN_EXPIRED && rehearsal->has_handshake;
}

static bool is_slow(const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	return first_cause(proposal) == CAUSE_KEEPALIVE_TIMEOUT ||
		first_cause(proposal) == CAUSE_RETRANSMISSION_TIMEOUT;
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
	{is_self_connected, write_self_connected, "nothing", ""},
	{is_unanswered, write_unanswered, "listening", ""},
	{is_refused, write_refused, "nothing", ""},
	{is_abandoned, write_abandoned, "listening", ""},
	{is_half_open_lost, write_half_open_lost, "listening", "", true},
	{is_fast_open, write_fast_open, "listening",
		"option server TCP_FASTOPEN 5\nsysctl net.ipv4.tcp_fastopen 519\n"},
	{is_listener_closed, write_listener_closed, "listening", ""},
	{is_of_no_kernel, write_with_peer, NULL, "sysctl net.ipv4.tcp_invalid_ratelimit 0\n", true},
	{is_mptcp, write_pair, NULL, ""},
	{is_expired, write_pair, NULL, "sysctl net.ipv4.tcp_fin_timeout 1\ntime slow\n"},
	{is_slow, write_pair, NULL, "time slow\n"},
	{is_pair, write_pair, NULL, ""},
	{.fits = is_anything,
		.refusal =
			"it began in a way that no case of one connection makes (SYNs that cross, or "
			"answers to no SYN)"},
};

static const struct manner *choose(
	const struct proposal *proposal, const struct rehearsal *rehearsal)
{
	const struct manner *manner = manners;

	while (!manner->fits(proposal, rehearsal))
		manner++;
	return manner;
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
		.peer = manner->write == write_half_open_lost ? SIDE_CLIENT
							      : reset_side(proposal, rehearsal)};
	return 0;
}

int script_write(const struct proposal *proposal, const struct rehearsal *rehearsal, FILE *stream,
	char *error)
{
	struct writer writer = {.proposal = proposal,
		.rehearsal = rehearsal,
		.stream = stream,
		.error = error,
		.ends = {[SIDE_CLIENT] = {.word = "client"}, [SIDE_SERVER] = {.word = "server"}}};

	return choose(proposal, rehearsal)->write(&writer);
}
