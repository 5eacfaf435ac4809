/* SPDX-License-Identifier: MIT */
/* What /proc/net says where a kernel does not answer over netlink (gVisor). */
#ifndef LASTACK_HARNESS_PROCNET_H
#define LASTACK_HARNESS_PROCNET_H

#include "netlink.h"
#include "shared.h"

/* Frames that have passed a device of the caller's network namespace. 0, -ENODEV, or another
 * negative errno. */
int procnet_frames(const char *device, struct netlink_frames *ret);

/* The state of the connection end that has this inode or, where the inode is 0, these addresses, as
 * Linux numbers it; 0 if it is closed but still a socket. -ENODATA if no such socket is listed: in
 * gVisor an end leaves the list with its last descriptor, whatever state it is in. The list is of
 * all network namespaces, so addresses alone may be those of a stranger. */
int procnet_state(
	const union address *local, const union address *peer, uint64_t inode, int *ret_state);

#endif
