/* SPDX-License-Identifier: MIT */
/* A packet filter for the TCP segments that a host receives or sends over a device: one nf_tables
 * rule, or none. What it answers itself to its own host does not pass that device. Knows nothing of
 * cases. */
#ifndef LASTACK_HARNESS_FIREWALL_H
#define LASTACK_HARNESS_FIREWALL_H

#include "vocabulary.h" /* enum firewall_chain, enum firewall_verdict */

struct netlink;

/* In the namespace of the handle, for the device with that index. 0 or a negative errno;
 * -EOPNOTSUPP: the kernel has no nf_tables, or not all of what this takes. */
int firewall_set(struct netlink *netlink, int device, enum firewall_chain chain,
	enum firewall_verdict verdict);

#endif
