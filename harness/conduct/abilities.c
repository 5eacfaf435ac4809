/* SPDX-License-Identifier: MIT */
/* The table of abilities, and which verbs want them. */
#include "abilities.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernelfile.h"
#include "netlink.h"
#include "verb.h"
#include "world.h"

enum ability_id {
	ABILITY_FILTER,
	ABILITY_REPAIR,
	ABILITY_VNET_HEADER,
	ABILITY_FAST_OPEN,
	ABILITY_UPPER_PROTOCOL,
	ABILITY_SOCKSTAT,
	ABILITY_ROUTE_TYPES,
	ABILITY_OWN_SYSCTLS,
	ABILITY_OWN_COUNTERS,
	ABILITY_TCP_DIAG,
	ABILITIES,
};

/* Whether the kernel does not even know the option's name, whatever it says when it is set. */
static bool knows_option(int level, int number)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char value[256];
	socklen_t length = sizeof(value);
	bool knows =
		fd < 0 || !getsockopt(fd, level, number, value, &length) || errno != ENOPROTOOPT;

	if (fd >= 0)
		close(fd);
	return knows;
}

static bool knows_repair(void)
{
	return knows_option(IPPROTO_TCP, TCP_REPAIR);
}

static bool knows_fast_open(void)
{
	return knows_option(IPPROTO_TCP, TCP_FASTOPEN);
}

static bool knows_upper_protocols(void)
{
	return knows_option(IPPROTO_TCP, TCP_ULP);
}

/* A datagram to itself that a filter drops, if there is one. */
static bool passes_itself(int fd)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	char byte = 0;

	return !bind(fd, (struct sockaddr *)&address, length) &&
		!getsockname(fd, (struct sockaddr *)&address, &length) &&
		!connect(fd, (struct sockaddr *)&address, length) && send(fd, &byte, 1, 0) == 1 &&
		recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

static bool has_filters(void)
{
	struct sock_filter drop_all = {.code = BPF_RET | BPF_K, .k = 0};
	struct sock_fprog filter = {.len = 1, .filter = &drop_all};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd < 0 ||
		(!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) &&
			!passes_itself(fd));

	if (fd >= 0)
		close(fd);
	return has;
}

static bool has_vnet_headers(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;
	bool has = fd < 0 || !setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
		errno != ENOPROTOOPT;

	if (fd >= 0)
		close(fd);
	return has;
}

static bool has_sockstat(void)
{
	return !access("/proc/thread-self/net/sockstat", F_OK);
}

/* gVisor takes a route of any type and makes it an ordinary one. The list of those that there are
 * is short: it has no others. */
static bool has_route_types(void)
{
	return !access("/proc/thread-self/net/fib_trie", F_OK);
}

/* Whether bind() without a port takes the only one that the range has. */
static bool takes_port(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && !bind(fd, (struct sockaddr *)&address, length) &&
		!getsockname(fd, (struct sockaddr *)&address, &length) &&
		ntohs(address.sin_port) == strtoul(port, NULL, 10);
}

/* In a network namespace of its own: a process whose exit status answers. */
static bool sysctls_hold_here(void)
{
	static const char range[] = "net.ipv4.ip_local_port_range", only[] = "20011 20011";
	char before[128];
	bool hold;

	if (unshare(CLONE_NEWNET) || sysctl_read(range, before, sizeof(before)) ||
		sysctl_write(range, only))
		return false;
	hold = takes_port(only);
	return !sysctl_write(range, before) && hold;
}

/* gVisor has those of the first network namespace alone, whoever reads and writes (its issue 1833);
 * there no case is conducted. */
static bool has_own_sysctls(void)
{
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(sysctls_hold_here() ? 0 : 1);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return !status;
}

/* gVisor has some counters, of all network namespaces together. */
static bool has_own_counters(void)
{
	return !abilities_of_foreigner();
}

static bool has_tcp_diag(void)
{
	struct netlink *netlink;
	bool has;

	if (netlink_open(&netlink))
		return true; /* the world says so */
	has = netlink_has_tcp_diag(netlink);
	netlink_close(netlink);
	return has;
}

enum {
	OF_LINUX = 1, /* asked of Linux, which can be built without it */
	OF_FOREIGNERS = 2, /* asked of other kernels; those not asked answer the verb themselves */
};

static const struct ability {
	const char *name;
	bool (*probe)(void);
	unsigned asked;
} abilities[] = {
	[ABILITY_FILTER] = {"SO_ATTACH_FILTER", has_filters, OF_FOREIGNERS},
	[ABILITY_REPAIR] = {"TCP_REPAIR", knows_repair, OF_FOREIGNERS},
	[ABILITY_VNET_HEADER] = {"PACKET_VNET_HDR", has_vnet_headers, OF_FOREIGNERS},
	[ABILITY_FAST_OPEN] = {"TCP_FASTOPEN", knows_fast_open, OF_FOREIGNERS},
	[ABILITY_UPPER_PROTOCOL] = {"TCP_ULP", knows_upper_protocols, OF_FOREIGNERS},
	[ABILITY_SOCKSTAT] = {"/proc/net/sockstat", has_sockstat, OF_FOREIGNERS},
	[ABILITY_ROUTE_TYPES] = {"types of routes", has_route_types, OF_FOREIGNERS},
	[ABILITY_OWN_SYSCTLS] = {"sysctls of a network namespace", has_own_sysctls, OF_FOREIGNERS},
	[ABILITY_OWN_COUNTERS] = {"counters of a network namespace", has_own_counters,
		OF_FOREIGNERS},
	[ABILITY_TCP_DIAG] = {"tcp_diag", has_tcp_diag, OF_LINUX},
};

static bool has_ability(enum ability_id id)
{
	static enum { UNKNOWN, LACKS, HAS } answers[ABILITIES];

	if (answers[id] == UNKNOWN)
		answers[id] = abilities[id].probe() ? HAS : LACKS;
	return answers[id] == HAS;
}

static const struct want {
	const char *verb;
	enum ability_id ability;
} wants[] = {
	{"blackhole", ABILITY_FILTER},
	{"counter", ABILITY_OWN_COUNTERS},
	{"deliver", ABILITY_VNET_HEADER},
	{"destroy", ABILITY_TCP_DIAG}, /* from outside */
	{"fast-open", ABILITY_FAST_OPEN},
	{"route", ABILITY_ROUTE_TYPES},
	{"sockstat", ABILITY_SOCKSTAT},
	{"tls", ABILITY_UPPER_PROTOCOL},
	{"ulp", ABILITY_UPPER_PROTOCOL},
	{"vanish", ABILITY_REPAIR},
};

static bool refuse(char text[RECORD_TEXT_SIZE], const char *what, const char *verb)
{
	snprintf(text, RECORD_TEXT_SIZE, "this kernel has no %s: %s", what, verb);
	return false;
}

/* Writes the value that is there: not every one that can be read can be written. */
static bool can_write_sysctl(const char *name, char text[RECORD_TEXT_SIZE])
{
	char value[128];

	if (sysctl_read(name, value, sizeof(value)) || sysctl_write(name, value))
		return refuse(text, name, "sysctl");
	return has_ability(ABILITY_OWN_SYSCTLS) ||
		refuse(text, abilities[ABILITY_OWN_SYSCTLS].name, name);
}

static bool can_do_sysctl(const struct action *action, char text[RECORD_TEXT_SIZE])
{
	const char *name = word_name(sysctl_names, action->operands[0]);

	if (action->operands[1] != OPERAND_ABSENT)
		return can_write_sysctl(name, text);
	return sysctl_exists(name) || refuse(text, name, "sysctl");
}

static bool has_wanted(const struct verb *verb, unsigned asked, char text[RECORD_TEXT_SIZE])
{
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		const struct ability *ability = &abilities[wants[i].ability];

		if (ability->asked & asked && !strcmp(wants[i].verb, verb->name) &&
			!has_ability(wants[i].ability))
			return refuse(text, ability->name, verb->name);
	}
	return true;
}

/* What a verb's operand names: an option, a sysctl. */
static bool has_named(const struct action *action, char text[RECORD_TEXT_SIZE])
{
	const struct verb *verb = &verbs[action->verb];

	if (verb->operands[0].kind == OPERAND_OPTION) {
		const struct socket_option *option = &socket_options[action->operands[0]];

		if (!knows_option(option->level, option->number))
			return refuse(text, option->name, verb->name);
	}
	return strcmp(verb->name, "sysctl") || can_do_sysctl(action, text);
}

bool abilities_of_foreigner(void)
{
	static enum { UNKNOWN, NATIVE, FOREIGN } answer;
	struct netlink_frames frames;
	struct netlink *netlink;

	if (answer != UNKNOWN)
		return answer == FOREIGN;
	answer = NATIVE;
	if (netlink_open(&netlink))
		return false;
	if (!netlink_has_diag(netlink) &&
		netlink_frames(netlink, if_nametoindex("lo"), &frames) == -EOPNOTSUPP)
		answer = FOREIGN;
	netlink_close(netlink);
	return answer == FOREIGN;
}

/* What stands above the steps. */
static bool has_for_header(const struct script *script, char text[RECORD_TEXT_SIZE])
{
	if (script->has_peer && !has_ability(ABILITY_FILTER))
		return refuse(text, abilities[ABILITY_FILTER].name, "peer");
	for (uint32_t i = 0; i < script->n_options; i++) {
		const struct socket_option *option = &socket_options[script->options[i].option];

		if (!knows_option(option->level, option->number))
			return refuse(text, option->name, "option");
	}
	for (uint32_t i = 0; i < script->n_sysctls; i++)
		if (!can_write_sysctl(script->sysctls[i].name, text))
			return false;
	return true;
}

bool abilities_suffice(const struct script *script, bool is_foreign, char text[RECORD_TEXT_SIZE])
{
	unsigned asked = is_foreign ? OF_FOREIGNERS : OF_LINUX;

	if (is_foreign && !has_for_header(script, text))
		return false;
	for (uint32_t i = 0; i < script->n_actions; i++) {
		const struct action *action = &script->actions[i];

		if (!has_wanted(&verbs[action->verb], asked, text) ||
			(is_foreign && !has_named(action, text)))
			return false;
	}
	return true;
}
