/* SPDX-License-Identifier: MIT */
/* How a kernel's end sends its bytes: all of one event, however many, and each event by itself. */
#include "script_writer.h"

enum { MOST_TO_PEER = 8192 };

bool script_keeps_unread(const struct writer *writer, enum side side)
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

bool script_draws_lost_reset(const struct writer *writer)
{
	const struct cue *cue = &writer->rehearsal->cues[writer->at];
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;

	return next && next->kind == EVENT_RST && next->side != cue->side && next->is_crossed;
}

/* Nagle's algorithm keeps bytes back while others are not acknowledged. */
static void send_at_once(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];
	bool is_unheard = cue->is_crossed || script_draws_lost_reset(writer);

	if (end->has_unacknowledged && !end->is_undelayed) {
		script_step(writer, end->word, "setsockopt TCP_NODELAY 1 = 0");
		end->is_undelayed = true;
	}
	end->has_unacknowledged = is_unheard;
}

/* A raw peer's window, and what may be under way to it, are small. */
static void send_to_peer(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	for (; cue->bytes - end->ahead > MOST_TO_PEER; end->ahead += MOST_TO_PEER) {
		script_step(writer, end->word, "send %d = %d", MOST_TO_PEER, MOST_TO_PEER);
		script_step(writer, "peer", "> ACK = sent");
	}
}

/* More than buffers may hold is read while it is sent, but for what is to stay unread, or to go out
 * with the FIN. */
static void send_ahead(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side], *other = &writer->ends[other_side(cue->side)];
	int64_t rest = 0;

	if (cue->is_held)
		rest = REHEARSAL_MAX_HELD;
	else if (script_keeps_unread(writer, other_side(cue->side)))
		rest = REHEARSAL_MAX_TOGETHER;
	if (other->is_closed || other->is_over || other->is_deaf ||
		cue->bytes <= (rest ? rest : REHEARSAL_MAX_TOGETHER))
		return;
	end->ahead = cue->bytes - rest;
	script_step(writer, end->word, "send %lld &", (long long)end->ahead);
	script_step(writer, other->word, "recv %lld WAITALL = %lld", (long long)end->ahead,
		(long long)end->ahead);
	script_step(writer, end->word, "await = %lld", (long long)end->ahead);
}

void script_send_bytes(struct writer *writer, const struct cue *cue)
{
	struct end *end = &writer->ends[cue->side];

	send_at_once(writer, cue);
	end->ahead = 0;
	if (writer->ends[other_side(cue->side)].is_peer)
		send_to_peer(writer, cue);
	else if (!cue->is_crossed)
		send_ahead(writer, cue);
	if (cue->bytes > end->ahead)
		script_step(writer, end->word, "send %lld%s = %lld",
			(long long)(cue->bytes - end->ahead), cue->is_held ? " MORE" : "",
			(long long)(cue->bytes - end->ahead));
}
