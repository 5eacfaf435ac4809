/* SPDX-License-Identifier: MIT */
/* A packet filter for the TCP segments that a host receives or sends over a device: one nf_tables
 * rule, or none. What it answers itself to its own host does not pass that device. Knows nothing of
 * cases. */
#ifndef LASTACK_HARNESS_FIREWALL_H
#define LASTACK_HARNESS_FIREWALL_H

struct netlink;

enum firewall_chain { FIREWALL_INPUT, FIREWALL_OUTPUT };

enum firewall_verdict {
	FIREWALL_ACCEPT, /* takes the rule away */
	FIREWALL_DROP,
	FIREWALL_RESET, /* the verdicts from here on drop, and answer in the name of the receiver */
	FIREWALL_PORT_UNREACHABLE,
	FIREWALL_HOST_UNREACHABLE,
	FIREWALL_PROHIBITED, /* ICMP: administratively prohibited */
};

/* In the namespace of the handle, for the device with that index. 0 or a negative errno;
 * -EOPNOTSUPP: the kernel has no nf_tables, or not all of what this takes. */
int firewall_set(struct netlink *netlink, int device, enum firewall_chain chain,
	enum firewall_verdict verdict);

#endif
