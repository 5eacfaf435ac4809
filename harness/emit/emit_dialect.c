/* SPDX-License-Identifier: MIT */
/* Fills in the patterns of a language. */
#include "emit_dialect.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct filler {
	const struct emit_plan *plan;
	const struct emit_dialect *dialect;
	const struct action *action;
	const char *variable; /* the descriptor acted on; NULL: the action's */
	FILE *out;
};

static void constant(const struct filler *filler, const char *prefix, const char *stem,
	const char *name, int64_t value)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", stem, name);
	if (filler->dialect->knows_constant && !filler->dialect->knows_constant(full))
		fprintf(filler->out, "%lld", (long long)value);
	else
		fprintf(filler->out, "%s%s", prefix, full);
}

/* A | B, or 0. */
static void bits(const struct filler *filler, const char *prefix, const char *stem,
	const struct word *words, int64_t value)
{
	const char *between = "";

	for (; value != OPERAND_ABSENT && words->name; words++)
		if (value & words->value) {
			fputs(between, filler->out);
			constant(filler, prefix, stem, words->name, words->value);
			between = " | ";
		}
	if (!*between)
		fputs("0", filler->out);
}

static const char *level_name(int level)
{
	switch (level) {
	case SOL_SOCKET: return "SOL_SOCKET";
	case IPPROTO_TCP: return "IPPROTO_TCP";
	case IPPROTO_IPV6: return "IPPROTO_IPV6";
	default: return "IPPROTO_IP";
	}
}

/* Addresses that operand 1 can name, of IPv4 and IPv6 sockets. */
static const char *const hosts_by_kind[][2] = {[ADDRESS_ANY] = {"0.0.0.0", "::"},
	[ADDRESS_IPV4] = {"127.0.0.1", "127.0.0.1"},
	[ADDRESS_IPV6] = {"::1", "::1"},
	[ADDRESS_MAPPED] = {"::ffff:127.0.0.1", "::ffff:127.0.0.1"},
	[ADDRESS_OTHER] = {"127.0.0.2", "127.0.0.2"}};

/* The family of the descriptor acted on: the last `socket` that made it may have named one. */
static bool is_ipv6(const struct filler *filler)
{
	bool is = emit_is_ipv6(filler->plan->order->variant);
	char wanted[EMIT_NAME_SIZE], made[EMIT_NAME_SIZE];

	emit_acted_on(filler->plan, filler->action, wanted);
	for (const struct action *at = filler->plan->script->actions; at < filler->action; at++)
		if (!strcmp(verbs[at->verb].name, "socket") &&
			!strcmp(emit_made(filler->plan, at, made), wanted) &&
			at->operands[0] != OPERAND_ABSENT)
			is = at->operands[0] == AF_INET6;
	return is;
}

static void address(const struct filler *filler)
{
	bool has_port = verbs[filler->action->verb].operands[0].kind == OPERAND_PORT;
	bool has_kind = verbs[filler->action->verb].operands[1].kind == OPERAND_CHOICE;
	int64_t port = has_port ? filler->action->operands[0] : 0,
		kind = has_kind ? filler->action->operands[1] : OPERAND_ABSENT;
	const char *host = kind == OPERAND_ABSENT ? emit_host(filler->plan->order->variant)
						  : hosts_by_kind[kind][is_ipv6(filler)];

	if (port == OPERAND_ABSENT || !port)
		fprintf(filler->out, "\"%s\", port", host);
	else
		fprintf(filler->out, "\"%s\", port_%lld", host, (long long)port);
}

static void family(const struct filler *filler)
{
	int64_t named = filler->action->operands[0];
	bool is_6 = named == OPERAND_ABSENT ? emit_is_ipv6(filler->plan->order->variant)
					    : named == AF_INET6;

	fprintf(filler->out, "%s%s", filler->dialect->socket,
		emit_is_unix(filler->plan->order->variant) && named == OPERAND_ABSENT ? "AF_UNIX"
			: is_6                                                        ? "AF_INET6"
										      : "AF_INET");
}

const char *emit_own(const struct emit_plan *plan, const struct emit_dialect *dialect)
{
	return dialect->own[plan->has_processes];
}

static void tally(const struct filler *filler, enum side side, const char *what)
{
	if (filler->plan->counts)
		fprintf(filler->out, "%s%s_%s", emit_own(filler->plan, filler->dialect),
			side_name(side), what);
}

static void count(const struct filler *filler, bool sends)
{
	if (!filler->plan->counts)
		return;
	fputs("counted(", filler->out);
	tally(filler, emit_side(filler->plan, filler->action), sends ? "sent" : "received");
	fputs(", ", filler->out);
}

static void tallies(const struct filler *filler, bool sends)
{
	enum side side = emit_side(filler->plan, filler->action);

	if (!filler->plan->counts)
		return;
	fputs(", ", filler->out);
	tally(filler, side, sends ? "sent" : "received");
	if (sends)
		return;
	fputs(", ", filler->out);
	tally(filler, side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT, "sent");
}

static void how(const struct filler *filler)
{
	int64_t value = filler->action->operands[0];
	const char *name = word_name(shutdown_ways, value);

	if (name)
		constant(filler, filler->dialect->socket, "SHUT_", name, value);
	else
		fprintf(filler->out, "%lld", (long long)value);
}

static void signal_number(const struct filler *filler)
{
	int64_t value = filler->action->operands[0];
	const char *name = word_name(signal_names, value);

	if (name && strcmp(name, "RTMAX"))
		constant(filler, filler->dialect->signal, "SIG", name, value);
	else
		fprintf(filler->out, "%lld", (long long)value);
}

static void timeout(const struct filler *filler, int64_t now)
{
	fputs(now == OPERAND_ABSENT ? "-1" : "0", filler->out);
}

/* Whether no later step uses the name before another gets it. */
static bool is_done_with(const struct filler *filler)
{
	const struct script *script = filler->plan->script;
	char own[EMIT_NAME_SIZE], other[EMIT_NAME_SIZE];

	emit_acted_on(filler->plan, filler->action, own);
	for (const struct action *at = filler->action + 1; at < script->actions + script->n_actions;
		at++) {
		if (!(verbs[at->verb].traits & (VERB_NO_DESCRIPTOR | VERB_BY_CONDUCTOR)) &&
			!strcmp(emit_acted_on(filler->plan, at, other), own))
			return false;
		if (emit_made_name(at) && !strcmp(emit_made(filler->plan, at, other), own))
			return true;
	}
	return true;
}

static int64_t wanted_number(const struct filler *filler)
{
	uint32_t at = (uint32_t)(filler->action - filler->plan->script->actions);
	const struct outcome *want = &case_step(filler->plan->test_case, at)->want;

	return want->kind == OUTCOME_NUMBER ? want->number : -1;
}

static void directive(const struct filler *filler, char which)
{
	const struct emit_dialect *dialect = filler->dialect;
	const struct emit_plan *plan = filler->plan;
	const struct action *action = filler->action;
	const int64_t *operands = action->operands;
	const struct socket_option *option = &socket_options[operands[0] < 0 ? 0 : operands[0]];
	FILE *out = filler->out;
	char name[EMIT_NAME_SIZE];

	switch (which) {
	case 'd':
		fputs(filler->variable ? filler->variable : emit_acted_on(plan, action, name), out);
		return;
	case 'v': fputs(emit_made(plan, action, name), out); return;
	case 'n':
		fputs(emit_variable(plan, emit_side(plan, action), action->name, name), out);
		return;
	case 'P': fputs(emit_variable(plan, emit_side(plan, action), "epoll", name), out); return;
	case '0':
	case '1':
	case '2': fprintf(out, "%lld", (long long)operands[which - '0']); return;
	case 'f': bits(filler, dialect->socket, "MSG_", message_flags, operands[1]); return;
	case 'g':
		if (operands[1] == OPERAND_ABSENT)
			return;
		fputs(", ", out);
		bits(filler, dialect->socket, "MSG_", message_flags, operands[1]);
		return;
	case 'p': bits(filler, dialect->poll, "POLL", readiness, operands[0]); return;
	case 'e': bits(filler, dialect->epoll, "EPOLL", epoll_bits, operands[0]); return;
	case 'q': constant(filler, "", "", word_name(requests, operands[0]), operands[0]); return;
	case 'h': how(filler); return;
	case 't': timeout(filler, operands[1]); return;
	case 'w': timeout(filler, operands[0]); return;
	case 's': signal_number(filler); return;
	case 'b': fputs(operands[0] ? "1" : "0", out); return;
	case 'k': fputs(operands[1] == 0 ? "0" : "1", out); return;
	case 'a': address(filler); return;
	case 'F': family(filler); return;
	case 'H': fputs(emit_host(plan->order->variant), out); return;
	case 'Y': fputs(emit_type(plan->order->variant), out); return;
	case 'L': fprintf(out, "%s%s", dialect->socket, level_name(option->level)); return;
	case 'O': constant(filler, dialect->socket, "", option->name, option->number); return;
	case 'W': fprintf(out, "%lld", (long long)wanted_number(filler)); return;
	case 'C': fputs(word_name(congestion_controls, operands[0]), out); return;
	case 'S': tallies(filler, true); return;
	case 'R': tallies(filler, false); return;
	case '[': count(filler, true); return;
	case '<': count(filler, false); return;
	case ']':
	case '>': fputs(plan->counts ? ")" : "", out); return;
	default: return;
	}
}

static void fill_in(const struct filler *filler, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '$' && pattern[1])
			directive(filler, *++pattern);
		else
			fputc(*pattern, filler->out);
	}
}

static bool is_verb(const struct action *action, const char *name)
{
	return !strcmp(verbs[action->verb].name, name);
}

static int refuse_option(const struct filler *filler)
{
	const struct action *action = filler->action;
	char call[RECORD_CALL_SIZE];

	return emit_refuse(filler->plan, action, "'%s': no such option, or not of this length",
		action_print(action, call, sizeof(call)));
}

static int needs_rights(const struct filler *filler)
{
	const char *name = socket_options[filler->action->operands[0]].name;

	return strcmp(name, "TCP_REPAIR")
		? 0
		: emit_refuse(filler->plan, filler->action, "TCP_REPAIR needs CAP_NET_ADMIN");
}

/* What is received with PEEK is received again; an urgent byte is not part of the stream. */
static bool is_counted(const struct action *action)
{
	return verbs[action->verb].operands[1].kind != OPERAND_BITS ||
		action->operands[1] == OPERAND_ABSENT ||
		!(action->operands[1] & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE));
}

/* A thread's own signals: threads stand only for calls that are begun. */
static int refuse_thread(const struct filler *filler)
{
	const struct action *action = filler->action;

	if (!is_verb(action, "pending") || !action->actor ||
		filler->plan->is_forked[emit_side(filler->plan, action)][action->actor])
		return 0;
	return emit_refuse(filler->plan, action, "'pending' of a further thread");
}

int emit_expression(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct action *action, FILE *out)
{
	struct emit_plan uncounted = *plan;
	struct filler filler = {plan, dialect, action, NULL, out};
	bool is_set = is_verb(action, "setsockopt"),
	     is_option = is_set || is_verb(action, "getsockopt");
	const char *pattern = emit_phrase(dialect->language, action, is_done_with(&filler)),
		   *why = emit_refusal(action);

	if ((is_option && needs_rights(&filler)) || refuse_thread(&filler) ||
		(dialect->check && dialect->check(plan, action)))
		return -EOPNOTSUPP;
	if (!pattern && is_option)
		return refuse_option(&filler);
	if (!pattern)
		return emit_refuse(plan, action, "'%s'%s%s", verbs[action->verb].name,
			why ? ": " : "", why ? why : "");
	uncounted.counts &= is_counted(action);
	filler.plan = &uncounted;
	fputs(is_set ? dialect->set_begin : "", out);
	fill_in(&filler, pattern);
	fputs(is_set ? dialect->set_end : "", out);
	return 0;
}

int emit_option(const struct emit_plan *plan, const struct emit_dialect *dialect,
	const struct script_option *option, const char *variable, FILE *out)
{
	struct action action = {
		.operands = {option->option, option->values[0], option->values[1], OPERAND_ABSENT}};
	struct filler filler = {plan, dialect, &action, variable, out};
	const char *name = socket_options[option->option].name,
		   *pattern = emit_setting(dialect->language, option);

	if (!pattern || !strcmp(name, "TCP_REPAIR"))
		return emit_refuse(plan, NULL, "the option %s", name);
	fill_in(&filler, pattern);
	return 0;
}

void emit_set_up_text(const struct emit_plan *plan, const struct emit_dialect *dialect,
	enum emit_set_up what, const char *variable, FILE *out)
{
	struct action action = {
		.operands = {OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT}};
	struct filler filler = {plan, dialect, &action, variable, out};

	fill_in(&filler, emit_set_up_phrase(dialect->language, what));
}
