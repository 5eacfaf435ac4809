/* SPDX-License-Identifier: MIT */
/* What a case is before it is written in some language. */
#include "emit_plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_S 10 /* for one call that waits for nothing in particular */

int emit_refuse(const struct emit_plan *plan, const struct action *action, const char *format, ...)
{
	struct complaint *complaint = plan->complaint;
	va_list args;
	int at;

	memset(complaint, 0, sizeof(*complaint));
	snprintf(complaint->file, sizeof(complaint->file), "%.500s", plan->test_case->path);
	complaint->line = action ? action->line : 0;
	complaint->column = action ? 1 : 0;
	at = snprintf(complaint->text, sizeof(complaint->text),
		"as %s this cannot be written: ", emit_language_name(plan->order->language));
	va_start(args, format);
	vsnprintf(complaint->text + at, sizeof(complaint->text) - (size_t)at, format, args);
	va_end(args);
	return -EOPNOTSUPP;
}

static bool is_verb(const struct action *action, const char *name)
{
	return !strcmp(verbs[action->verb].name, name);
}

enum side emit_side(const struct emit_plan *plan, const struct action *action)
{
	return action->side == SIDE_LISTENER ? plan->listens : action->side;
}

bool emit_is_last(const struct emit_plan *plan, const struct action *action)
{
	const struct outcome *want =
		&case_step(plan->test_case, (uint32_t)(action - plan->script->actions))->want;

	return want->kind == OUTCOME_WORD && action->verb != VERB_KILL &&
		(!strcmp(want->word, "killed") || !strcmp(want->word, "exited"));
}

/* A side whose process ends, is signalled or forks cannot share one with the other side. */
static bool wants_process(const struct emit_plan *plan, const struct action *action)
{
	return action->verb == VERB_KILL || action->verb == VERB_EXIT ||
		action->verb == VERB_FORK || is_verb(action, "limit-descriptors") ||
		emit_is_last(plan, action);
}

int emit_stream(const struct emit_plan *plan, const struct action *action)
{
	enum side side = emit_side(plan, action);

	if (!plan->has_process[side] || action->verb == VERB_KILL || action->verb == VERB_STATE ||
		action->verb == VERB_UNTIL || action->verb == VERB_PEER_STATE)
		return EMIT_MAIN;
	if (action->actor && plan->is_forked[side][action->actor])
		return EMIT_STREAM(side, action->actor);
	return EMIT_STREAM(side, 0);
}

enum emit_fate emit_fate(const struct emit_plan *plan, const struct action *action)
{
	const struct outcome *want =
		&case_step(plan->test_case, (uint32_t)(action - plan->script->actions))->want;
	static const struct {
		const char *word;
		enum emit_fate fate;
	} fates[] = {{"ignored", EMIT_IGNORES}, {"caught", EMIT_CATCHES}, {"stopped", EMIT_STOPS},
		{"continued", EMIT_STOPS}};

	for (unsigned i = 0; i < sizeof(fates) / sizeof(*fates); i++)
		if (want->kind == OUTCOME_WORD && !strcmp(want->word, fates[i].word))
			return fates[i].fate;
	return EMIT_DIES;
}

const struct action *emit_begun(const struct emit_plan *plan, const struct action *action)
{
	const struct action *at = action;

	while (at-- > plan->script->actions)
		if (at->begins && at->actor == action->actor &&
			emit_side(plan, at) == emit_side(plan, action))
			return at;
	return NULL;
}

/* What a program calls things of a side that are no descriptors: client_call, server_end. */
static bool is_taken(const char *name)
{
	static const char *const taken[] = {"call", "end", "pid", "process", "received", "sent"};

	const char *dash = strrchr(name, '-');

	for (unsigned i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (!strcmp(dash ? dash + 1 : name, taken[i]))
			return true;
	return false;
}

const char *emit_variable(
	const struct emit_plan *plan, enum side side, const char *name, char buf[EMIT_NAME_SIZE])
{
	if (!strcmp(name, "sock"))
		snprintf(buf, EMIT_NAME_SIZE, "%s", side_name(side));
	else if (!strcmp(name, "listener") && side == plan->listens)
		snprintf(buf, EMIT_NAME_SIZE, "listener");
	else
		snprintf(buf, EMIT_NAME_SIZE, "%s_%s%s", side_name(side), name,
			is_taken(name) ? "_" : "");
	for (char *at = buf; *at; at++)
		*at = *at == '-' ? '_' : *at;
	return buf;
}

const char *emit_on_name(const struct action *action)
{
	if (action->has_names_on)
		return action->on;
	if (is_verb(action, "accept"))
		return "listener";
	return action->side == SIDE_LISTENER ? "listener" : "sock";
}

const char *emit_made_name(const struct action *action)
{
	static const struct {
		const char *verb, *name;
	} made[] = {{"socket", "sock"}, {"accept", "sock"}, {"dup", "copy"}, {"open-null", "null"},
		{"epoll-create", "epoll"}};

	for (unsigned i = 0; i < sizeof(made) / sizeof(*made); i++) {
		if (!is_verb(action, made[i].verb))
			continue;
		if (action->has_names_as)
			return action->as;
		if (is_verb(action, "socket") && action->side == SIDE_LISTENER)
			return "listener";
		return made[i].name;
	}
	return NULL;
}

const char *emit_acted_on(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE])
{
	return emit_variable(plan, emit_side(plan, action), emit_on_name(action), buf);
}

const char *emit_made(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE])
{
	return emit_variable(plan, emit_side(plan, action), emit_made_name(action), buf);
}

const char *emit_actor(
	const struct emit_plan *plan, const struct action *action, char buf[EMIT_NAME_SIZE])
{
	const char *side = side_name(emit_side(plan, action));

	if (action->actor)
		snprintf(buf, EMIT_NAME_SIZE, "%s_%u", side, action->actor);
	else
		snprintf(buf, EMIT_NAME_SIZE, "%s", side);
	return buf;
}

bool emit_is_asked(const struct emit_plan *plan, enum side side, const char *name)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if ((action->verb == VERB_STATE || action->verb == VERB_UNTIL ||
			    action->verb == VERB_PEER_STATE) &&
			emit_side(plan, action) == side && !strcmp(emit_on_name(action), name))
			return true;
	}
	return false;
}

void emit_what(const struct action *action, char *buf, size_t size)
{
	char call[RECORD_CALL_SIZE], who[16];

	action_print(action, call, sizeof(call));
	if (action->actor)
		snprintf(who, sizeof(who), "%s:%u", side_name(action->side), action->actor);
	else
		snprintf(who, sizeof(who), "%s", side_name(action->side));
	snprintf(buf, size, "%-8s%s%s", who, strlen(who) < 8 ? "" : " ", call);
}

bool emit_is_unix(enum variant variant)
{
	return variant == VARIANT_UNIX || variant == VARIANT_UNIX_SEQPACKET;
}

const char *emit_type(enum variant variant)
{
	return variant == VARIANT_UNIX_SEQPACKET ? "SOCK_SEQPACKET" : "SOCK_STREAM";
}

const char *emit_host(enum variant variant)
{
	if (emit_is_unix(variant))
		return "unix";
	if (variant == VARIANT_IPV6)
		return "::1";
	return variant == VARIANT_MAPPED ? "::ffff:127.0.0.1" : "127.0.0.1";
}

bool emit_is_ipv6(enum variant variant)
{
	return variant == VARIANT_IPV6 || variant == VARIANT_MAPPED;
}

static void note_action(struct emit_plan *plan, const struct action *action)
{
	const struct case_line *line =
		case_step(plan->test_case, (uint32_t)(action - plan->script->actions));
	enum side side = emit_side(plan, action);

	plan->has_process[side] |= wants_process(plan, action);
	if (action->verb == VERB_FORK)
		plan->is_forked[side][action->operands[0]] = true;
	if (is_verb(action, "drain"))
		plan->counts = true;
	if (verbs[action->verb].operands[0].kind == OPERAND_SIZE &&
		action->operands[0] > plan->most_bytes)
		plan->most_bytes = action->operands[0];
	if (verbs[action->verb].operands[0].kind == OPERAND_PORT)
		plan->has_ports[action->operands[0] == OPERAND_ABSENT ? 0 : action->operands[0]] =
			true;
	if (is_verb(action, "fast-open"))
		plan->has_ports[0] = true;
	if (line->has_bounds)
		plan->seconds += (unsigned)(line->max_ms / 1000);
	if (action->verb == VERB_UNTIL)
		plan->seconds += PATIENCE_S;
}

static int refuse_surroundings(const struct emit_plan *plan)
{
	const struct script *script = plan->script;

	if (script->needs_link)
		return emit_refuse(plan, NULL, "it needs two hosts on a link (needs veth)");
	if (script->has_peer)
		return emit_refuse(plan, NULL, "it needs a raw peer, which makes segments by hand");
	for (uint32_t i = 0; i < script->n_sysctls; i++) {
		const struct script_sysctl *sysctl = &script->sysctls[i];

		if (!strcmp(sysctl->name, "net.ipv4.ip_local_port_range"))
			return emit_refuse(plan, NULL, "it needs ports 2048 to 2051 for itself");
		if (strpbrk(sysctl->name, "\"\\{}") || strpbrk(sysctl->value, "\"\\'{}"))
			return emit_refuse(
				plan, NULL, "the sysctl %s %s", sysctl->name, sysctl->value);
	}
	if (plan->order->variant >= VARIANT_UNIX &&
		(!emit_is_unix(plan->order->variant) || plan->order->language != EMIT_C))
		return emit_refuse(plan, NULL, "only TCP over IPv4 and IPv6 can (run %s)",
			variant_name(plan->order->variant));
	for (uint32_t i = 0; emit_is_unix(plan->order->variant) && i < script->n_actions; i++)
		if (verbs[script->actions[i].verb].traits & VERB_ANSWERS_STATE &&
			verbs[script->actions[i].verb].traits & VERB_BY_CONDUCTOR &&
			script->actions[i].verb != VERB_AWAIT)
			return emit_refuse(
				plan, &script->actions[i], "Unix sockets have no state to ask for");
	return 0;
}

int emit_plan_make(
	const struct emit_order *order, struct emit_plan *ret, struct complaint *complaint)
{
	static const unsigned turns[] = {
		[START_CONNECTED] = 3, [START_LISTENING] = 2, [START_NOTHING] = 0};

	*ret = (struct emit_plan){.order = order,
		.test_case = order->test_case,
		.script = &order->test_case->script,
		.listens = order->variant == VARIANT_SWAPPED ? SIDE_CLIENT : SIDE_SERVER,
		.seconds = 2 * PATIENCE_S,
		.turns_before = turns[order->test_case->script.start],
		.complaint = complaint};
	ret->connects = ret->listens == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
	for (uint32_t i = 0; i < ret->script->n_actions; i++)
		if (side_is_end(emit_side(ret, &ret->script->actions[i])))
			note_action(ret, &ret->script->actions[i]);
	ret->has_processes = ret->has_process[SIDE_CLIENT] || ret->has_process[SIDE_SERVER];
	return refuse_surroundings(ret);
}
