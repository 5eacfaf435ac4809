/* SPDX-License-Identifier: MIT */
/* Writes frames to a classic nanosecond pcap file that tcpdump and Wireshark open. */
#ifndef LASTACK_CAPTURE_SAVEFILE_H
#define LASTACK_CAPTURE_SAVEFILE_H

#include "source.h"

struct savefile;

/* Creates `path` (truncates). Returns 0 or a negative errno. */
int savefile_open(const char *path, int linktype, struct savefile **ret);
int savefile_add(struct savefile *savefile, const struct frame *frame);
/* Flushes and closes; returns 0 or a negative errno if anything was not written. Frees in any
 * case. */
int savefile_close(struct savefile *savefile);

#endif
