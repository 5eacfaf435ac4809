/* SPDX-License-Identifier: MIT */
/* Requests by libnl's messages: link, routes, device counters, socket states. Knows nothing of
 * cases.
 *
 * The sockets are plain ones. Those of libnl translate the kernel's errno into fewer codes of their
 * own, and count sequence numbers as if every request were acknowledged. */
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM 8192
#define MORE 1 /* to come */

struct netlink {
	int route, diag;
	int filter; /* negative: not asked for, or not to be had */
	uint32_t sequence;
	struct nl_msg *request;
};

int netlink_socket(int protocol)
{
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK}; /* the kernel chooses the port */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any))) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int netlink_open(struct netlink **ret)
{
	struct netlink *netlink = calloc(1, sizeof(*netlink));
	int r = 0;

	if (!netlink)
		return -ENOMEM;
	netlink->filter = -1;
	netlink->route = netlink_socket(NETLINK_ROUTE);
	netlink->diag = netlink_socket(NETLINK_SOCK_DIAG);
	netlink->request = nlmsg_alloc();
	if (netlink->route < 0)
		r = netlink->route;
	else if (netlink->diag < 0 && netlink->diag != -EPROTONOSUPPORT)
		r = netlink->diag;
	else if (!netlink->request)
		r = -ENOMEM;
	if (r)
		netlink_close(netlink);
	else
		*ret = netlink;
	return r;
}

bool netlink_has_diag(const struct netlink *netlink)
{
	return netlink->diag >= 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->route >= 0)
		close(netlink->route);
	if (netlink->diag >= 0)
		close(netlink->diag);
	if (netlink->filter >= 0)
		close(netlink->filter);
	nlmsg_free(netlink->request);
	free(netlink);
}

struct nl_msg *netlink_request(struct netlink *netlink, uint16_t type, uint16_t flags)
{
	/* What is put into a message goes where it ends, says its header: so this empties it. */
	nlmsg_hdr(netlink->request)->nlmsg_len = NLMSG_HDRLEN;
	nlmsg_put(netlink->request, NL_AUTO_PORT, ++netlink->sequence, type, 0,
		NLM_F_REQUEST | flags);
	return netlink->request;
}

/* One datagram. Returns its length or a negative errno. */
static int receive(int fd, char room[ROOM], int flags)
{
	ssize_t length;

	do
		length = recv(fd, room, ROOM, MSG_TRUNC | flags);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	return length > ROOM ? -ENOSPC : (int)length;
}

/* Hands on what a datagram says. Returns what the kernel acknowledges, 0 or a negative errno; MORE
 * if it does not. */
static int take_answers(char *room, int length, uint32_t sequence, netlink_take *take, void *data)
{
	struct nlmsghdr *answer = (struct nlmsghdr *)room;

	for (; nlmsg_ok(answer, length); answer = nlmsg_next(answer, &length)) {
		if (sequence && answer->nlmsg_seq != sequence)
			return -EPROTO;
		if (answer->nlmsg_type == NLMSG_ERROR)
			return nlmsg_valid_hdr(answer, sizeof(struct nlmsgerr))
				? ((struct nlmsgerr *)nlmsg_data(answer))->error
				: -EBADMSG;
		if (answer->nlmsg_type >= NLMSG_MIN_TYPE && take)
			take(answer, data);
	}
	return MORE;
}

int netlink_exchange(int fd, struct nl_msg *message, netlink_take *take, void *data)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	_Alignas(struct nlmsghdr) char room[ROOM];
	int r;

	if (fd < 0)
		return fd;
	if (send(fd, header, header->nlmsg_len, 0) < 0)
		return -errno;
	do {
		r = receive(fd, room, 0);
		if (r >= 0)
			r = take_answers(room, r, header->nlmsg_seq, take, data);
	} while (r == MORE && header->nlmsg_flags & NLM_F_ACK);
	return r == MORE ? 0 : r;
}

int netlink_ask(struct netlink *netlink, struct nl_msg *message, netlink_take *take, void *data)
{
	return netlink_exchange(netlink->route, message, take, data);
}

int netlink_link_up(struct netlink *netlink, const char *device)
{
	struct nl_msg *message = netlink_request(netlink, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg info = {.ifi_index = (int)if_nametoindex(device),
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP};

	if (!info.ifi_index)
		return -ENODEV;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	return netlink_ask(netlink, message, NULL, NULL);
}

/* One local host route. IPv4 takes NLM_F_REPLACE; of IPv6 a replacement with another metric would
 * only be a second route, so the automatic one is deleted first. */
static int local_route(
	struct netlink *netlink, uint16_t type, uint8_t family, const void *address, bool quickack)
{
	unsigned length = family == AF_INET ? 4 : 16;
	struct nl_msg *message = netlink_request(netlink, type,
		NLM_F_ACK | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0));
	struct rtmsg route = {.rtm_family = family,
		.rtm_dst_len = (unsigned char)(length * 8),
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_KERNEL,
		.rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_LOCAL};
	struct nlattr *metrics;

	nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
	nla_put(message, RTA_DST, length, address);
	nla_put_u32(message, RTA_OIF, if_nametoindex("lo"));
	if (family == AF_INET)
		nla_put(message, RTA_PREFSRC, length, address);
	if (type == RTM_NEWROUTE) {
		metrics = nla_nest_start(message, RTA_METRICS);
		nla_put_u32(message, RTAX_QUICKACK, quickack);
		nla_nest_end(message, metrics);
	}
	return netlink_ask(netlink, message, NULL, NULL);
}

int netlink_quickack_routes(struct netlink *netlink, bool quickack)
{
	struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
	int r = local_route(netlink, RTM_NEWROUTE, AF_INET, &loopback, quickack);

	if (r)
		return r;
	if (local_route(netlink, RTM_DELROUTE, AF_INET6, &in6addr_loopback, false))
		return 0; /* no IPv6 here: its variants will say so themselves */
	return local_route(netlink, RTM_NEWROUTE, AF_INET6, &in6addr_loopback, quickack);
}

int netlink_host_route(struct netlink *netlink, int family, const void *host, int type)
{
	bool is_new = type != RTN_UNSPEC;
	struct nl_msg *message = netlink_request(netlink, is_new ? RTM_NEWROUTE : RTM_DELROUTE,
		NLM_F_ACK | (is_new ? NLM_F_CREATE | NLM_F_REPLACE : 0));
	struct rtmsg route = {.rtm_family = (unsigned char)family,
		.rtm_dst_len = family == AF_INET ? 32 : 128,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = !is_new        ? RT_SCOPE_NOWHERE
			: type == RTN_LOCAL ? RT_SCOPE_HOST
					    : RT_SCOPE_UNIVERSE,
		.rtm_type = (unsigned char)type};

	nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
	nla_put(message, RTA_DST, route.rtm_dst_len / 8, host);
	if (type == RTN_LOCAL)
		nla_put_u32(message, RTA_OIF, if_nametoindex("lo"));
	return netlink_ask(netlink, message, NULL, NULL);
}

static void take_frames(struct nlmsghdr *message, void *data)
{
	struct netlink_frames *frames = data;
	const struct nlattr *attribute =
		nlmsg_find_attr(message, sizeof(struct if_stats_msg), IFLA_STATS_LINK_64);
	struct rtnl_link_stats64 stats;

	if (!attribute)
		return;
	memcpy(&stats, nla_data(attribute), sizeof(stats.rx_packets) + sizeof(stats.tx_packets));
	*frames = (struct netlink_frames){stats.rx_packets, stats.tx_packets};
}

int netlink_frames(struct netlink *netlink, unsigned device, struct netlink_frames *ret)
{
	struct nl_msg *message = netlink_request(netlink, RTM_GETSTATS, 0);
	struct if_stats_msg stats = {
		.ifindex = device, .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)};

	nlmsg_append(message, &stats, sizeof(stats), NLMSG_ALIGNTO);
	return netlink_ask(netlink, message, take_frames, ret);
}

static void take_socket(struct nlmsghdr *message, void *data)
{
	if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		memcpy(data, nlmsg_data(message), sizeof(struct inet_diag_msg));
}

static void put_address(const union address *address, __be16 *port, __be32 *ret)
{
	memset(ret, 0, 16);
	if (address->any.sa_family == AF_INET) {
		*port = address->in.sin_port;
		memcpy(ret, &address->in.sin_addr, 4);
	} else if (address->any.sa_family == AF_INET6) {
		*port = address->in6.sin6_port;
		memcpy(ret, &address->in6.sin6_addr, 16);
	}
}

static struct nl_msg *diag_request(struct netlink *netlink, uint16_t type, uint16_t flags,
	const union address *local, const struct inet_diag_sockid *id)
{
	struct nl_msg *message = netlink_request(netlink, type, flags);
	struct inet_diag_req_v2 wanted = {.sdiag_family = (uint8_t)local->any.sa_family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0u,
		.id = *id};

	nlmsg_append(message, &wanted, sizeof(wanted), NLMSG_ALIGNTO);
	return message;
}

/* The socket with these addresses; *ret is zero if the kernel holds none. */
static int find_socket(struct netlink *netlink, const union address *local,
	const union address *peer, struct inet_diag_msg *ret)
{
	struct inet_diag_sockid id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
	int r;

	memset(ret, 0, sizeof(*ret));
	put_address(local, &id.idiag_sport, id.idiag_src);
	put_address(peer, &id.idiag_dport, id.idiag_dst);
	r = netlink_exchange(netlink->diag,
		diag_request(netlink, SOCK_DIAG_BY_FAMILY, 0, local, &id), take_socket, ret);
	if (r && r != -ENOENT)
		return r;
	/* The lookup falls back to a listener on the same port, which is not the end that was asked
	 * for. */
	if (ret->idiag_state == TCP_LISTEN && peer->any.sa_family)
		memset(ret, 0, sizeof(*ret));
	return 0;
}

int netlink_state(struct netlink *netlink, const union address *local, const union address *peer,
	int *ret_state)
{
	struct inet_diag_msg found;
	int r = find_socket(netlink, local, peer, &found);

	if (!r)
		*ret_state = found.idiag_state;
	return r;
}

bool netlink_has_tcp_diag(struct netlink *netlink)
{
	union address local = {
		.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	const union address nobody = {.in = {.sin_family = AF_UNSPEC}};
	socklen_t length = sizeof(local.in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), state = 0;
	bool found = fd >= 0 && !bind(fd, &local.any, length) && !listen(fd, 1) &&
		!getsockname(fd, &local.any, &length) &&
		!netlink_state(netlink, &local, &nobody, &state) && state == TCP_LISTEN;

	if (fd >= 0)
		close(fd);
	return found;
}

int netlink_can_destroy(struct netlink *netlink)
{
	union address nobody = {.in = {.sin_family = AF_INET, .sin_port = htons(1)}};
	struct inet_diag_sockid id = {0};
	int r = netlink_exchange(netlink->diag,
		diag_request(netlink, SOCK_DESTROY, NLM_F_ACK, &nobody, &id), NULL, NULL);

	return r == -ENOENT ? 0 : r;
}

int netlink_destroy(struct netlink *netlink, const union address *local, const union address *peer)
{
	struct inet_diag_msg found;
	int r = find_socket(netlink, local, peer, &found);

	if (r)
		return r;
	if (!found.idiag_state)
		return -ENOENT;
	/* With the cookie that was given, it is that socket or none. */
	return netlink_exchange(netlink->diag,
		diag_request(netlink, SOCK_DESTROY, NLM_F_ACK, local, &found.id), NULL, NULL);
}

int netlink_open_filter(struct netlink *netlink)
{
	netlink->filter = netlink_socket(NETLINK_NETFILTER);
	return netlink->filter < 0 ? netlink->filter : 0;
}

/* The kernel has answered every request of a batch when sending it returns. */
int netlink_ask_filter(struct netlink *netlink, const void *batch, size_t length)
{
	_Alignas(struct nlmsghdr) char room[ROOM];
	int received, r = 0;

	if (netlink->filter < 0)
		return -EPROTONOSUPPORT;
	if (send(netlink->filter, batch, length, 0) < 0)
		return -errno;
	while ((received = receive(netlink->filter, room, MSG_DONTWAIT)) > 0) {
		int said = take_answers(room, received, 0, NULL, NULL);

		if (said < 0 && !r)
			r = said;
	}
	return r;
}
