/* SPDX-License-Identifier: MIT */
/* Is a path manager over generic netlink (family mptcp_pm), and asks a socket for its subflows'
 * struct tcp_info. */
#include "subflow.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <string.h>
#include <sys/socket.h>

#define SOL_MPTCP_ 284 /* include/linux/socket.h; not in every libc */
#define ESTABLISHED 1 /* tcpi_state, the first byte of struct tcp_info */
#define MOST_SUBFLOWS 8 /* net/mptcp/protocol.h */
#define SECOND_ADDRESS 0x7f000002

struct question {
	char room[512];
	struct nlmsghdr *message;
};

static void question_begin(
	struct question *question, uint16_t family, uint8_t command, uint8_t version)
{
	struct genlmsghdr *generic;

	memset(question, 0, sizeof(*question));
	question->message = mnl_nlmsg_put_header(question->room);
	question->message->nlmsg_type = family;
	question->message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	generic = mnl_nlmsg_put_extra_header(question->message, sizeof(*generic));
	generic->cmd = command;
	generic->version = version;
}

static int ask(struct mnl_socket *socket, struct question *question, mnl_cb_t callback, void *data)
{
	static _Thread_local char answer[8192];
	ssize_t length;
	int r;

	if (mnl_socket_sendto(socket, question->message, question->message->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		r = mnl_cb_run(
			answer, (size_t)length, 0, mnl_socket_get_portid(socket), callback, data);
	} while (r > MNL_CB_STOP); /* the acknowledgement is still to come */
	return r < 0 ? -errno : 0;
}

struct family {
	uint16_t id;
	int events; /* its group of that name */
};

static void take_group(const struct nlattr *group, struct family *ret)
{
	const struct nlattr *attribute;
	const char *name = "";
	int id = 0;

	mnl_attr_for_each_nested(attribute, group)
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attribute);
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_MCAST_GRP_ID)
			id = (int)mnl_attr_get_u32(attribute);
	}
	if (!strcmp(name, MPTCP_PM_EV_GRP_NAME))
		ret->events = id;
}

static int take_family(const struct nlmsghdr *message, void *data)
{
	struct family *family = data;
	const struct nlattr *attribute, *group;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID)
			family->id = mnl_attr_get_u16(attribute);
		if (mnl_attr_get_type(attribute) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attribute) take_group(group, family);
	}
	return MNL_CB_OK;
}

static int find_family(struct mnl_socket *socket, struct family *ret)
{
	struct question question;

	question_begin(&question, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(question.message, CTRL_ATTR_FAMILY_NAME, MPTCP_PM_NAME);
	return ask(socket, &question, take_family, ret);
}

static void put_address(struct nlmsghdr *message, uint16_t attribute, uint32_t address)
{
	mnl_attr_put_u16(message, MPTCP_PM_ADDR_ATTR_FAMILY, AF_INET);
	mnl_attr_put_u32(message, attribute, address);
}

static int create(
	struct mnl_socket *socket, uint16_t family, uint32_t token, const struct sockaddr_in *peer)
{
	struct question question;
	struct nlattr *address;

	question_begin(&question, family, MPTCP_PM_CMD_SUBFLOW_CREATE, MPTCP_PM_VER);
	mnl_attr_put_u32(question.message, MPTCP_PM_ATTR_TOKEN, token);
	address = mnl_attr_nest_start(question.message, MPTCP_PM_ATTR_ADDR);
	put_address(question.message, MPTCP_PM_ADDR_ATTR_ADDR4, htonl(SECOND_ADDRESS));
	mnl_attr_put_u8(question.message, MPTCP_PM_ADDR_ATTR_ID, 1);
	mnl_attr_nest_end(question.message, address);
	address = mnl_attr_nest_start(question.message, MPTCP_PM_ATTR_ADDR_REMOTE);
	put_address(question.message, MPTCP_PM_ADDR_ATTR_ADDR4, peer->sin_addr.s_addr);
	mnl_attr_put_u16(question.message, MPTCP_PM_ADDR_ATTR_PORT, ntohs(peer->sin_port));
	mnl_attr_nest_end(question.message, address);
	return ask(socket, &question, NULL, NULL);
}

static int open_generic(struct mnl_socket **ret)
{
	*ret = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!*ret)
		return -errno;
	return mnl_socket_bind(*ret, 0, MNL_SOCKET_AUTOPID) ? -errno : 0;
}

/* The peer takes a further subflow only while somebody listens to its path manager's events. */
static int create_heard(uint32_t token, const struct sockaddr_in *peer)
{
	struct mnl_socket *asking = NULL, *listening = NULL;
	struct family family = {0};
	int r = open_generic(&asking);

	if (!r)
		r = open_generic(&listening);
	if (!r)
		r = find_family(asking, &family);
	if (!r &&
		mnl_socket_setsockopt(
			listening, NETLINK_ADD_MEMBERSHIP, &family.events, sizeof(family.events)))
		r = -errno;
	if (!r)
		r = create(asking, family.id, token, peer);
	if (asking)
		mnl_socket_close(asking);
	if (listening)
		mnl_socket_close(listening);
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
