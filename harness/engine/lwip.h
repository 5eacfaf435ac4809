/* SPDX-License-Identifier: MIT */
/* lwIP as Debian builds it (packages liblwip0 and liblwip-dev), as a stack in the actors' processes
 * (userstack.h). */
#ifndef LASTACK_HARNESS_LWIP_H
#define LASTACK_HARNESS_LWIP_H

#include "lwip_adapter.h"
#include "userstack.h"

#define LWIP_ERROR_SIZE 512

/* Makes lwIP the stack of all actors that are started from now on. `folder` holds what the two
 * packages hold (usr/lib/.../liblwip.so.*, usr/include/lwip); its adapter is compiled with cc(1),
 * or $CC. 0, or a negative errno with what is missing and the mend in error[LWIP_ERROR_SIZE]. Once
 * in a process. */
int lwip_load(const char *folder, char *error);

/* The compiler that is asked, and whether there is one. */
const char *lwip_compiler(void);
bool lwip_can_compile(void);

/* For the parts of it only. */

/* Fills in the calls of `stack` for the adapter's: they take descriptors as the kernel's do, each
 * of which stands for a socket of lwIP. What is no socket of lwIP goes to the kernel. */
const struct socket_calls *lwip_sockets(const struct lwip_adapter *adapter);
/* Which hosts stand for this one, and for the other: where a program says 127.0.0.1 or ::1. */
void lwip_set_hosts(const struct lwip_host *own, const struct lwip_host *other);

/* Whether a frame is to be dropped, because it is for a socket with a filter (`blackhole`). */
bool lwip_is_filtered(const uint8_t *frame, size_t length);

/* See struct user_stack; `theirs` are the calls that this build of lwIP has. */
bool lwip_lacks(const struct socket_calls *theirs, const struct script *script,
	enum variant variant, char *ret_reason);

#endif
