/* SPDX-License-Identifier: MIT */
/* Bytes of a frame -> segment. Pure; reads bytes only through bounds-checked accessors. A short
 * or malformed frame is a value, never an error. Link types: EN10MB (with 802.1Q/802.1ad tags),
 * NULL, LOOP, RAW (12 and 101), IPV4, IPV6, LINUX_SLL, LINUX_SLL2; numbers as LINKTYPE_/DLT_ in
 * pcap-linktype(7). IPv4 with options; IPv6 with hop-by-hop, routing, destination, fragment
 * (first) and AH headers. A stated length of 0 (TSO, BIG TCP, jumbograms) stands for the frame's
 * own. */
#ifndef LASTACK_CAPTURE_DECODE_H
#define LASTACK_CAPTURE_DECODE_H

#include <stddef.h>

#include "segment.h"

/* Decodes `captured` bytes of a frame that was `length` bytes on the wire. Fills *ret as far as the
 * returned kind says; time_ns is left 0. An unknown link type gives FRAME_OTHER. */
enum frame_kind frame_decode(
	int linktype, const uint8_t *bytes, size_t captured, size_t length, struct segment *ret);

/* The same without the short way for the usual frame: for tests, which compare the two. */
enum frame_kind frame_decode_slowly(
	int linktype, const uint8_t *bytes, size_t captured, size_t length, struct segment *ret);

/* Whether frame_decode() knows this link type, and its name for messages ("EN10MB"; NULL if
 * unknown). */
bool linktype_known(int linktype);
const char *linktype_name(int linktype);

#endif
