/* SPDX-License-Identifier: MIT */
/* The further subflows of an MPTCP connection (RFC 8684 3.2). */
#ifndef LASTACK_HARNESS_SUBFLOW_H
#define LASTACK_HARNESS_SUBFLOW_H

/* Opens a subflow of this socket's connection from 127.0.0.2 to its peer's address. Only where path
 * managers are left to user space (net.mptcp.pm_type 1), so that the kernel's opens none of its
 * own. Returns 0 or a negative errno. */
int subflow_create(int fd);

/* How many subflows of the socket are in state ESTABLISHED, or a negative errno. */
int subflow_count(int fd);

#endif
