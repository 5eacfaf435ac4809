/* SPDX-License-Identifier: MIT */
/* Netlink requests that make a veth pair and change it, its addresses and its routes. */
#include "link.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <string.h>

#include "netlink.h"

#ifndef IFLA_INET6_ADDR_GEN_MODE
#define IFLA_INET6_ADDR_GEN_MODE 8
#endif

#define MTU 1500
#define CARRIER_TRIES 10000 /* of a millisecond each */

/* The ends' numbers differ: of a device whose other end has its own number the kernel does not
 * hurry to say that the carrier is gone (net/core/link_watch.c, linkwatch_urgent_event()). */
static const int device_index[SHARED_SIDES] = {[SIDE_CLIENT] = 100, [SIDE_SERVER] = 200};
static const uint8_t hardware_address[] = {0x02, 0, 0, 0, 0, 0x01}; /* locally administered */

static const uint8_t addresses4[SHARED_SIDES][4] =
	{[SIDE_CLIENT] = {192, 0, 2, 1}, [SIDE_SERVER] = {192, 0, 2, 2}};
static const uint8_t addresses6[SHARED_SIDES][16] = {
	[SIDE_CLIENT] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
	[SIDE_SERVER] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
static const uint8_t net4[4] = {192, 0, 2, 0};
static const uint8_t net6[16] = {0x20, 0x01, 0x0d, 0xb8};

#define IS_4(family) ((family) == AF_INET)
#define NET_LENGTH(family) (IS_4(family) ? 24 : 64)
#define BYTES(family) (IS_4(family) ? 4 : 16)
#define PRIORITY_OF_AUTOMATIC_6 256 /* of the route that comes with an address */
#define PRIORITY_OF_OWN_6 1024 /* below that */

const void *link_address(enum side side, uint8_t family)
{
	return IS_4(family) ? (const void *)addresses4[side] : addresses6[side];
}

int link_index(enum side side)
{
	return device_index[side];
}

static enum side other(enum side side)
{
	return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* What both ends are made with. One segment in a frame: no TSO. */
static void put_end(struct nl_msg *message)
{
	nla_put_string(message, IFLA_IFNAME, LINK_DEVICE);
	nla_put(message, IFLA_ADDRESS, sizeof(hardware_address), hardware_address);
	nla_put_u32(message, IFLA_MTU, MTU);
	nla_put_u32(message, IFLA_GSO_MAX_SEGS, 1);
}

static int make_pair(struct link *link, int server_namespace)
{
	struct netlink *netlink = link->ends[SIDE_CLIENT];
	struct nl_msg *message =
		netlink_request(netlink, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg client = {.ifi_index = device_index[SIDE_CLIENT]},
			 server = {.ifi_index = device_index[SIDE_SERVER]};
	struct nlattr *kind, *data, *peer;

	nlmsg_append(message, &client, sizeof(client), NLMSG_ALIGNTO);
	put_end(message);
	kind = nla_nest_start(message, IFLA_LINKINFO);
	nla_put_string(message, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(message, IFLA_INFO_DATA);
	peer = nla_nest_start(message, VETH_INFO_PEER);
	nlmsg_append(message, &server, sizeof(server), NLMSG_ALIGNTO);
	put_end(message);
	nla_put_u32(message, IFLA_NET_NS_FD, (uint32_t)server_namespace);
	nla_nest_end(message, peer);
	nla_nest_end(message, data);
	nla_nest_end(message, kind);
	return netlink_ask(netlink, message, NULL, NULL);
}

static struct nl_msg *change(struct link *link, enum side side, uint16_t type, unsigned flags)
{
	struct nl_msg *message = netlink_request(link->ends[side], type, NLM_F_ACK);
	struct ifinfomsg info = {.ifi_index = device_index[side],
		.ifi_flags = flags,
		.ifi_change = IFF_UP | (flags & IFF_NOARP)};

	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	return message;
}

/* No link-local address: said before the device comes up, which is when it would be made. A kernel
 * without IPv6 does not know the question. */
static int no_link_local(struct link *link, enum side side)
{
	struct nl_msg *message = change(link, side, RTM_NEWLINK, IFF_NOARP);
	struct nlattr *families = nla_nest_start(message, IFLA_AF_SPEC),
		      *inet6 = nla_nest_start(message, AF_INET6);
	int r;

	nla_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(message, inet6);
	nla_nest_end(message, families);
	r = netlink_ask(link->ends[side], message, NULL, NULL);
	return r == -EAFNOSUPPORT ? 0 : r;
}

static int set_flags(struct link *link, enum side side, unsigned flags)
{
	return netlink_ask(link->ends[side], change(link, side, RTM_NEWLINK, flags), NULL, NULL);
}

static void take_operstate(struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute =
		nlmsg_find_attr(message, sizeof(struct ifinfomsg), IFLA_OPERSTATE);

	if (attribute)
		*(uint8_t *)data = nla_get_u8(attribute);
}

/* A change of the carrier comes into force by a work item of the kernel's, which sets the
 * operational state as well: until then a frame may still be handed to an end that is down. */
static int has_carrier(struct link *link, enum side side, bool *ret)
{
	struct nl_msg *message = netlink_request(link->ends[side], RTM_GETLINK, 0);
	struct ifinfomsg info = {.ifi_index = device_index[side]};
	uint8_t state = IF_OPER_UNKNOWN;
	int r;

	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = netlink_ask(link->ends[side], message, take_operstate, &state);
	*ret = state == IF_OPER_UP;
	return r;
}

/* Waits until both ends have a carrier, or neither has. */
static int await_carrier(struct link *link, bool wanted)
{
	for (unsigned i = 0; i < CARRIER_TRIES; i++) {
		bool client = false, server = false;
		int r = has_carrier(link, SIDE_CLIENT, &client);

		if (!r)
			r = has_carrier(link, SIDE_SERVER, &server);
		if (r || (client == wanted && server == wanted))
			return r;
		poll(NULL, 0, 1);
	}
	return -ETIMEDOUT;
}

static int set_up(struct link *link, enum side side, bool up)
{
	int r = set_flags(link, side, up ? IFF_UP : 0);

	if (r)
		return r;
	link->is_up[side] = up;
	return await_carrier(link, link->is_up[SIDE_CLIENT] && link->is_up[SIDE_SERVER]);
}

/* The route that the kernel would make with an address if that were not made without one
 * (IFA_F_NOPREFIXROUTE): so there is no moment in which it lacks the attribute. */
static int net_route(struct link *link, enum side side, uint16_t type, uint8_t family)
{
	struct nl_msg *message = netlink_request(link->ends[side], type,
		NLM_F_ACK | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0));
	struct rtmsg route = {.rtm_family = family,
		.rtm_dst_len = NET_LENGTH(family),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_type = RTN_UNICAST,
		.rtm_protocol = RTPROT_KERNEL,
		.rtm_scope = IS_4(family) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE};
	struct nlattr *metrics;

	nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
	nla_put(message, RTA_DST, BYTES(family), IS_4(family) ? (const void *)net4 : net6);
	nla_put_u32(message, RTA_OIF, (uint32_t)device_index[side]);
	if (IS_4(family))
		nla_put(message, RTA_PREFSRC, BYTES(family), link_address(side, family));
	else
		nla_put_u32(message, RTA_PRIORITY, PRIORITY_OF_AUTOMATIC_6);
	if (type == RTM_NEWROUTE) {
		metrics = nla_nest_start(message, RTA_METRICS);
		nla_put_u32(message, RTAX_QUICKACK, link->quickack);
		nla_nest_end(message, metrics);
	}
	return netlink_ask(link->ends[side], message, NULL, NULL);
}

static int address(struct link *link, enum side side, uint8_t family, bool present)
{
	struct nl_msg *message =
		netlink_request(link->ends[side], present ? RTM_NEWADDR : RTM_DELADDR,
			NLM_F_ACK | (present ? NLM_F_CREATE | NLM_F_EXCL : 0));
	struct ifaddrmsg info = {.ifa_family = family,
		.ifa_prefixlen = NET_LENGTH(family),
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)device_index[side]};

	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put(message, IFA_LOCAL, BYTES(family), link_address(side, family));
	nla_put(message, IFA_ADDRESS, BYTES(family), link_address(side, family));
	nla_put_u32(message, IFA_FLAGS, IFA_F_NOPREFIXROUTE | (IS_4(family) ? 0 : IFA_F_NODAD));
	return netlink_ask(link->ends[side], message, NULL, NULL);
}

static bool has_address6(struct link *link, enum side side)
{
	struct nl_msg *message = netlink_request(link->ends[side], RTM_GETADDR, 0);
	struct ifaddrmsg info = {.ifa_family = AF_INET6};

	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put(message, IFA_LOCAL, BYTES(AF_INET6), link_address(side, AF_INET6));
	return !netlink_ask(link->ends[side], message, NULL, NULL);
}

/* The route by which a host receives what is sent to its IPv6 address is made by a work item of the
 * kernel's (addrconf_dad_work()), which a busy machine may take seconds to come to. A second one
 * serves until then, and ends with the address. */
static int local_route6(struct link *link, enum side side, uint16_t type)
{
	struct nl_msg *message = netlink_request(link->ends[side], type,
		NLM_F_ACK | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0));
	struct rtmsg route = {.rtm_family = AF_INET6,
		.rtm_dst_len = 128,
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_KERNEL,
		.rtm_type = RTN_LOCAL};

	nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
	nla_put(message, RTA_DST, BYTES(AF_INET6), link_address(side, AF_INET6));
	nla_put_u32(message, RTA_OIF, (uint32_t)device_index[side]);
	nla_put_u32(message, RTA_PRIORITY, PRIORITY_OF_OWN_6);
	return netlink_ask(link->ends[side], message, NULL, NULL);
}

/* Of one family, to and from the address that the end has now, if it has one. */
static int add_routes(struct link *link, enum side side, uint8_t family)
{
	int r;

	if (!IS_4(family) && !has_address6(link, side))
		return 0;
	r = net_route(link, side, RTM_NEWROUTE, family);
	if (r == -EEXIST || (IS_4(family) && r == -EINVAL)) /* EINVAL: it has no such address */
		r = 0;
	return r || IS_4(family) ? r : local_route6(link, side, RTM_NEWROUTE);
}

static int add_all_routes(struct link *link, enum side side)
{
	int r = add_routes(link, side, AF_INET);

	return r ? r : add_routes(link, side, AF_INET6);
}

/* IPv6 being absent is not an error: its variants will say so themselves. */
static int equip(struct link *link, enum side side)
{
	int r = address(link, side, AF_INET, true);

	if (!r)
		address(link, side, AF_INET6, true);
	return r ? r : add_all_routes(link, side);
}

int link_make(struct link *link, int server_namespace)
{
	int r = make_pair(link, server_namespace);

	link->quickack = true;
	for (enum side side = SIDE_CLIENT; !r && side <= SIDE_SERVER; side++)
		r = no_link_local(link, side);
	for (enum side side = SIDE_CLIENT; !r && side <= SIDE_SERVER; side++)
		r = set_up(link, side, true);
	for (enum side side = SIDE_CLIENT; !r && side <= SIDE_SERVER; side++)
		r = equip(link, side);
	return r;
}

int link_frames(const struct link *link, enum side side, struct netlink_frames *ret)
{
	return netlink_frames(link->ends[side], (unsigned)device_index[side], ret);
}

int link_set(struct link *link, enum side side, bool up)
{
	int r = set_up(link, side, up);

	return r || !up ? r : add_all_routes(link, side);
}

int link_delete(struct link *link, enum side side)
{
	int r = netlink_ask(link->ends[side], change(link, side, RTM_DELLINK, 0), NULL, NULL);

	link->is_deleted |= !r;
	return r;
}

int link_set_address(struct link *link, enum side side, uint8_t family, bool present)
{
	int r = address(link, side, family, present);

	if (r || present)
		return r ? r : add_routes(link, side, family);
	if (!IS_4(family)) { /* an IPv4 route goes with the address that it prefers as its source */
		local_route6(link, side, RTM_DELROUTE);
		net_route(link, side, RTM_DELROUTE, family);
	}
	return 0;
}

int link_set_route(struct link *link, enum side side, uint8_t family, bool present)
{
	return net_route(link, side, present ? RTM_NEWROUTE : RTM_DELROUTE, family);
}

int link_set_host_route(struct link *link, enum side side, uint8_t family, int type)
{
	return netlink_host_route(
		link->ends[side], family, link_address(other(side), family), type);
}

int link_set_quickack(struct link *link, bool quickack)
{
	int r = 0;

	link->quickack = quickack;
	for (enum side side = SIDE_CLIENT; !r && side <= SIDE_SERVER; side++) {
		net_route(link, side, RTM_DELROUTE, AF_INET);
		net_route(link, side, RTM_DELROUTE, AF_INET6);
		r = add_all_routes(link, side);
	}
	return r;
}
