/* SPDX-License-Identifier: MIT */
/* What a bare walk through a capture comes to. Two readers that print the same have read the same.
 */
#ifndef LASTACK_CAPTURE_BENCH_COUNT_H
#define LASTACK_CAPTURE_BENCH_COUNT_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct count {
	uint64_t records;
	uint64_t sum; /* over all that was read, if it is asked for */
};

/* FNV-1a. */
static inline uint64_t count_sum(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	return sum;
}

static inline void count_add(struct count *count, int64_t time_ns, uint32_t length,
	int32_t linktype, const uint8_t *bytes, uint32_t captured)
{
	count->sum = count_sum(count->sum, &time_ns, sizeof(time_ns));
	count->sum = count_sum(count->sum, &length, sizeof(length));
	count->sum = count_sum(count->sum, &linktype, sizeof(linktype));
	count->sum = count_sum(count->sum, &captured, sizeof(captured));
	count->sum = count_sum(count->sum, bytes, captured);
}

static inline void count_print(const struct count *count, int has_sum)
{
	printf("%" PRIu64 " records\n", count->records);
	if (has_sum)
		printf("%016" PRIx64 "\n", count->sum);
}

#endif
