/* SPDX-License-Identifier: MIT */
/* The tables behind vocabulary.h. Knows names and numbers; knows nothing of cases or processes. */
#include "vocabulary.h"

#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

const struct socket_option socket_options[] = {
	{"SO_LINGER", SOL_SOCKET, SO_LINGER, OPTION_LINGER},
	{"SO_ERROR", SOL_SOCKET, SO_ERROR, OPTION_ERROR},
	{"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, OPTION_INT},
	{"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, OPTION_INT},
	{"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, OPTION_INT},
	{"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, OPTION_INT},
	{"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, OPTION_INT},
	{"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, OPTION_INT},
	{"SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, OPTION_MILLISECONDS},
	{"SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, OPTION_MILLISECONDS},
	{"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, OPTION_INT},
	{"SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN, OPTION_INT},
	{"SO_ZEROCOPY", SOL_SOCKET, SO_ZEROCOPY, OPTION_INT},
	{"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, OPTION_INT},
	{"TCP_CORK", IPPROTO_TCP, TCP_CORK, OPTION_INT},
	{"TCP_LINGER2", IPPROTO_TCP, TCP_LINGER2, OPTION_INT},
	{"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, OPTION_INT},
	{"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, OPTION_INT},
	{"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, OPTION_INT},
	{"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, OPTION_INT},
	{"TCP_QUICKACK", IPPROTO_TCP, TCP_QUICKACK, OPTION_INT},
	{"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, OPTION_INT},
	{"TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, OPTION_INT},
	{"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, OPTION_INT},
	{"TCP_INQ", IPPROTO_TCP, TCP_INQ, OPTION_INT},
	{"TCP_FASTOPEN", IPPROTO_TCP, TCP_FASTOPEN, OPTION_INT},
	{"TCP_FASTOPEN_CONNECT", IPPROTO_TCP, TCP_FASTOPEN_CONNECT, OPTION_INT},
	{"TCP_MD5SIG", IPPROTO_TCP, TCP_MD5SIG, OPTION_SIGNATURE},
	{"IP_TTL", IPPROTO_IP, IP_TTL, OPTION_INT},
	{"IP_TOS", IPPROTO_IP, IP_TOS, OPTION_INT},
	{"IPV6_UNICAST_HOPS", IPPROTO_IPV6, IPV6_UNICAST_HOPS, OPTION_INT},
	{"IPV6_TCLASS", IPPROTO_IPV6, IPV6_TCLASS, OPTION_INT},
	{"IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, OPTION_INT},
	{"TCP_REPAIR", IPPROTO_TCP, TCP_REPAIR, OPTION_INT},
	{"TCP_INFO", IPPROTO_TCP, TCP_INFO, OPTION_STATE},
	{NULL, 0, 0, OPTION_INT},
};

const struct word message_flags[] = {
	{"PEEK", MSG_PEEK},
	{"NOSIGNAL", MSG_NOSIGNAL},
	{"OOB", MSG_OOB},
	{"DONTWAIT", MSG_DONTWAIT},
	{"WAITALL", MSG_WAITALL},
	{"MORE", MSG_MORE},
	{"ERRQUEUE", MSG_ERRQUEUE},
	{"TRUNC", MSG_TRUNC},
	{"ZEROCOPY", MSG_ZEROCOPY},
	{NULL, 0},
};

const struct word shutdown_ways[] = {
	{"RD", SHUT_RD}, {"WR", SHUT_WR}, {"RDWR", SHUT_RDWR}, {NULL, 0}};

const struct word requests[] = {
	{"SIOCINQ", SIOCINQ},
	{"SIOCOUTQ", SIOCOUTQ},
	{"SIOCOUTQNSD", SIOCOUTQNSD},
	{"SIOCATMARK", SIOCATMARK},
	{NULL, 0},
};

const struct word epoll_bits[] = {
	{"IN", EPOLLIN},
	{"PRI", EPOLLPRI},
	{"OUT", EPOLLOUT},
	{"ERR", EPOLLERR},
	{"HUP", EPOLLHUP},
	{"RDHUP", EPOLLRDHUP},
	{"ET", EPOLLET},
	{"ONESHOT", EPOLLONESHOT},
	{NULL, 0},
};

const struct word signal_names[] = {
	{"KILL", SIGKILL},
	{"TERM", SIGTERM},
	{"SEGV", SIGSEGV},
	{"INT", SIGINT},
	{"HUP", SIGHUP},
	{"ABRT", SIGABRT},
	{"STOP", SIGSTOP},
	{"CONT", SIGCONT},
	{"ALRM", SIGALRM},
	{"PIPE", SIGPIPE},
	{"USR1", SIGUSR1},
	{"USR2", SIGUSR2},
	{"BUS", SIGBUS},
	{"IO", SIGIO},
	{"QUIT", SIGQUIT},
	{"RTMAX", _NSIG - 1}, /* a real-time signal: it queues */
	{NULL, 0},
};

const struct word dispositions[] = {
	{"default", DISPOSITION_DEFAULT},
	{"ignore", DISPOSITION_IGNORE},
	{"catch", DISPOSITION_CATCH},
	{"restart", DISPOSITION_RESTART},
	{"block", DISPOSITION_BLOCK},
	{NULL, 0},
};

const struct word switch_words[] = {{"on", 1}, {"off", 0}, {NULL, 0}};

const struct word peer_words[] = {{"peer", 1}, {NULL, 0}};

const struct word families[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}, {NULL, 0}};

const struct word address_kinds[] = {
	{"any", ADDRESS_ANY},
	{"ipv4", ADDRESS_IPV4},
	{"ipv6", ADDRESS_IPV6},
	{"mapped", ADDRESS_MAPPED},
	{"other", ADDRESS_OTHER},
	{NULL, 0},
};

const struct word congestion_controls[] = {{"reno", 0}, {"cubic", 1}, {NULL, 0}};

const struct word upper_protocols[] = {{"tls", 0}, {"espintcp", 1}, {"smc", 2}, {NULL, 0}};

/* linux/tls.h: TLS_TX, TLS_RX */
const struct word tls_directions[] = {{"TX", 1}, {"RX", 2}, {NULL, 0}};

const struct word uring_requests[] = {
	{"RECV", URING_RECV},
	{"POLL", URING_POLL},
	{"ACCEPT", URING_ACCEPT},
	{"SEND", URING_SEND},
	{"CLOSE", URING_CLOSE},
	{"SHUTDOWN", URING_SHUTDOWN},
	{NULL, 0},
};

const struct word hosts[] = {
	{"far", HOST_FAR},
	{"multicast", HOST_MULTICAST},
	{"broadcast", HOST_BROADCAST},
	{NULL, 0},
};

const struct word accept_addresses[] = {
	{"bad-address", ACCEPT_BAD_ADDRESS}, {"bad-length", ACCEPT_BAD_LENGTH}, {NULL, 0}};

const struct word route_types[] = {
	{"none", RTN_UNSPEC},
	{"unreachable", RTN_UNREACHABLE},
	{"prohibit", RTN_PROHIBIT},
	{"blackhole", RTN_BLACKHOLE},
	{"throw", RTN_THROW},
	{"local", RTN_LOCAL},
	{"delete", ROUTE_DELETE},
	{"add", ROUTE_ADD},
	{NULL, 0},
};

/* Counters that say what happened on the way, not how a connection ended: they grow with every
 * repetition, so no mib line could list them exactly. */
const struct word asked_counters[] = {
	{"TCPTimeouts", 0},
	{"TCPSynRetrans", 1},
	{"TCPDeferAcceptDrop", 2},
	{"TCPReqQFullDrop", 3},
	{"TCPReqQFullDoCookies", 4},
	{"SyncookiesSent", 5},
	{"SyncookiesRecv", 6},
	{"SyncookiesFailed", 7},
	{"ActiveOpens", 8},
	{"PassiveOpens", 9},
	{"AttemptFails", 10},
	{"EstabResets", 11},
	{"TCPWinProbe", 12},
	{"TCPFastOpenActive", 13},
	{"TCPFastOpenActiveFail", 14},
	{"TCPFastOpenPassive", 15},
	{"TCPFastOpenCookieReqd", 16},
	{"TCPKeepAlive", 17},
	{"TW", 18},
	{"TWKilled", 19},
	{"TWRecycled", 20},
	{"TCPACKSkippedChallenge", 21},
	{"TCPACKSkippedSeq", 22},
	{"TCPACKSkippedPAWS", 23},
	{"PAWSEstab", 24},
	{"PAWSOldAck", 25},
	{"BeyondWindow", 26},
	{"InErrs", 27},
	{"InCsumErrors", 28},
	{"TCPMD5NotFound", 29},
	{NULL, 0},
};

const struct word segment_kinds[] = {
	{"SYN", SEGMENT_KIND_SYN},
	{"SYN,ACK", SEGMENT_KIND_SYN_ACK},
	{"ACK", SEGMENT_KIND_ACK},
	{"data", SEGMENT_KIND_DATA},
	{"FIN", SEGMENT_KIND_FIN},
	{"RST", SEGMENT_KIND_RST},
	{NULL, 0},
};

const struct word sysctl_names[] = {
	{"net.ipv4.tcp_fin_timeout", 0},
	{"net.ipv4.tcp_max_tw_buckets", 1},
	{"net.ipv4.tcp_tw_recycle", 2},
	{"net.ipv4.tcp_tw_reuse", 3},
	{"net.ipv4.tcp_tw_reuse_delay", 4},
	{NULL, 0},
};

const struct word sockstat_names[] = {{"tw", 0}, {"orphan", 1}, {NULL, 0}};

const struct word link_words[] = {
	{"down", LINK_DOWN}, {"up", LINK_UP}, {"delete", LINK_DELETE}, {NULL, 0}};

const struct word address_words[] = {{"delete", 0}, {"add", 1}, {NULL, 0}};

const struct word firewall_chains[] = {
	{"input", FIREWALL_INPUT}, {"output", FIREWALL_OUTPUT}, {NULL, 0}};

/* As nft(8) calls them. */
const struct word firewall_verdicts[] = {
	{"accept", FIREWALL_ACCEPT},
	{"drop", FIREWALL_DROP},
	{"reset", FIREWALL_RESET},
	{"port-unreachable", FIREWALL_PORT_UNREACHABLE},
	{"host-unreachable", FIREWALL_HOST_UNREACHABLE},
	{"admin-prohibited", FIREWALL_PROHIBITED},
	{NULL, 0},
};

/* include/net/tcp_states.h; NEW_SYN_RECV (12) is a request, still SYN-RECEIVED to RFC 9293 3.3.2 */
const struct word states[] = {
	{"none", 0},
	{"ESTABLISHED", TCP_ESTABLISHED},
	{"SYN-SENT", TCP_SYN_SENT},
	{"SYN-RECEIVED", TCP_SYN_RECV},
	{"FIN-WAIT-1", TCP_FIN_WAIT1},
	{"FIN-WAIT-2", TCP_FIN_WAIT2},
	{"TIME-WAIT", TCP_TIME_WAIT},
	{"CLOSED", TCP_CLOSE},
	{"CLOSE-WAIT", TCP_CLOSE_WAIT},
	{"LAST-ACK", TCP_LAST_ACK},
	{"LISTEN", TCP_LISTEN},
	{"CLOSING", TCP_CLOSING},
	{NULL, 0},
};

bool word_find(const struct word *words, const char *name, int64_t *ret_value)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name)) {
			*ret_value = words->value;
			return true;
		}
	return false;
}

const char *word_name(const struct word *words, int64_t value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return NULL;
}

bool words_parse(const struct word *words, const char *text, int64_t *ret_bits)
{
	char copy[96], *rest = copy, *name;
	int64_t bits = 0, bit;

	if (!strcmp(text, "none")) {
		*ret_bits = 0;
		return true;
	}
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	while ((name = strsep(&rest, "|"))) {
		if (!word_find(words, name, &bit) || (bits & bit))
			return false;
		bits |= bit;
	}
	*ret_bits = bits;
	return true;
}

void words_print(const struct word *words, int64_t bits, char *buf, size_t size)
{
	size_t at = 0;

	snprintf(buf, size, "none");
	for (; words->name; words++)
		if (bits & words->value && at < size)
			at += (size_t)snprintf(
				buf + at, size - at, "%s%s", at ? "|" : "", words->name);
}

const struct socket_option *socket_option_find(const char *name)
{
	for (const struct socket_option *option = socket_options; option->name; option++)
		if (!strcmp(option->name, name))
			return option;
	return NULL;
}

const char *state_name(int state)
{
	const char *name = word_name(states, state == 12 ? TCP_SYN_RECV : state);

	return name ? name : "?";
}

#define NEAREST_LONGEST 24

/* Levenshtein distance; words longer than NEAREST_LONGEST are never a slip of each other. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAREST_LONGEST + 1], length_a = (unsigned)strlen(a),
					   length_b = (unsigned)strlen(b);

	if (length_a > NEAREST_LONGEST || length_b > NEAREST_LONGEST)
		return 99;
	for (unsigned j = 0; j <= length_b; j++)
		row[j] = j;
	for (unsigned i = 1; i <= length_a; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= length_b; j++) {
			unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
			unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = replace < best ? replace : best;
		}
	}
	return row[length_b];
}

void nearest_offer(struct nearest *nearest, const char *text, const char *candidate)
{
	unsigned found = distance(text, candidate), limit = (unsigned)strlen(text) / 3 + 1;

	if (limit > 3)
		limit = 3;
	if (found > limit || (nearest->word && found >= nearest->distance))
		return;
	*nearest = (struct nearest){.word = candidate, .distance = found};
	snprintf(nearest->hint, sizeof(nearest->hint), ": did you mean '%s'?", candidate);
}
