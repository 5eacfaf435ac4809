/* SPDX-License-Identifier: MIT */
/* Endpoints as keys: whether two are the same, and a hash of one. The hash is not for an enemy's
 * input: who chooses addresses and ports to collide only makes this slow. */
#ifndef LASTACK_CAPTURE_ENDPOINT_H
#define LASTACK_CAPTURE_ENDPOINT_H

#include <string.h>

#include "segment.h"

/* Every bit of the number bears on the upper half of the result. */
static inline uint64_t hash_mix(uint64_t number)
{
	number = (number ^ (number >> 31)) * 0x9e3779b97f4a7c15u;
	return (number ^ (number >> 29)) * 0xbf58476d1ce4e5b9u;
}

/* An IPv4 address as it lies in memory. */
static inline uint32_t endpoint_address4(const struct endpoint *endpoint)
{
	uint32_t address;

	memcpy(&address, endpoint->address, sizeof(address));
	return address;
}

static inline uint64_t endpoint_hash(const struct endpoint *endpoint)
{
	uint64_t half[2];

	if (endpoint->family != 6)
		return hash_mix((uint64_t)endpoint_address4(endpoint) << 16 | endpoint->port);
	memcpy(half, endpoint->address, sizeof(half));
	return hash_mix(hash_mix(hash_mix(half[0]) + half[1]) + endpoint->port);
}

static inline bool endpoint_equals(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
		!memcmp(a->address, b->address, sizeof(a->address));
}

#endif
