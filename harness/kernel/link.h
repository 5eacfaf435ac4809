/* SPDX-License-Identifier: MIT */
/* The link of a run that `needs veth`: a pair of virtual Ethernet devices that joins the client's
 * network namespace and the server's, and what can happen to it. Acts through a netlink handle of
 * either namespace; knows nothing of cases.
 *
 * Nothing but what the sides send passes the link: both ends have the same hardware address and the
 * flag IFF_NOARP, so that nobody asks for a neighbour, looks for a duplicate of an address or joins
 * a group of multicast listeners; no end makes itself a link-local address, so that nobody looks
 * for a router; and no end sends more than one segment in a frame. */
#ifndef LASTACK_HARNESS_LINK_H
#define LASTACK_HARNESS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared.h"

struct netlink;
struct netlink_frames;

#define LINK_DEVICE "veth0" /* the name of either end in its namespace */

struct link {
	struct netlink *ends[SHARED_SIDES]; /* by enum side; the caller's */
	bool quickack; /* on the routes to the other side */
	bool is_up[SHARED_SIDES];
	bool is_deleted;
};

/* Of `family`, in network order: 192.0.2.1 and 192.0.2.2 (RFC 5737), 2001:db8::1 and ::2 (RFC
 * 3849). */
const void *link_address(enum side side, uint8_t family);

/* Makes the pair between the namespace of link->ends[SIDE_CLIENT] and that of `server_namespace`,
 * gives its ends addresses and brings it up. -EOPNOTSUPP: the kernel has no such devices. */
int link_make(struct link *link, int server_namespace);

int link_index(enum side side); /* of the end's device in its namespace */

/* Frames at one end; it counts what it sends when it sends it. */
int link_frames(const struct link *link, enum side side, struct netlink_frames *ret);

/* What can happen to one side's end. All return 0 or what the kernel answers, a negative errno, and
 * return when it has come into force at both ends. */

/* As `ip link set up` and `down`: IPv4 routes over the end go when it goes down, IPv6 addresses too
 * (sysctl keep_addr_on_down); of these two only the route that belongs to an address comes back
 * with it. The other end loses its carrier, as when a cable is pulled. */
int link_set(struct link *link, enum side side, bool up);
/* Takes the devices away, both of them. */
int link_delete(struct link *link, enum side side);
/* The side's own address, and with it the route to its net. */
int link_set_address(struct link *link, enum side side, uint8_t family, bool present);

/* The route to the net of both sides. */
int link_set_route(struct link *link, enum side side, uint8_t family, bool present);
/* A route to the other side alone, of a type that leads nowhere (RTN_UNREACHABLE ...), or
 * RTN_UNSPEC for none. */
int link_set_host_route(struct link *link, enum side side, uint8_t family, int type);

/* Whether the other side's FINs are acknowledged at once: RTAX_QUICKACK on both sides' routes. */
int link_set_quickack(struct link *link, bool quickack);

#endif
