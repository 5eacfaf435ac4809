/* SPDX-License-Identifier: MIT */
/* What the harness asks of the kernel over netlink (libmnl), in the network namespace of the
 * caller. */
#ifndef LASTACK_HARNESS_NETLINK_H
#define LASTACK_HARNESS_NETLINK_H

#include <stdint.h>

#include "shared.h"

struct netlink; /* a NETLINK_ROUTE and a NETLINK_SOCK_DIAG socket */

int netlink_open(struct netlink **ret);
void netlink_close(struct netlink *netlink);

/* Brings the device up; -ENODEV if there is none. */
int netlink_link_up(struct netlink *netlink, const char *device);

/* Replaces the automatic routes to 127.0.0.1 and ::1 by ones with the attribute `quickack` 1, so
 * that a FIN is acknowledged at once, or 0 as shipped (rtnetlink(7), RTAX_QUICKACK). IPv6 being
 * absent is not an error. */
int netlink_quickack_routes(struct netlink *netlink, bool quickack);

/* Gives the host 192.0.2.1 or 2001:db8::1 a route of this type (RTN_UNREACHABLE ...), which has no
 * route otherwise; with RTN_LOCAL it is this host. RTN_UNSPEC takes away the one it was given. */
int netlink_far_route(struct netlink *netlink, int family, int type);

/* Frames the device has received so far. */
int netlink_received(struct netlink *netlink, const char *device, uint64_t *ret_frames);

/* The state of the connection end with these addresses as Linux numbers it, 0 if the kernel holds
 * none. A TIME-WAIT socket that stands in for FIN-WAIT-2 says FIN-WAIT-2 (sock_diag(7)). */
int netlink_state(struct netlink *netlink, const union address *local, const union address *peer,
	int *ret_state);

/* Destroys that end from outside (SOCK_DESTROY), as `ss -K` does. 0, -ENOENT if the kernel holds no
 * such end, -EPERM without CAP_NET_ADMIN, -EOPNOTSUPP without CONFIG_INET_DIAG_DESTROY. */
int netlink_destroy(struct netlink *netlink, const union address *local, const union address *peer);
int netlink_can_destroy(struct netlink *netlink); /* 0, or why not; destroys nothing */

#endif
