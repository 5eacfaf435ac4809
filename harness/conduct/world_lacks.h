/* SPDX-License-Identifier: MIT */
/* What a kernel lacks of what a world uses, and how a world does without. */
#ifndef LASTACK_HARNESS_WORLD_LACKS_H
#define LASTACK_HARNESS_WORLD_LACKS_H

#include <stdbool.h>
#include <stdint.h>

struct netlink_frames;
struct world;

/* What this kernel lacks of what a world uses, found out while the world is made. Of the mainline
 * kernels none lacks any of it but counters; gVisor lacks all. */
struct world_lacks {
	bool quickack_routes; /* FINs are acknowledged as the kernel likes */
	bool sock_diag; /* states are those of open sockets only */
	bool tcp_diag; /* a Linux without that module: its states are in /proc/net/tcp */
	bool device_statistics; /* over netlink */
	bool frame_order; /* TCP's work is behind a queue of its own, not in that of lo */
	uint32_t counters; /* a bit for each enum counter; old kernels lack some as well */
};

/* Finds out all of it but quickack_routes and counters, and opens the TCP marker where that is
 * needed. Wants world->netlink and the device up. 0, or a negative errno with error[] filled
 * (-EOPNOTSUPP: this kernel can be conducted on one CPU only). */
int lacks_find_order(struct world *world, char *error);

/* Finds out which counters there are; wants world->counters. */
void lacks_find_counters(struct world *world);

/* Writes a sysctl of the caller's network namespace; 0 also if it has the value already and cannot
 * be written. Else a negative errno. */
int lacks_ensure_sysctl(const char *name, const char *value);

/* 0 also if the device is up in a kernel that lets nobody change it; else a negative errno with
 * error[] filled. */
int lacks_take_device_up(struct world *world, char *error);

/* The frames that have passed the world's device, over netlink or by /proc. 0 or a negative errno.
 */
int lacks_device_frames(const struct world *world, struct netlink_frames *ret);

#endif
