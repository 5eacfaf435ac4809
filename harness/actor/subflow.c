/* SPDX-License-Identifier: MIT */
/* Is a path manager over generic netlink (family mptcp_pm), and asks a socket for its subflows'
 * struct tcp_info. */
#include "subflow.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

#define SOL_MPTCP_ 284 /* include/linux/socket.h; not in every libc */
#define ESTABLISHED 1 /* tcpi_state, the first byte of struct tcp_info */
#define MOST_SUBFLOWS 8 /* net/mptcp/protocol.h */
#define SECOND_ADDRESS 0x7f000002

/* NULL for want of memory. The caller frees it. */
static struct nl_msg *question(uint16_t family, uint8_t command, uint8_t version)
{
	struct nl_msg *message = nlmsg_alloc_simple(family, NLM_F_REQUEST | NLM_F_ACK);
	struct genlmsghdr generic = {.cmd = command, .version = version};

	if (message)
		nlmsg_append(message, &generic, sizeof(generic), NLMSG_ALIGNTO);
	return message;
}

struct family {
	uint16_t id;
	int events; /* its group of that name */
};

static void take_group(const struct nlattr *group, struct family *ret)
{
	const struct nlattr *name = nla_find(
				    nla_data(group), nla_len(group), CTRL_ATTR_MCAST_GRP_NAME),
			    *id = nla_find(nla_data(group), nla_len(group), CTRL_ATTR_MCAST_GRP_ID);

	if (name && id && !nla_strcmp(name, MPTCP_PM_EV_GRP_NAME))
		ret->events = (int)nla_get_u32(id);
}

static void take_family(struct nlmsghdr *message, void *data)
{
	const int head = sizeof(struct genlmsghdr);
	const struct nlattr *id = nlmsg_find_attr(message, head, CTRL_ATTR_FAMILY_ID),
			    *groups = nlmsg_find_attr(message, head, CTRL_ATTR_MCAST_GROUPS),
			    *group;
	struct family *family = data;
	int rest;

	if (id)
		family->id = nla_get_u16(id);
	if (groups)
		nla_for_each_nested(group, groups, rest) take_group(group, family);
}

static int find_family(int asking, struct family *ret)
{
	struct nl_msg *message = question(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	int r;

	if (!message)
		return -ENOMEM;
	nla_put_string(message, CTRL_ATTR_FAMILY_NAME, MPTCP_PM_NAME);
	r = netlink_exchange(asking, message, take_family, ret);
	nlmsg_free(message);
	return r;
}

static void put_address(struct nl_msg *message, uint16_t attribute, uint32_t address)
{
	nla_put_u16(message, MPTCP_PM_ADDR_ATTR_FAMILY, AF_INET);
	nla_put_u32(message, attribute, address);
}

static int create(int asking, uint16_t family, uint32_t token, const struct sockaddr_in *peer)
{
	struct nl_msg *message = question(family, MPTCP_PM_CMD_SUBFLOW_CREATE, MPTCP_PM_VER);
	struct nlattr *address;
	int r;

	if (!message)
		return -ENOMEM;
	nla_put_u32(message, MPTCP_PM_ATTR_TOKEN, token);
	address = nla_nest_start(message, MPTCP_PM_ATTR_ADDR);
	put_address(message, MPTCP_PM_ADDR_ATTR_ADDR4, htonl(SECOND_ADDRESS));
	nla_put_u8(message, MPTCP_PM_ADDR_ATTR_ID, 1);
	nla_nest_end(message, address);
	address = nla_nest_start(message, MPTCP_PM_ATTR_ADDR_REMOTE);
	put_address(message, MPTCP_PM_ADDR_ATTR_ADDR4, peer->sin_addr.s_addr);
	nla_put_u16(message, MPTCP_PM_ADDR_ATTR_PORT, ntohs(peer->sin_port));
	nla_nest_end(message, address);
	r = netlink_exchange(asking, message, NULL, NULL);
	nlmsg_free(message);
	return r;
}

/* The peer takes a further subflow only while somebody listens to its path manager's events. */
static int create_heard(uint32_t token, const struct sockaddr_in *peer)
{
	int asking = netlink_socket(NETLINK_GENERIC), listening = netlink_socket(NETLINK_GENERIC);
	struct family family = {0};
	int r = asking < 0 ? asking : listening < 0 ? listening : 0;

	if (!r)
		r = find_family(asking, &family);
	if (!r &&
		setsockopt(listening, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family.events,
			sizeof(family.events)))
		r = -errno;
	if (!r)
		r = create(asking, family.id, token, peer);
	if (asking >= 0)
		close(asking);
	if (listening >= 0)
		close(listening);
	return r;
}

int subflow_create(int fd)
{
	struct mptcp_info info = {0};
	struct sockaddr_in peer = {0};
	socklen_t info_length = sizeof(info), peer_length = sizeof(peer);

	if (getsockopt(fd, SOL_MPTCP_, MPTCP_INFO, &info, &info_length) ||
		getpeername(fd, (struct sockaddr *)&peer, &peer_length))
		return -errno;
	return create_heard(info.mptcpi_token, &peer);
}

int subflow_count(int fd)
{
	struct {
		struct mptcp_subflow_data head;
		uint8_t states[MOST_SUBFLOWS]; /* of each struct tcp_info no more than this byte */
	} info = {.head = {.size_subflow_data = sizeof(info.head), .size_user = 1}};
	socklen_t length = sizeof(info);
	int count = 0;

	if (getsockopt(fd, SOL_MPTCP_, MPTCP_TCPINFO, &info, &length))
		return -errno;
	for (unsigned i = 0; i < info.head.num_subflows && i < MOST_SUBFLOWS; i++)
		count += info.states[i] == ESTABLISHED;
	return count;
}
