/* SPDX-License-Identifier: MIT */
/* Finds the first rule that fits a connection, and fills in what it says. Knows the order of the
 * tables and who is to blame; must not know any cause. */
#include "finding.h"

#include <string.h>

#include "doubt.h"
#include "rule.h"

static const struct rule *const tables[] = {
	rules_odd,
	rules_connect,
	rules_silence,
	rules_gone,
	rules_alive,
	rules_quiet,
};

/* Both FINs and nothing else that a rule could speak of: so most connections end. Says no more than
 * the row of rules_quiet, and spares asking all that stand above it. */
static bool is_plainly_orderly(const struct history *history)
{
	const struct history_direction *directions = history->directions;

	return !history->resets_count && !history->is_self_connected &&
		!history->foreign_syn.frame && directions[0].has_fin && directions[1].has_fin &&
		directions[0].is_begun && directions[1].is_begun &&
		!directions[0].retransmissions_unheard && !directions[1].retransmissions_unheard;
}

static const struct rule *rule_find(const struct view *view)
{
	if (is_plainly_orderly(view->history))
		return &rules_quiet[0];
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct rule *rule = tables[i]; rule->when; rule++)
			if (rule->when(view))
				return rule;
	return NULL; /* the last table's last row always fits */
}

static enum finding_ender end_ender(enum history_end end)
{
	return end == HISTORY_OPENER ? ENDER_OPENER : ENDER_OTHER;
}

/* Who sent the first FIN or the deciding reset. */
static enum finding_ender first_ender(const struct view *view)
{
	const struct history_direction *own = view->own, *peer = view->peer;

	if (view->reset && !view->reset->after_own_fin && !view->reset->after_peer_fin)
		return end_ender(view->closer);
	if (view_fins_crossed(view->history))
		return ENDER_BOTH;
	if (!own->has_fin && !peer->has_fin)
		return ENDER_NOBODY;
	if (peer->has_fin && (!own->has_fin || peer->fin.frame < own->fin.frame))
		return end_ender(!view->closer);
	return end_ender(view->closer);
}

static enum finding_ender blame(const struct view *view, enum blame blame)
{
	switch (blame) {
	case BLAME_FIRST: return first_ender(view);
	case BLAME_CLOSER: return end_ender(view->closer);
	case BLAME_NETWORK: return ENDER_NETWORK;
	default: return ENDER_NOBODY;
	}
}

/* Of a connection that the capture shows in part, less is certain. */
static enum certainty temper(const struct view *view, enum certainty certainty)
{
	const struct history *history = view->history;
	bool is_partial = history->is_midstream &&
		(!history->directions[0].is_begun || !history->directions[1].is_begun);

	return is_partial && certainty == CERTAIN ? LIKELY : certainty;
}

/* Bytes that the closer's host took and a program may never have read. */
static void fill_unread(const struct view *view, struct finding *ret)
{
	for (unsigned i = 0; i < ret->n_causes; i++)
		if (ret->causes[i] == CAUSE_UNREAD_DATA || ret->causes[i] == CAUSE_LISTENER_CLOSED)
			ret->maybe_unread[!view->closer] = view_input(view);
}

static uint32_t ending_frame(const struct view *view)
{
	if (view->reset)
		return view->reset->segment.frame;
	return view->own->has_fin ? view->own->fin.frame : 0;
}

void finding_make(
	const struct history *history, const struct surroundings *surroundings, struct finding *ret)
{
	const struct rule *rule;
	struct view view;

	ret->n_evidence = 0;
	ret->maybe_unread[0] = ret->maybe_unread[1] = 0;
	view_make(history, surroundings, &view);
	rule = rule_find(&view);
	memcpy(ret->causes, rule->causes, sizeof(ret->causes));
	ret->n_causes = rule->n_causes;
	ret->n_same = rule->n_same;
	ret->certainty = temper(&view, rule->certainty);
	ret->ender = blame(&view, rule->blame);
	ret->frame = ending_frame(&view);
	for (unsigned i = 0; i < RULE_MAX_SEEN && rule->seen[i]; i++)
		rule->seen[i](&view, ret);
	for (unsigned end = 0; end < 2; end++)
		ret->unacknowledged[end] = view_unacknowledged(history, (enum history_end)end);
	fill_unread(&view, ret);
}
