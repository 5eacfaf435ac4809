/* SPDX-License-Identifier: MIT */
/* Performs the verbs of network.h from outside the actors. */
#include "network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firewall.h"
#include "link.h"
#include "verb.h"
#include "world.h"

static uint8_t family_of(const struct run *run)
{
	const struct shared *shared = run->world->shared;

	return shared->family == AF_INET6 && !shared->is_mapped ? AF_INET6 : AF_INET;
}

/* Its counts go with it, so they are looked at for the last time. */
static int delete_link(struct run *run, enum side side)
{
	char error[WORLD_ERROR_SIZE];

	if (world_close_link(run->world, error))
		return link_delete(&run->world->link, side);
	run_break(run, "%s", error);
	return 0;
}

static int change_link(struct run *run, enum side side, const struct action *action)
{
	switch ((enum link_word)action->operands[0]) {
	case LINK_UP: return link_set(&run->world->link, side, true);
	case LINK_DOWN: return link_set(&run->world->link, side, false);
	case LINK_DELETE: return delete_link(run, side);
	}
	return -EINVAL;
}

static int change_address(struct run *run, enum side side, const struct action *action)
{
	return link_set_address(&run->world->link, side, family_of(run), action->operands[0] == 1);
}

/* Without a link there is a host that is nobody's, and has the address that the client has on one.
 */
static int change_route(struct run *run, enum side side, const struct action *action)
{
	struct world *world = run->world;
	uint8_t family = family_of(run);
	int type = (int)action->operands[0];

	if (!world->has_link)
		return netlink_host_route(
			world->netlink, family, link_address(SIDE_CLIENT, family), type);
	if (type == ROUTE_ADD || type == ROUTE_DELETE)
		return link_set_route(&world->link, side, family, type == ROUTE_ADD);
	return link_set_host_route(&world->link, side, family, type);
}

static int change_firewall(struct run *run, enum side side, const struct action *action)
{
	int r = firewall_set(world_netlink(run->world, side), link_index(side),
		(enum firewall_chain)action->operands[0],
		(enum firewall_verdict)action->operands[1]);

	if (r == -EOPNOTSUPP)
		snprintf(run->record->skip, sizeof(run->record->skip),
			"needs nf_tables with the expression 'reject' (CONFIG_NF_TABLES_INET, "
			"CONFIG_NFT_REJECT_INET)");
	return r;
}

/* Stamped when it has come into force: it waits for nothing that a case means, so what it takes, a
 * few milliseconds, is no part of the step but a gap before it (late.h), in which timers run. */
bool network_change(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	int r = -EINVAL;

	switch ((enum verb_id)action->verb) {
	case VERB_LINK: r = change_link(run, side, action); break;
	case VERB_ADDRESS: r = change_address(run, side, action); break;
	case VERB_ROUTE: r = change_route(run, side, action); break;
	case VERB_FIREWALL: r = change_firewall(run, side, action); break;
	default: break;
	}
	order_stamp(run, ret, r ? outcome_error(-r) : outcome_number(0));
	return !run_is_over(run);
}
