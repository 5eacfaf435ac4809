/* SPDX-License-Identifier: MIT */
/* The steps of two connected ends. Steps of a case run one after another, and after each every
 * segment has arrived: so what an end does is replayed in the order of the events, each is read
 * when it comes, and only what crossed on its way is held back by a blackhole. */
#include "script_writer.h"

static void hear(struct writer *writer, struct end *end, bool is_on)
{
	if (end->is_deaf != is_on || end->is_peer)
		return;
	script_step(writer, end->word, "blackhole %s = 0", is_on ? "off" : "on");
	end->is_deaf = !is_on;
}

static void read_all(struct writer *writer, enum side side)
{
	struct end *end = &writer->ends[side];

	if (end->is_closed || end->is_over || !end->unread || script_keeps_unread(writer, side))
		return;
	script_step(writer, end->word, "recv %lld = %lld", (long long)end->unread,
		(long long)end->unread);
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
		script_step(writer, end->word, "recv 64 = -1 ECONNRESET");
		return;
	}
	script_step(writer, end->word, "recv 64 = 0");
	if (!end->has_fin)
		script_step(writer, end->word, "send 1 = -1 EPIPE");
}

void script_arrive(struct writer *writer, const struct cue *cue)
{
	enum side side = other_side(cue->side);
	struct end *end = &writer->ends[side];

	if (cue->kind == EVENT_DATA && !end->is_closed) {
		end->unread += cue->bytes - writer->ends[cue->side].ahead;
		writer->ends[cue->side].ahead = 0;
		read_all(writer, side);
	} else if (cue->kind == EVENT_FIN) {
		end->has_heard_fin = true;
	} else if (cue_is_reset(cue)) {
		learn_of_reset(writer, side);
	}
}

/* However often it is sent again. */
static bool is_never_acknowledged(const struct writer *writer, const struct cue *cue)
{
	return script_cause(writer->proposal) == CAUSE_RETRANSMISSION_TIMEOUT && cue->is_crossed &&
		!cue->arrives_later;
}

/* A program that is to be silent from here on: only a descriptor can be. */
static bool falls_silent(const struct writer *writer, const struct cue *cue)
{
	bool is_by_keepalive = script_cause(writer->proposal) == CAUSE_KEEPALIVE_TIMEOUT &&
		cue->kind == EVENT_RST_ACK;

	return cue->side != writer->rehearsal->cues[writer->at].side &&
		(is_by_keepalive ||
			(cue->kind == EVENT_DATA && is_never_acknowledged(writer, cue)));
}

/* What it sends after its FIN, or takes without a reset, tells that it had only shut down. */
static bool only_shuts_down(const struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	enum side side = rehearsal->cues[writer->at].side;
	bool hears = script_owes_bytes(writer, side) &&
		!cue_is_reset(rehearsal_next_of(rehearsal, writer->at, side));

	for (unsigned i = writer->at + 1; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (cue->side == side)
			return cue->kind == EVENT_RST_ACK;
		hears |= falls_silent(writer, cue);
		if (cue->kind == EVENT_DATA && !cue_is_reset(rehearsal_next_of(rehearsal, i, side)))
			hears = true;
	}
	return hears;
}

/* Drawn at once by what is about to be sent: a bare reset of an end that is still open says that
 * its host has forgotten the connection. */
static int forget_in_time(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[other_side(cue->side)];
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;

	if (!next || next->side == cue->side || next->kind != EVENT_RST || end->is_over ||
		end->is_peer)
		return 0;
	if (end->is_closed && end->has_fin && cue->kind == EVENT_FIN &&
		script_cause(writer->proposal) != CAUSE_ORPHAN_EXPIRED) {
		if (!writer->ends[cue->side].has_heard_fin) /* FIN-WAIT-1 says RST,ACK */
			return script_refuse_socket(writer, next,
				"the %s forgot a FIN that was not acknowledged", end->word);
		script_step(writer, end->word, "destroy = 0"); /* a FIN would be acknowledged */
	}
	if (end->is_closed)
		return 0;
	script_step(writer, end->word, "vanish = 0");
	end->is_closed = true;
	return 0;
}

static void await_expiry(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[other_side(cue->side)];

	if (script_cause(writer->proposal) == CAUSE_ORPHAN_EXPIRED && end->is_closed &&
		end->has_fin)
		script_step(writer, end->word, "until none = none");
}

/* Nobody answers it any more, until the program gives up. */
static bool is_given_up(const struct writer *writer, const struct cue *cue)
{
	const struct cue *next = rehearsal_next_of(writer->rehearsal, writer->at, cue->side);

	return is_never_acknowledged(writer, cue) && (!next || cue_is_reset(next));
}

/* recv() says bytes, or end of file, before the error. */
static void await_timeout(struct writer *writer, const struct end *end, const char *bounds)
{
	bool hides_error = end->unread || end->has_heard_fin;

	script_step(writer, end->word, "%s in %s",
		hides_error ? "poll none = ERR|HUP" : "recv 64 = -1 ETIMEDOUT", bounds);
}

static void give_up(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	hear(writer, &writer->ends[other_side(cue->side)], false);
	script_step(writer, end->word, "setsockopt TCP_USER_TIMEOUT 300 = 0");
	script_step(writer, end->word, "send %lld = %lld", (long long)cue->bytes,
		(long long)cue->bytes);
	await_timeout(writer, end, "100ms..8s");
	hear(writer, &writer->ends[other_side(cue->side)], true);
	end->is_over = end->is_closed = true;
}

static int send_data(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];
	int r;

	if (end->is_closed || end->is_over)
		return script_refuse_socket(writer, cue,
			"the %s sent bytes behind its own end, which no socket does", end->word);
	if (is_given_up(writer, cue)) {
		give_up(writer, cue);
		return 0;
	}
	r = forget_in_time(writer, cue);
	if (r)
		return r;
	await_expiry(writer, cue);
	script_send_bytes(writer, cue);
	return 0;
}

/* Whether what this end is owed draws its bare reset later, and nothing may before. */
static bool is_reset_by_owed(const struct writer *writer)
{
	const struct cue *cue = &writer->rehearsal->cues[writer->at];
	const struct cue *next = rehearsal_next_of(writer->rehearsal, writer->at, cue->side);

	return next && next->kind == EVENT_RST && script_owes_bytes(writer, cue->side) &&
		(next[-1].side == cue->side || cue_is_reset(&next[-1]));
}

static int send_fin(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];
	int r;

	if (end->is_closed || end->is_over)
		return script_refuse_socket(
			writer, cue, "the %s sent a FIN behind its own end", end->word);
	if (cue->is_early)
		return script_refuse_socket(
			writer, cue, "the %s sent bytes that lie behind its FIN", end->word);
	end->has_fin = true;
	if (only_shuts_down(writer)) {
		script_step(writer, end->word, "shutdown WR = 0");
		return 0;
	}
	r = forget_in_time(writer, cue);
	if (r)
		return r;
	await_expiry(writer, cue);
	if (is_reset_by_owed(writer))
		hear(writer, end, false);
	if (script_cause(writer->proposal) == CAUSE_LINGER2)
		script_step(writer, end->word, "setsockopt TCP_LINGER2 -1 = 0");
	script_step(writer, end->word, "close = 0");
	end->is_closed = true;
	return 0;
}

static void time_out_by_keepalive(struct writer *writer, struct end *end)
{
	hear(writer, &writer->ends[end == &writer->ends[0]], false);
	script_step(writer, end->word, "setsockopt TCP_KEEPIDLE 1 = 0");
	script_step(writer, end->word, "setsockopt TCP_KEEPINTVL 1 = 0");
	script_step(writer, end->word, "setsockopt TCP_KEEPCNT 1 = 0");
	script_step(writer, end->word, "setsockopt SO_KEEPALIVE 1 = 0");
	await_timeout(writer, end, "1500ms..8s");
	end->is_over = true;
}

/* From a living socket. */
static int abort_end(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	if (cue->is_copy) {
		script_step(writer, end->word, "deliver RST = 0");
		return 0;
	}
	if (end->is_closed || end->is_over)
		return script_refuse_socket(writer, cue,
			"the %s sent RST,ACK behind its own end: from no socket of Linux",
			end->word);
	if (script_cause(writer->proposal) == CAUSE_KEEPALIVE_TIMEOUT) {
		time_out_by_keepalive(writer, end);
		return 0;
	}
	if (!end->unread)
		script_step(writer, end->word, "setsockopt SO_LINGER 1 0 = 0");
	script_step(writer, end->word, "close = 0");
	end->is_closed = true;
	return 0;
}

/* Adds no event. The end of TCP_REPAIR probes in ESTABLISHED only (tcp_send_window_probe()). */
static void probe(struct writer *writer, const struct end *end)
{
	if (!end->has_fin && !end->has_heard_fin) {
		script_step(writer, end->word, "setsockopt TCP_REPAIR 1 = 0");
		script_step(writer, end->word, "setsockopt TCP_REPAIR 0 = 0");
		return;
	}
	script_step(writer, end->word, "setsockopt TCP_KEEPIDLE 1 = 0");
	script_step(writer, end->word, "setsockopt SO_KEEPALIVE 1 = 0");
	script_step(writer, end->word, "poll none = ERR|HUP in 500ms..8s");
}

/* From no socket: something has drawn it, or draws it now by a probe that adds no event. */
static int draw_reset(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side], *other = &writer->ends[other_side(cue->side)];

	if (writer->at && cue[-1].side != cue->side && cue_is_reset(&cue[-1]) &&
		!cue[-1].is_crossed && end->is_over)
		return script_refuse_socket(
			writer, &cue[-1], "the %s reset the connection and went on", other->word);
	if (writer->at && cue_is_reset(&cue[-1]) && end->is_closed &&
		script_deliver_next(writer, cue->side))
		return 0;
	if (writer->at && cue[-1].side != cue->side && (end->is_closed || end->is_over))
		return 0;
	if (end->is_closed && script_deliver_next(writer, cue->side))
		return 0;
	if (writer->at && cue[-1].side == cue->side && cue_is_reset(&cue[-1]))
		return script_refuse_socket(writer, cue,
			"the %s sent more than one reset, and nothing in the capture draws them",
			end->word);
	if (end->is_closed && end->has_fin && script_cause(writer->proposal) == CAUSE_LINGER2)
		return 0;
	if (other->is_closed || other->is_over)
		return script_refuse_socket(writer, cue,
			"nothing in the capture draws the reset from the %s", end->word);
	if (!end->is_closed)
		script_step(writer, end->word, "vanish = 0");
	else
		script_step(writer, end->word, "until none = none");
	end->is_closed = true;
	probe(writer, other);
	return 0;
}

int script_make(struct writer *writer, const struct cue *cue)
{
	switch (cue->kind) {
	case EVENT_DATA: return send_data(writer, cue);
	case EVENT_FIN: return send_fin(writer, cue);
	case EVENT_RST_ACK: return abort_end(writer, cue);
	case EVENT_RST: return draw_reset(writer, cue);
	case EVENT_SYN:
	case EVENT_SYN_ACK: break;
	}
	return script_refuse_socket(
		writer, cue, "a SYN in the midst of the connection: two connections in one");
}

/* Before its own event what an end shall not have heard of is kept from it, and afterwards not. */
static int play(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	const struct cue *cue = &rehearsal->cues[writer->at];
	struct end *other = &writer->ends[other_side(cue->side)];
	int r;

	if (cue->is_crossed && cue->arrives_later && cue->bytes > REHEARSAL_MAX_CAUGHT)
		return script_refuse_socket(writer,
			rehearsal_next_of(rehearsal, writer->at, other_side(cue->side)),
			"the %s did not know of %lld bytes, more than a case can keep back",
			other->word, (long long)cue->bytes);
	if (cue->is_crossed && !other->is_closed && !other->is_over)
		hear(writer, other, false);
	if (script_draws_lost_reset(writer))
		hear(writer, &writer->ends[cue->side], false);
	r = script_make(writer, cue);
	if (r)
		return r;
	if (cue->with_data && !cue->is_crossed)
		script_arrive(writer, cue - 1);
	if (!cue->is_crossed && !cue->is_held)
		script_arrive(writer, cue);
	else if (cue->arrives_later || cue_is_reset(cue))
		hear(writer, other, true);
	script_deliver_held(writer);
	return 0;
}

int script_pair(struct writer *writer)
{
	int r = 0;

	for (; writer->at < writer->rehearsal->n && !r; writer->at++)
		r = play(writer);
	if (!writer->rehearsal->n) {
		script_step(writer, "client", "state = ESTABLISHED");
		script_step(writer, "server", "state = ESTABLISHED");
	}
	return r;
}

/* The SYN brought bytes: the rest is as of any other pair, behind accept(). */
int script_fast_open(struct writer *writer)
{
	const struct cue *cues = writer->rehearsal->cues;

	script_step(writer, "client", "fast-open %lld = %lld", (long long)cues[1].bytes,
		(long long)cues[1].bytes);
	script_step(writer, "server", "accept = fd");
	writer->at = 1;
	script_arrive(writer, &cues[1]);
	writer->at = 3;
	return script_pair(writer);
}
