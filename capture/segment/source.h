/* SPDX-License-Identifier: MIT */
/* Frames from a live device, by libpcap: immediate mode, small snaplen, nanosecond stamps,
 * outgoing copies ignored on `lo` (where the kernel shows each frame twice). Only source.c
 * and foreign.c include pcap.h. A kernel without a ring for captures (gVisor) is asked frame by
 * frame. */
#ifndef LASTACK_CAPTURE_SOURCE_H
#define LASTACK_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment.h"

struct source;

#define SOURCE_ERROR_SIZE 256

/* One frame as it came: for decoding and for saving. `bytes` is valid during the callback only. */
struct frame {
	int64_t time_ns;
	const uint8_t *bytes;
	size_t captured, length;
	enum frame_kind kind;
	struct segment segment; /* as far as `kind` says, time_ns set */
};

typedef void frame_callback(const struct frame *frame, void *data);

/* Opens a live capture on `device` in the caller's network namespace, non-blocking, with a ring
 * of `ring_bytes` (0: 512 KiB, enough for about 1500 frames). Needs CAP_NET_RAW there. Returns
 * 0, or a negative errno with the reason in error[SOURCE_ERROR_SIZE]: -EPERM no right to
 * capture, -ENODEV no such device, -EIO anything else. */
int source_open_live(const char *device, int ring_bytes, struct source **ret, char *error);
/* The same without libpcap, by a packet socket's queue of `bytes` (0: as much as the kernel gives);
 * for kernels without a ring, where source_open_live() takes to it. */
int source_open_queue(const char *device, int bytes, struct source **ret, char *error);
void source_close(struct source *source);

/* In a forked child that has no use for the capture: drops the descriptor without the tens of
 * milliseconds that source_close() costs. The source must not be used afterwards. */
void source_abandon(struct source *source);

/* A descriptor that polls readable when frames wait. Owned by the source. */
int source_fd(const struct source *source);
int source_linktype(const struct source *source);

/* Hands every frame that waits now to the callback, without blocking. Returns how many, or -EIO. */
int source_read(struct source *source, frame_callback *callback, void *data);

/* Frames dropped for want of room since it was opened, or -EIO. Always 0 where the kernel does not
 * count them (gVisor): there only the device's own counters tell. */
int64_t source_drops(struct source *source);

#endif
