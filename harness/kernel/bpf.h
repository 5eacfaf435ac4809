/* SPDX-License-Identifier: MIT */
/* The one BPF program that cases need, by bare system calls: an iterator over the namespace's TCP
 * sockets that destroys one of them with the kernel function bpf_sock_destroy(). Linux 6.5 and BTF
 * are needed, and rights outside every user namespace. */
#ifndef LASTACK_HARNESS_BPF_H
#define LASTACK_HARNESS_BPF_H

#include "shared.h"

/* Destroys the end with these ports, a listener if the peer has none. Returns what the kernel
 * function said (0 or a negative errno), -ENOENT if there is no such end, or why the program could
 * not be loaded or run. */
int bpf_destroy(const union address *local, const union address *peer);

/* 0 if bpf_destroy() can work here, else a negative errno. */
int bpf_destroy_is_possible(void);

#endif
