/* SPDX-License-Identifier: MIT */
/* What the kernel holds of a Unix socket, by its inode: such sockets need no address, and sock_diag
 * for them is a kernel option of its own. */
#ifndef LASTACK_HARNESS_UNIXSTATE_H
#define LASTACK_HARNESS_UNIXSTATE_H

#include <stdint.h>

/* The socket's state as Linux numbers it, of those that Unix sockets have: TCP_CLOSE (not
 * connected), TCP_ESTABLISHED, TCP_LISTEN; 0 if the network namespace holds no such socket. Returns
 * 0 or a negative errno. */
int unix_state(uint64_t inode, int *ret_state);

#endif
