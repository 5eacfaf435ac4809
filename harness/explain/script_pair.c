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

/* Whether what lies unread is to lie there when this end closes: it resets later, for that cause,
 * and hears nothing more until then. */
static bool keeps_unread(const struct writer *writer, enum side side)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	bool hears_more = false;

	if (script_cause(writer->proposal) == CAUSE_ABORT)
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
		end->unread += cue->bytes;
		read_all(writer, side);
	} else if (cue->kind == EVENT_FIN) {
		end->has_heard_fin = true;
	} else if (cue_is_reset(cue)) {
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

	return script_cause(writer->proposal) == CAUSE_RETRANSMISSION_TIMEOUT &&
		(!next || cue_is_reset(next));
}

static void give_up(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	hear(writer, &writer->ends[other_side(cue->side)], false);
	script_step(writer, end->word, "setsockopt TCP_USER_TIMEOUT 300 = 0");
	script_step(writer, end->word, "send %lld = %lld", (long long)cue->bytes,
		(long long)cue->bytes);
	script_step(writer, end->word, "recv 64 = -1 ETIMEDOUT in 100ms..8s");
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
	script_step(writer, end->word, "send %lld%s = %lld", (long long)cue->bytes,
		cue->is_held ? " MORE" : "", (long long)cue->bytes);
	return 0;
}

static int send_fin(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];
	int r;

	if (end->is_closed || end->is_over)
		return script_refuse_socket(
			writer, cue, "the %s sent a FIN behind its own end", end->word);
	end->has_fin = true;
	if (only_shuts_down(writer)) {
		script_step(writer, end->word, "shutdown WR = 0");
		return 0;
	}
	r = forget_in_time(writer, cue);
	if (r)
		return r;
	await_expiry(writer, cue);
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
	script_step(writer, end->word, "recv 64 = -1 ETIMEDOUT in 1500ms..8s");
	end->is_over = true;
}

/* From a living socket. */
static int abort_end(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

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

/* From no socket: something has drawn it, or draws it now by a probe that adds no event. */
static int draw_reset(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side], *other = &writer->ends[other_side(cue->side)];

	if (writer->at && cue[-1].side != cue->side && cue_is_reset(&cue[-1]) &&
		!cue[-1].is_crossed && end->is_over)
		return script_refuse_socket(
			writer, &cue[-1], "the %s reset the connection and went on", other->word);
	if (writer->at && cue[-1].side != cue->side && (end->is_closed || end->is_over))
		return 0;
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
	script_step(writer, other->word, "setsockopt TCP_REPAIR 1 = 0");
	script_step(writer, other->word, "setsockopt TCP_REPAIR 0 = 0");
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

		if (cue->side == side || !cue->is_crossed || !cue->arrives_later ||
			cue_is_reset(cue) || first != &rehearsal->cues[writer->at])
			continue;
		script_step(writer, other->word, "deliver %s = 0", kind_word(cue));
		script_arrive(writer, cue);
	}
}

/* The reset that it draws at once is not heard of: its sender goes on. */
static bool draws_lost_reset(const struct writer *writer)
{
	const struct cue *cue = &writer->rehearsal->cues[writer->at];
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;

	return next && next->kind == EVENT_RST && next->side != cue->side && next->is_crossed;
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
	if (draws_lost_reset(writer))
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
	deliver_held(writer);
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
