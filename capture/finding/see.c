/* SPDX-License-Identifier: MIT */
#include "see.h"

#include "doubt.h"
#include "idle.h"

static void add(
	struct finding *finding, enum evidence_kind kind, uint32_t frame, int64_t a, int64_t b)
{
	struct evidence *evidence = &finding->evidence[finding->n_evidence];

	if (finding->n_evidence == FINDING_MAX_EVIDENCE)
		return;
	evidence->kind = kind;
	evidence->frame = frame;
	evidence->a = a;
	evidence->b = b;
	finding->n_evidence++;
}

void see_reset(const struct view *view, struct finding *finding)
{
	const struct history_reset *reset = view->reset;
	const struct history_segment *segment = reset ? &reset->segment : NULL;

	if (!reset)
		return;
	if (view->shape == SHAPE_ALIVE) {
		add(finding, EVIDENCE_RESET_ALIVE, segment->frame, segment->window, 0);
		if (segment->seq == view->own->next)
			add(finding, EVIDENCE_SEQ_IS_NEXT, segment->frame, segment->seq, 0);
		return;
	}
	add(finding, EVIDENCE_RESET_GONE, segment->frame, 0, 0);
	if (view->shape == SHAPE_GONE && reset->trigger.frame && segment->seq == reset->trigger.ack)
		add(finding, EVIDENCE_SEQ_IS_ACK, reset->trigger.frame, segment->seq, 0);
}

void see_fin(const struct view *view, struct finding *finding)
{
	if (view->reset && view->reset->after_own_fin)
		add(finding, EVIDENCE_FIN_BEFORE, view->own->fin.frame, 0, 0);
	else if (view->reset)
		add(finding, EVIDENCE_NO_FIN_BEFORE, view->reset->segment.frame, 0, 0);
}

void see_input(const struct view *view, struct finding *finding)
{
	int64_t input = view_input(view);

	if (!view->reset)
		return;
	if (!input) {
		if (view_is_whole(view))
			add(finding, EVIDENCE_INPUT_NONE, 0, 0, 0);
		return;
	}
	add(finding, EVIDENCE_INPUT_ACKED,
		view->reset->before.frame ? view->reset->before.frame : view->reset->segment.frame,
		input, 0);
	add(finding,
		view->own->last_data_ns > view->peer->last_data_ns ? EVIDENCE_ANSWERED
								   : EVIDENCE_UNANSWERED,
		view->reset->trigger.frame, 0, 0);
}

void see_window(const struct view *view, struct finding *finding)
{
	int64_t now, before;

	if (view->shape != SHAPE_ALIVE || !view->reset->before.frame)
		return;
	now = view_window(view, &view->reset->segment);
	before = view_window(view, &view->reset->before);
	if (now > before && !(view->reset->before.flags & SEGMENT_SYN))
		add(finding, EVIDENCE_WINDOW, view->reset->before.frame, now, before);
}

void see_trigger(const struct view *view, struct finding *finding)
{
	const struct history_segment *trigger = view->reset ? &view->reset->trigger : NULL;

	if (!trigger || !trigger->frame)
		return;
	add(finding, trigger->payload ? EVIDENCE_TRIGGER_DATA : EVIDENCE_TRIGGER_EMPTY,
		trigger->frame, trigger->payload, 0);
}

void see_idle(const struct view *view, struct finding *finding)
{
	int64_t idle = view->history->idle_ns, constant = idle_constant(idle);

	if (idle < SECOND)
		return;
	add(finding, EVIDENCE_IDLE, view->history->idle_broken_frame, idle,
		view->surroundings->same_idle);
	if (constant)
		add(finding, EVIDENCE_IDLE_CONSTANT, view->history->idle_broken_frame, constant, 0);
}

void see_pause(const struct view *view, struct finding *finding)
{
	if (view_pause(view) > 0)
		add(finding, EVIDENCE_FIN_WAIT, view->own->fin.frame, view_pause(view), 0);
}

void see_neighbours(const struct view *view, struct finding *finding)
{
	const struct surroundings *around = view->surroundings;

	if (around->reset_together)
		add(finding, EVIDENCE_NEIGHBOURS, 0, around->reset_together,
			around->reset_together_ns);
	if (around->refused_later_frame)
		add(finding, EVIDENCE_LATER_REFUSED, around->refused_later_frame, 0, 0);
	if (around->accepted_earlier_frame)
		add(finding, EVIDENCE_EARLIER_ACCEPTED, around->accepted_earlier_frame, 0, 0);
}

/* The sequence number that this reset should have borne. */
static int64_t right_seq(const struct view *view, const struct history_reset *reset)
{
	return view_shape(view->history, reset) == SHAPE_GONE && reset->trigger.frame
		? reset->trigger.ack
		: view->history->directions[reset->from].next;
}

void see_oddities(const struct view *view, struct finding *finding)
{
	const struct history_reset *reset = view->doubted ? view->doubted : view->reset;
	const struct history_segment *segment = reset ? &reset->segment : NULL;
	uint32_t odd = reset ? doubt_oddities(view->history, reset) : 0;

	if (odd & ODDITY_TTL)
		add(finding, EVIDENCE_TTL, segment->frame, segment->ttl,
			view->history->directions[reset->from].ttl_least);
	if (odd & ODDITY_IPID)
		add(finding, EVIDENCE_IPID, segment->frame, segment->ipid, reset->before.ipid);
	if (odd & ODDITY_TIMESTAMPS)
		add(finding, EVIDENCE_OPTIONS, segment->frame, segment->has_timestamps, 0);
	if (odd & (ODDITY_SEQ_BEYOND | ODDITY_SEQ_OUTSIDE))
		add(finding, EVIDENCE_SEQ_WRONG, segment->frame, segment->seq,
			right_seq(view, reset));
	if (odd & ODDITY_ACK)
		add(finding, EVIDENCE_ACK_WRONG, segment->frame, segment->ack,
			view->history->directions[!reset->from].next);
	if (odd & ODDITY_PAYLOAD)
		add(finding, EVIDENCE_RESET_PAYLOAD, segment->frame, segment->payload, 0);
	if (odd & ODDITY_TOO_EARLY)
		add(finding, EVIDENCE_TOO_EARLY, segment->frame,
			segment->time_ns - reset->trigger.time_ns, view->history->round_trip_ns);
	if (odd & ODDITY_LIVED_ON)
		add(finding, EVIDENCE_LIVED_ON, view->history->directions[reset->from].last.frame,
			0, 0);
	if (odd & ODDITY_CLIMBING)
		add(finding, EVIDENCE_CLIMBING, segment->frame, view->history->resets_count, 0);
	if (odd & ODDITY_IGNORED)
		add(finding, EVIDENCE_CHALLENGE, view->history->directions[!reset->from].last.frame,
			0, 0);
}

void see_unheard(const struct view *view, struct finding *finding)
{
	const struct history_direction *directions = view->history->directions;
	uint16_t probes = 0, retransmissions = 0;
	uint32_t frame = 0;

	for (unsigned i = 0; i < 2; i++)
		if (directions[i].probes_unheard + directions[i].retransmissions_unheard >
			probes + retransmissions) {
			probes = directions[i].probes_unheard;
			retransmissions = directions[i].retransmissions_unheard;
			frame = directions[i].last.frame;
		}
	if (view->reset && view->reset->probes_unheard > probes)
		probes = view->reset->probes_unheard;
	if (view->reset && view->reset->retransmissions_unheard > retransmissions)
		retransmissions = view->reset->retransmissions_unheard;
	if (probes)
		add(finding, EVIDENCE_PROBES, frame, probes, 0);
	if (retransmissions)
		add(finding, EVIDENCE_RETRANSMISSIONS, frame, retransmissions, 0);
}

void see_syns(const struct view *view, struct finding *finding)
{
	const struct history_direction *opener = &view->history->directions[HISTORY_OPENER];

	add(finding, EVIDENCE_SYNS, view->history->first_frame, opener->syns,
		opener->last.time_ns - view->history->begun_ns);
}

void see_foreign_syn(const struct view *view, struct finding *finding)
{
	const struct history *history = view->history;

	add(finding, EVIDENCE_FOREIGN_SYN, history->foreign_syn.frame, 0, 0);
	if (history->foreign_answer.frame)
		add(finding, EVIDENCE_CHALLENGE, history->foreign_answer.frame, 0, 0);
}

void see_handshake(const struct view *view, struct finding *finding)
{
	add(finding, EVIDENCE_ONLY_SYN_ACK, view->own->last.frame, 0, 0);
}

void see_mptcp(const struct view *view, struct finding *finding)
{
	if (view->reset)
		add(finding, EVIDENCE_MPTCP, view->reset->segment.frame,
			view->reset->segment.options_length, 0);
}

void see_both_fins(const struct view *view, struct finding *finding)
{
	const struct history_direction *directions = view->history->directions;
	uint32_t second = directions[0].fin.frame > directions[1].fin.frame
		? directions[0].fin.frame
		: directions[1].fin.frame;

	if (directions[0].has_fin && directions[1].has_fin)
		add(finding, EVIDENCE_BOTH_FINS, second, 0, 0);
}

void see_quiet(const struct view *view, struct finding *finding)
{
	const struct history *history = view->history;

	if (history->seen_until_ns > history->ended_ns)
		add(finding, EVIDENCE_QUIET, history->last_frame,
			history->seen_until_ns - history->ended_ns, 0);
}

void see_zero_window(const struct view *view, struct finding *finding)
{
	for (unsigned i = 0; i < 2; i++)
		if (view->history->directions[i].zero_windows)
			add(finding, EVIDENCE_ZERO_WINDOW, 0,
				view->history->directions[i].zero_windows, 0);
}

void see_same_ports(const struct view *view, struct finding *finding)
{
	add(finding, EVIDENCE_SAME_PORTS, view->history->first_frame, 0, 0);
}

void see_stray(const struct view *view, struct finding *finding)
{
	add(finding, EVIDENCE_OTHER_ADDRESS, view->history->first_frame,
		view->surroundings->stray_of, 0);
}

void see_crossed(const struct view *view, struct finding *finding)
{
	if (view->reset && view->reset->after_own_fin && view->reset->trigger.payload &&
		view->reset->trigger.ack <= view->own->fin.seq + view->own->fin.payload)
		add(finding, EVIDENCE_CROSSED, view->reset->trigger.frame, 0, 0);
}
