/* SPDX-License-Identifier: MIT */
/* By what a segment that the verb `deliver` sends once more is known to whatever drops the others:
 * a blackhole, a firewall. How the Ethernet source address begins; a mark would not pass a link. */
#ifndef LASTACK_HARNESS_DELIVERED_H
#define LASTACK_HARNESS_DELIVERED_H

#define DELIVERED_SOURCE 0x026c6163
#define DELIVERED_SOURCE_AT 6

#endif
