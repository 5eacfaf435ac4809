/* SPDX-License-Identifier: MIT */
/* What a case can ask for that lwIP does not have, by the words of the case language. Pure: decided
 * from the script, before anything is done. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lwip.h"
#include "verb.h"

/* Verbs -> what is missing, where that is not the verb's own name. */
static const struct {
	const char *verb, *what;
} lacked_verbs[] = {
	{"socketpair", "socketpair: it has no Unix sockets"},
	{"fork", "fork: a stack lives in one process"},
	{"exec", "exec: a stack ends with its program"},
	{"dup", "dup"},
	{"dup2", "dup2"},
	{"close-range", "close-range"},
	{"limit-descriptors", "limit-descriptors: its sockets are no descriptors"},
	{"pass", "pass: its sockets are no descriptors"},
	{"take", "take: its sockets are no descriptors"},
	{"pidfd-getfd", "pidfd-getfd"},
	{"epoll-create", "epoll"},
	{"epoll-add", "epoll"},
	{"epoll-mod", "epoll"},
	{"epoll-del", "epoll"},
	{"epoll-wait", "epoll"},
	{"async", "async"},
	{"take-signal", "take-signal"},
	{"uring-submit", "io_uring"},
	{"uring-wait", "io_uring"},
	{"uring-cancel", "io_uring"},
	{"splice", "splice"},
	{"splice-to", "splice-to"},
	{"read-pipe", "splice"},
	{"sendfile", "sendfile"},
	{"fast-open", "fast-open"},
	{"take-completion", "take-completion"},
	{"destroy", "destroy"},
	{"destroy-by-bpf", "destroy-by-bpf"},
	{"drop-rights", "drop-rights: it knows no rights"},
	{"real-time", "real-time: its calls are not the kernel's"},
	{"subflows", "subflows"},
	{"add-subflow", "add-subflow"},
	{"congestion", "congestion: it has one congestion control"},
	{"ulp", "ulp"},
	{"tls", "tls"},
	{"sysctl", "sysctl"},
	{"sockstat", "sockstat"},
	{"counter", "counter"},
	{"route", "route"},
	{"link", "link"},
	{"address", "address"},
	{"firewall", "firewall"},
};

/* Debian's build. TCP_INFO and the like answer ENOPROTOOPT, which says nothing about a connection's
 * end. */
static const char *const options_here[] = {"SO_LINGER", "SO_ERROR", "SO_KEEPALIVE", "SO_REUSEADDR",
	"SO_RCVBUF", "SO_RCVTIMEO", "SO_SNDTIMEO", "SO_ACCEPTCONN", "TCP_NODELAY", "TCP_KEEPIDLE",
	"TCP_KEEPINTVL", "TCP_KEEPCNT", "IP_TTL", "IP_TOS", "IPV6_V6ONLY"};

/* Settings of the kernel that lwIP has anyway, or has no need of -> the value; NULL: any. */
static const struct {
	const char *name, *value;
} sysctls_here[] = {
	{"net.ipv4.tcp_rto_min_us", NULL}, /* no retransmission meanwhile: its clock stands still */
	{"net.ipv4.tcp_early_retrans", "0"},
	{"net.ipv4.tcp_invalid_ratelimit", "0"},
	{"net.ipv4.tcp_syncookies", "0"},
	{"net.ipv4.tcp_timestamps", "0"},
};

#define FLAGS_HERE (MSG_PEEK | MSG_DONTWAIT | MSG_MORE | MSG_NOSIGNAL)

static bool say(char *ret_reason, const char *what)
{
	snprintf(ret_reason, RECORD_TEXT_SIZE, "lwip has no %s", what);
	return true;
}

static bool lacks_verb(const struct action *action, char *ret_reason)
{
	const char *name = verbs[action->verb].name;

	for (size_t i = 0; i < sizeof(lacked_verbs) / sizeof(*lacked_verbs); i++)
		if (!strcmp(lacked_verbs[i].verb, name))
			return say(ret_reason, lacked_verbs[i].what);
	return false;
}

static bool lacks_option(const struct socket_option *option, char *ret_reason)
{
	for (size_t i = 0; i < sizeof(options_here) / sizeof(*options_here); i++)
		if (!strcmp(options_here[i], option->name))
			return false;
	return say(ret_reason, option->name);
}

static bool lacks_sysctl(const struct script_sysctl *sysctl, char *ret_reason)
{
	char what[96];

	for (size_t i = 0; i < sizeof(sysctls_here) / sizeof(*sysctls_here); i++)
		if (!strcmp(sysctls_here[i].name, sysctl->name) &&
			(!sysctls_here[i].value || !strcmp(sysctls_here[i].value, sysctl->value)))
			return false;
	snprintf(what, sizeof(what), "sysctl %s", sysctl->name);
	return say(ret_reason, what);
}

static bool lacks_flags(const struct operand_form *form, int64_t value, char *ret_reason)
{
	char name[64], what[80];

	if (form->words != message_flags || !(value & ~(int64_t)FLAGS_HERE))
		return false;
	words_print(message_flags, value & ~(int64_t)FLAGS_HERE, name, sizeof(name));
	snprintf(what, sizeof(what), "flag %s", name);
	return say(ret_reason, what);
}

static bool lacks_choice(const struct operand_form *form, int64_t value, char *ret_reason)
{
	if (form->words == requests && value != FIONREAD)
		return say(ret_reason, word_name(requests, value));
	if (form->words == address_kinds && value == ADDRESS_OTHER)
		return say(ret_reason, "second address");
	if (form->words == accept_addresses)
		return say(ret_reason, "EFAULT: it shares its caller's memory");
	return false;
}

static bool lacks_operand(const struct action *action, char *ret_reason)
{
	const struct operand_form *forms = verbs[action->verb].operands;

	for (unsigned i = 0; i < ACTION_OPERANDS && forms[i].kind; i++) {
		int64_t value = action->operands[i];

		if (value == OPERAND_ABSENT)
			continue;
		if (forms[i].kind == OPERAND_OPTION &&
			lacks_option(&socket_options[value], ret_reason))
			return true;
		if (lacks_flags(&forms[i], value, ret_reason) ||
			lacks_choice(&forms[i], value, ret_reason))
			return true;
	}
	return false;
}

/* Whether the script has this side do something else with the signal than die of it. */
static bool survives(const struct script *script, const struct action *killing)
{
	for (const struct action *action = script->actions; action < killing; action++)
		if (!strcmp(verbs[action->verb].name, "signal") && action->side == killing->side &&
			action->operands[0] == killing->operands[0] &&
			action->operands[1] != DISPOSITION_DEFAULT)
			return true;
	return killing->operands[0] == SIGCONT ||
		killing->operands[0] == SIGPIPE; /* ignored if not said */
}

/* A process takes its stack with it, without a segment; one that is stopped cannot say what its
 * stack holds. How a system ends the connections of a task that dies is not lwIP's to say. */
static bool lacks_end(const struct script *script, const struct action *action, char *ret_reason)
{
	char what[96];

	if (action->verb == VERB_EXIT)
		return say(ret_reason, "exit: a stack ends with its process");
	if (action->verb != VERB_KILL)
		return false;
	if (action->operands[0] == SIGSTOP)
		return say(ret_reason, "kill STOP: a stack stops with its process");
	if (survives(script, action))
		return false;
	snprintf(what, sizeof(what), "kill %s: a stack ends with its process",
		word_name(signal_names, action->operands[0]));
	return say(ret_reason, what);
}

/* What can be left out of lwIP when it is built. */
static bool lacks_call(
	const struct socket_calls *theirs, const struct action *action, char *ret_reason)
{
	const char *name = verbs[action->verb].name;

	if (!theirs->select && !strcmp(name, "select"))
		return say(ret_reason, "select (LWIP_SOCKET_SELECT is 0)");
	if (!theirs->poll && !strcmp(name, "poll"))
		return say(ret_reason, "poll (LWIP_SOCKET_POLL is 0)");
	return false;
}

static bool lacks_action(const struct socket_calls *theirs, const struct script *script,
	const struct action *action, char *ret_reason)
{
	if (action->actor)
		return say(ret_reason,
			"threads: one thread uses a socket (LWIP_NETCONN_FULLDUPLEX is 0)");
	return lacks_verb(action, ret_reason) || lacks_call(theirs, action, ret_reason) ||
		lacks_operand(action, ret_reason) || lacks_end(script, action, ret_reason);
}

/* Which side has each port: whoever bound it last, or who listens. */
static bool lacks_loopback(const struct script *script, enum side listening, char *ret_reason)
{
	enum side owners[CASE_PORTS] = {listening, listening, listening, listening};

	for (uint32_t i = 0; i < script->n_actions; i++) {
		const struct action *action = &script->actions[i];
		const char *name = verbs[action->verb].name;
		enum side side = action->side == SIDE_LISTENER ? listening : action->side;
		unsigned port = action->operands[0] == OPERAND_ABSENT
			? 0
			: (unsigned)action->operands[0] % CASE_PORTS;
		bool connects = !strcmp(name, "connect");

		if (action->verb == VERB_BIND)
			owners[port] = side;
		if (connects && (owners[port] == side || action->operands[1] == ADDRESS_ANY))
			return say(ret_reason, "loopback interface (LWIP_HAVE_LOOPIF is 0)");
	}
	return false;
}

static bool lacks_variant(enum variant variant, char *ret_reason)
{
	if (variant == VARIANT_MPTCP)
		return say(ret_reason, "MPTCP");
	if (variant >= VARIANT_UNIX)
		return say(ret_reason, "Unix sockets");
	return false;
}

bool lwip_lacks(const struct socket_calls *theirs, const struct script *script,
	enum variant variant, char *ret_reason)
{
	enum side listening = variant == VARIANT_SWAPPED ? SIDE_CLIENT : SIDE_SERVER;

	if (lacks_variant(variant, ret_reason))
		return true;
	if (script->needs_link)
		return say(ret_reason, "veth");
	for (uint32_t i = 0; i < script->n_sysctls; i++)
		if (lacks_sysctl(&script->sysctls[i], ret_reason))
			return true;
	for (uint32_t i = 0; i < script->n_options; i++)
		if (lacks_option(&socket_options[script->options[i].option], ret_reason))
			return true;
	for (uint32_t i = 0; i < script->n_actions; i++)
		if (lacks_action(theirs, script, &script->actions[i], ret_reason))
			return true;
	return lacks_loopback(script, listening, ret_reason);
}
