/* SPDX-License-Identifier: MIT */
/* What crosses: a blackhole keeps it from the end that shall not have heard of it yet, and it is
 * delivered later. */
#include "script_writer.h"

/* Whether the end that did `by` had not heard of the other's cue then. A bare reset does not say.
 */
static bool is_unknown_to(const struct cue *cue, const struct cue *by)
{
	return by->kind != EVENT_RST && by->ack < cue->end;
}

/* Crossed, and not delivered yet. */
static bool is_held_back(const struct writer *writer, unsigned i)
{
	const struct cue *cue = &writer->rehearsal->cues[i];

	return cue->is_crossed && cue->arrives_later && !cue_is_reset(cue) &&
		!writer->is_delivered[i];
}

bool script_owes_bytes(const struct writer *writer, enum side side)
{
	const struct cue *cues = writer->rehearsal->cues;

	for (unsigned i = 0; i < writer->at; i++)
		if (cues[i].side != side && cues[i].kind == EVENT_DATA && is_held_back(writer, i))
			return true;
	return false;
}

static const char *kind_word(const struct cue *cue)
{
	return cue->kind == EVENT_DATA ? "data" : "FIN";
}

static void deliver(struct writer *writer, unsigned i)
{
	const struct cue *cue = &writer->rehearsal->cues[i];

	script_step(writer, writer->ends[cue->side].word, "deliver %s = 0", kind_word(cue));
	writer->is_delivered[i] = true;
	script_arrive(writer, cue);
}

bool script_deliver_next(struct writer *writer, enum side side)
{
	for (unsigned i = 0; i < writer->at; i++)
		if (writer->rehearsal->cues[i].side != side && is_held_back(writer, i)) {
			deliver(writer, i);
			return true;
		}
	return false;
}

void script_deliver_held(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	const struct cue *by = &rehearsal->cues[writer->at];
	const struct cue *next = rehearsal_next_of(rehearsal, writer->at, by->side);

	for (unsigned i = 0; i < writer->at; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (cue->side == by->side || !is_held_back(writer, i) || !is_unknown_to(cue, by) ||
			(next && (next->kind == EVENT_RST || is_unknown_to(cue, next))))
			continue;
		deliver(writer, i);
	}
}
