/* SPDX-License-Identifier: MIT */
/* libmnl requests: link, routes, device counters, socket states. Knows nothing of cases. */
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 8192

struct netlink {
	struct mnl_socket *route, *diag;
	struct mnl_socket *filter; /* NULL: not asked for, or not to be had */
	uint32_t sequence;
	char room[ROOM];
};

int netlink_open(struct netlink **ret)
{
	struct netlink *netlink = calloc(1, sizeof(*netlink));
	int r = 0;

	if (!netlink)
		return -ENOMEM;
	netlink->route = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	netlink->diag = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!netlink->route || !netlink->diag ||
		mnl_socket_bind(netlink->route, 0, MNL_SOCKET_AUTOPID) ||
		mnl_socket_bind(netlink->diag, 0, MNL_SOCKET_AUTOPID))
		r = -errno;
	if (r)
		netlink_close(netlink);
	else
		*ret = netlink;
	return r;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->route)
		mnl_socket_close(netlink->route);
	if (netlink->diag)
		mnl_socket_close(netlink->diag);
	if (netlink->filter)
		mnl_socket_close(netlink->filter);
	free(netlink);
}

struct nlmsghdr *netlink_request(struct netlink *netlink, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message;

	memset(netlink->room, 0, 512);
	message = mnl_nlmsg_put_header(netlink->room);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++netlink->sequence;
	return message;
}

/* Sends the request and hands the answer to the callback (NULL: only an acknowledgement is
 * expected). Returns 0 or the kernel's negative errno. */
static int ask(struct netlink *netlink, struct mnl_socket *socket, const struct nlmsghdr *message,
	mnl_cb_t callback, void *data)
{
	uint32_t sequence = message->nlmsg_seq;
	ssize_t length;

	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, netlink->room, sizeof(netlink->room));
	if (length < 0)
		return -errno;
	if (mnl_cb_run(netlink->room, (size_t)length, sequence, mnl_socket_get_portid(socket),
		    callback, data) < 0)
		return -errno;
	return 0;
}

int netlink_ask(struct netlink *netlink, const struct nlmsghdr *message,
	int (*take)(const struct nlmsghdr *message, void *data), void *data)
{
	return ask(netlink, netlink->route, message, take, data);
}

int netlink_link_up(struct netlink *netlink, const char *device)
{
	struct nlmsghdr *message = netlink_request(netlink, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));

	info->ifi_index = (int)if_nametoindex(device);
	if (!info->ifi_index)
		return -ENODEV;
	info->ifi_flags = info->ifi_change = IFF_UP;
	return netlink_ask(netlink, message, NULL, NULL);
}

/* One local host route. IPv4 takes NLM_F_REPLACE; of IPv6 a replacement with another metric would
 * only be a second route, so the automatic one is deleted first. */
static int local_route(
	struct netlink *netlink, uint16_t type, uint8_t family, const void *address, bool quickack)
{
	unsigned length = family == AF_INET ? 4 : 16;
	struct nlmsghdr *message = netlink_request(netlink, type,
		NLM_F_ACK | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0));
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
	struct nlattr *metrics;

	route->rtm_family = family;
	route->rtm_dst_len = (unsigned char)(length * 8);
	route->rtm_table = RT_TABLE_LOCAL;
	route->rtm_protocol = RTPROT_KERNEL;
	route->rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_LOCAL;
	mnl_attr_put(message, RTA_DST, length, address);
	mnl_attr_put_u32(message, RTA_OIF, if_nametoindex("lo"));
	if (family == AF_INET)
		mnl_attr_put(message, RTA_PREFSRC, length, address);
	if (type == RTM_NEWROUTE) {
		metrics = mnl_attr_nest_start(message, RTA_METRICS);
		mnl_attr_put_u32(message, RTAX_QUICKACK, quickack);
		mnl_attr_nest_end(message, metrics);
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
	struct nlmsghdr *message = netlink_request(netlink, is_new ? RTM_NEWROUTE : RTM_DELROUTE,
		NLM_F_ACK | (is_new ? NLM_F_CREATE | NLM_F_REPLACE : 0));
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof(*route));

	route->rtm_family = (unsigned char)family;
	route->rtm_dst_len = family == AF_INET ? 32 : 128;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = !is_new  ? RT_SCOPE_NOWHERE
		: type == RTN_LOCAL ? RT_SCOPE_HOST
				    : RT_SCOPE_UNIVERSE;
	route->rtm_type = (unsigned char)type;
	mnl_attr_put(message, RTA_DST, route->rtm_dst_len / 8, host);
	if (type == RTN_LOCAL)
		mnl_attr_put_u32(message, RTA_OIF, if_nametoindex("lo"));
	return netlink_ask(netlink, message, NULL, NULL);
}

static int take_frames(const struct nlmsghdr *message, void *data)
{
	struct netlink_frames *frames = data;
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct if_stats_msg))
	{
		struct rtnl_link_stats64 stats;

		if (mnl_attr_get_type(attribute) != IFLA_STATS_LINK_64)
			continue;
		memset(&stats, 0, sizeof(stats));
		memcpy(&stats, mnl_attr_get_payload(attribute),
			sizeof(stats.rx_packets) + sizeof(stats.tx_packets));
		*frames = (struct netlink_frames){stats.rx_packets, stats.tx_packets};
	}
	return MNL_CB_OK;
}

int netlink_frames(struct netlink *netlink, unsigned device, struct netlink_frames *ret)
{
	struct nlmsghdr *message = netlink_request(netlink, RTM_GETSTATS, 0);
	struct if_stats_msg *stats = mnl_nlmsg_put_extra_header(message, sizeof(*stats));

	stats->ifindex = device;
	stats->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	return netlink_ask(netlink, message, take_frames, ret);
}

static int take_socket(const struct nlmsghdr *message, void *data)
{
	if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		memcpy(data, mnl_nlmsg_get_payload(message), sizeof(struct inet_diag_msg));
	return MNL_CB_OK;
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

static struct nlmsghdr *diag_request(struct netlink *netlink, uint16_t type, uint16_t flags,
	const union address *local, const struct inet_diag_sockid *id)
{
	struct nlmsghdr *message = netlink_request(netlink, type, flags);
	struct inet_diag_req_v2 *wanted = mnl_nlmsg_put_extra_header(message, sizeof(*wanted));

	wanted->sdiag_family = (uint8_t)local->any.sa_family;
	wanted->sdiag_protocol = IPPROTO_TCP;
	wanted->idiag_states = ~0u;
	wanted->id = *id;
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
	r = ask(netlink, netlink->diag, diag_request(netlink, SOCK_DIAG_BY_FAMILY, 0, local, &id),
		take_socket, ret);
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

int netlink_can_destroy(struct netlink *netlink)
{
	union address nobody = {.in = {.sin_family = AF_INET, .sin_port = htons(1)}};
	struct inet_diag_sockid id = {0};
	int r = ask(netlink, netlink->diag,
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
	return ask(netlink, netlink->diag,
		diag_request(netlink, SOCK_DESTROY, NLM_F_ACK, local, &found.id), NULL, NULL);
}

int netlink_open_filter(struct netlink *netlink)
{
	struct mnl_socket *filter =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (!filter)
		return -errno;
	if (mnl_socket_bind(filter, 0, MNL_SOCKET_AUTOPID)) {
		int r = -errno;

		mnl_socket_close(filter);
		return r;
	}
	netlink->filter = filter;
	return 0;
}

/* The kernel has answered every request of a batch when sending it returns. */
int netlink_ask_filter(struct netlink *netlink, const void *batch, size_t length)
{
	ssize_t answer;
	int r = 0;

	if (!netlink->filter)
		return -EPROTONOSUPPORT;
	if (mnl_socket_sendto(netlink->filter, batch, length) < 0)
		return -errno;
	while ((answer = mnl_socket_recvfrom(
			netlink->filter, netlink->room, sizeof(netlink->room))) > 0)
		if (mnl_cb_run(netlink->room, (size_t)answer, 0, 0, NULL, NULL) < 0 && !r)
			r = -errno;
	return r;
}
