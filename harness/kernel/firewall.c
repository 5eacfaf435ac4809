/* SPDX-License-Identifier: MIT */
/* nf_tables over netlink: one table, two chains, each with at most one rule, all told in one batch.
 */
#include "firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <string.h>

#include "delivered.h"
#include "netlink.h"

#define TABLE "lastack"
#define ROOM 4096

static const struct {
	const char *name;
	uint32_t hook, device_key;
} chains[] = {
	[FIREWALL_INPUT] = {"input", NF_INET_LOCAL_IN, NFT_META_IIF},
	[FIREWALL_OUTPUT] = {"output", NF_INET_LOCAL_OUT, NFT_META_OIF},
};

static const struct {
	bool is_reject;
	uint32_t type;
	uint8_t code;
} verdicts[] = {
	[FIREWALL_ACCEPT] = {false, 0, 0},
	[FIREWALL_DROP] = {false, 0, 0},
	[FIREWALL_RESET] = {true, NFT_REJECT_TCP_RST, 0},
	[FIREWALL_PORT_UNREACHABLE] = {true, NFT_REJECT_ICMPX_UNREACH,
		NFT_REJECT_ICMPX_PORT_UNREACH},
	[FIREWALL_HOST_UNREACHABLE] = {true, NFT_REJECT_ICMPX_UNREACH,
		NFT_REJECT_ICMPX_HOST_UNREACH},
	[FIREWALL_PROHIBITED] = {true, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED},
};

static void put_be32(struct nl_msg *message, uint16_t type, uint32_t value)
{
	nla_put_u32(message, type, htonl(value));
}

/* Requests that are made one after the other in the handle's message. */
struct batch {
	struct netlink *netlink;
	size_t length;
	char room[ROOM];
};

static struct nl_msg *begin(
	struct batch *batch, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nl_msg *message = netlink_request(batch->netlink, type, flags);
	struct nfgenmsg header = {
		.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};

	nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO);
	return message;
}

/* The length counts also what found no room. */
static void end(struct batch *batch, struct nl_msg *message)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	size_t length = NLMSG_ALIGN(header->nlmsg_len);

	if (batch->length + length <= sizeof(batch->room))
		memcpy(batch->room + batch->length, header, length);
	batch->length += length;
}

static struct nl_msg *begin_request(struct batch *batch, uint16_t type, uint16_t flags)
{
	return begin(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK | flags,
		NFPROTO_INET, 0);
}

static void put_mark(struct batch *batch, uint16_t type)
{
	end(batch, begin(batch, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

static void put_table(struct batch *batch)
{
	struct nl_msg *message = begin_request(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	nla_put_string(message, NFTA_TABLE_NAME, TABLE);
	end(batch, message);
}

static void put_chain(struct batch *batch, enum firewall_chain chain)
{
	struct nl_msg *message = begin_request(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	nla_put_string(message, NFTA_CHAIN_TABLE, TABLE);
	nla_put_string(message, NFTA_CHAIN_NAME, chains[chain].name);
	nla_put_string(message, NFTA_CHAIN_TYPE, "filter");
	hook = nla_nest_start(message, NFTA_CHAIN_HOOK);
	put_be32(message, NFTA_HOOK_HOOKNUM, chains[chain].hook);
	put_be32(message, NFTA_HOOK_PRIORITY, 0);
	nla_nest_end(message, hook);
	end(batch, message);
}

/* All of the chain's. */
static void put_no_rules(struct batch *batch, enum firewall_chain chain)
{
	struct nl_msg *message = begin_request(batch, NFT_MSG_DELRULE, 0);

	nla_put_string(message, NFTA_RULE_TABLE, TABLE);
	nla_put_string(message, NFTA_RULE_CHAIN, chains[chain].name);
	end(batch, message);
}

struct expression {
	struct nlattr *element, *data;
};

static struct expression begin_expression(struct nl_msg *message, const char *name)
{
	struct expression made;

	made.element = nla_nest_start(message, NFTA_LIST_ELEM);
	nla_put_string(message, NFTA_EXPR_NAME, name);
	made.data = nla_nest_start(message, NFTA_EXPR_DATA);
	return made;
}

static void end_expression(struct nl_msg *message, struct expression *expression)
{
	nla_nest_end(message, expression->data);
	nla_nest_end(message, expression->element);
}

/* Goes on only if what was loaded compares so. */
static void put_compare(
	struct nl_msg *message, enum nft_cmp_ops operation, const void *with, size_t size)
{
	struct expression compare = begin_expression(message, "cmp");
	struct nlattr *value;

	put_be32(message, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(message, NFTA_CMP_OP, operation);
	value = nla_nest_start(message, NFTA_CMP_DATA);
	nla_put(message, NFTA_DATA_VALUE, size, with);
	nla_nest_end(message, value);
	end_expression(message, &compare);
}

/* Goes on only if what is known of the segment (enum nft_meta_keys) is this. */
static void put_is(struct nl_msg *message, uint32_t key, const void *value, size_t size)
{
	struct expression load = begin_expression(message, "meta");

	put_be32(message, NFTA_META_KEY, key);
	put_be32(message, NFTA_META_DREG, NFT_REG_1);
	end_expression(message, &load);
	put_compare(message, NFT_CMP_EQ, value, size);
}

/* Goes on only with what `deliver` is not the source of. */
static void put_is_not_delivered(struct nl_msg *message)
{
	const uint32_t source = htonl(DELIVERED_SOURCE);
	struct expression load = begin_expression(message, "payload");

	put_be32(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_be32(message, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_LL_HEADER);
	put_be32(message, NFTA_PAYLOAD_OFFSET, DELIVERED_SOURCE_AT);
	put_be32(message, NFTA_PAYLOAD_LEN, sizeof(source));
	end_expression(message, &load);
	put_compare(message, NFT_CMP_NEQ, &source, sizeof(source));
}

static void put_drop(struct nl_msg *message)
{
	struct expression expression = begin_expression(message, "immediate");
	struct nlattr *data, *verdict;

	put_be32(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(message, NFTA_IMMEDIATE_DATA);
	verdict = nla_nest_start(message, NFTA_DATA_VERDICT);
	put_be32(message, NFTA_VERDICT_CODE, NF_DROP);
	nla_nest_end(message, verdict);
	nla_nest_end(message, data);
	end_expression(message, &expression);
}

static void put_reject(struct nl_msg *message, enum firewall_verdict verdict)
{
	struct expression expression = begin_expression(message, "reject");

	put_be32(message, NFTA_REJECT_TYPE, verdicts[verdict].type);
	if (verdicts[verdict].type != NFT_REJECT_TCP_RST)
		nla_put_u8(message, NFTA_REJECT_ICMP_CODE, verdicts[verdict].code);
	end_expression(message, &expression);
}

static void put_rule(
	struct batch *batch, int device, enum firewall_chain chain, enum firewall_verdict verdict)
{
	struct nl_msg *message = begin_request(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	const uint8_t tcp = IPPROTO_TCP;
	struct nlattr *expressions;

	nla_put_string(message, NFTA_RULE_TABLE, TABLE);
	nla_put_string(message, NFTA_RULE_CHAIN, chains[chain].name);
	expressions = nla_nest_start(message, NFTA_RULE_EXPRESSIONS);
	put_is(message, NFT_META_L4PROTO, &tcp, sizeof(tcp));
	put_is(message, chains[chain].device_key, &device, sizeof(device));
	if (chain == FIREWALL_INPUT)
		put_is_not_delivered(message);
	if (verdicts[verdict].is_reject)
		put_reject(message, verdict);
	else
		put_drop(message);
	nla_nest_end(message, expressions);
	end(batch, message);
}

int firewall_set(struct netlink *netlink, int device, enum firewall_chain chain,
	enum firewall_verdict verdict)
{
	struct batch batch = {.netlink = netlink};
	int r;

	put_mark(&batch, NFNL_MSG_BATCH_BEGIN);
	put_table(&batch);
	put_chain(&batch, chain);
	put_no_rules(&batch, chain);
	if (verdict != FIREWALL_ACCEPT)
		put_rule(&batch, device, chain, verdict);
	put_mark(&batch, NFNL_MSG_BATCH_END);
	if (batch.length > sizeof(batch.room))
		return -EMSGSIZE;
	r = netlink_ask_filter(netlink, batch.room, batch.length);
	return r == -ENOENT || r == -EPROTONOSUPPORT ? -EOPNOTSUPP : r;
}
