/* SPDX-License-Identifier: MIT */
/* What the harness asks of the kernel over netlink (libnl), in the network namespace in which the
 * handle was opened. */
#ifndef LASTACK_HARNESS_NETLINK_H
#define LASTACK_HARNESS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared.h"

struct nl_msg;
struct nlmsghdr;
typedef void netlink_take(struct nlmsghdr *answer, void *data);

struct netlink; /* a NETLINK_ROUTE and a NETLINK_SOCK_DIAG socket */

/* A kernel without NETLINK_SOCK_DIAG (gVisor) is no error: what asks for sockets says
 * -EPROTONOSUPPORT then. */
int netlink_open(struct netlink **ret);
bool netlink_has_diag(const struct netlink *netlink);
void netlink_close(struct netlink *netlink);

/* Brings the device up; -ENODEV if there is none. */
int netlink_link_up(struct netlink *netlink, const char *device);

/* Replaces the automatic routes to 127.0.0.1 and ::1 by ones with the attribute `quickack` 1, so
 * that a FIN is acknowledged at once, or 0 as shipped (rtnetlink(7), RTAX_QUICKACK). IPv6 being
 * absent is not an error. */
int netlink_quickack_routes(struct netlink *netlink, bool quickack);

/* Gives the host with this address (in network order) a route of its own of this type
 * (RTN_UNREACHABLE ...); with RTN_LOCAL it is this host. RTN_UNSPEC takes it away again. */
int netlink_host_route(struct netlink *netlink, int family, const void *host, int type);

/* Frames that have passed a device so far. */
struct netlink_frames {
	uint64_t received, sent;
};

/* Device by its index in the handle's namespace. */
int netlink_frames(struct netlink *netlink, unsigned device, struct netlink_frames *ret);

/* The state of the connection end with these addresses as Linux numbers it, 0 if the kernel holds
 * none. A TIME-WAIT socket that stands in for FIN-WAIT-2 says FIN-WAIT-2 (sock_diag(7)). */
int netlink_state(struct netlink *netlink, const union address *local, const union address *peer,
	int *ret_state);

/* Whether the kernel finds TCP's sockets for netlink_state() (CONFIG_INET_DIAG, tcp_diag): where
 * that is missing it says -ENOENT of every socket, also of one that is there. Asked of a listener
 * that it opens on the loopback address of the calling process's namespace. */
bool netlink_has_tcp_diag(struct netlink *netlink);

/* Destroys that end from outside (SOCK_DESTROY), as `ss -K` does. 0, -ENOENT if the kernel holds no
 * such end, -EPERM without CAP_NET_ADMIN, -EOPNOTSUPP without CONFIG_INET_DIAG_DESTROY. */
int netlink_destroy(struct netlink *netlink, const union address *local, const union address *peer);
int netlink_can_destroy(struct netlink *netlink); /* 0, or why not; destroys nothing */

/* For requests that others put together with nlmsg_append() and nla_put(): empties the handle's own
 * message, in which there is room for a page, and begins a request in it. */
struct nl_msg *netlink_request(struct netlink *netlink, uint16_t type, uint16_t flags);

/* Sends a request of NETLINK_ROUTE and hands the answer to `take` (NULL: only an acknowledgement is
 * expected). Returns 0 or the kernel's negative errno. */
int netlink_ask(struct netlink *netlink, struct nl_msg *message, netlink_take *take, void *data);

/* The same of another protocol, which is the caller's: a socket of it in the caller's namespace, a
 * descriptor or a negative errno, and an exchange over it. Not for dumps. */
int netlink_socket(int protocol);
int netlink_exchange(int fd, struct nl_msg *message, netlink_take *take, void *data);

/* A NETLINK_NETFILTER socket as well, in the caller's namespace. 0 or a negative errno. */
int netlink_open_filter(struct netlink *netlink);

/* Sends a batch of netfilter requests. Returns 0 when all have been done, else the first errno, and
 * none has been. */
int netlink_ask_filter(struct netlink *netlink, const void *batch, size_t length);

#endif
