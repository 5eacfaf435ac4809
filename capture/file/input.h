/* SPDX-License-Identifier: MIT */
/* The bytes of a descriptor, through a buffer, decompressed if their first bytes say that they are
 * compressed. Not for other rooms: file.h is. */
#ifndef LASTACK_CAPTURE_INPUT_H
#define LASTACK_CAPTURE_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Never more than this is needed at once. */
#define INPUT_NEED_MAX (512 * 1024)

#define INPUT_WHY_SIZE 128

struct input {
	uint8_t *bytes;
	size_t begin, end; /* what is at hand; whoever uses it up moves `begin` */
	char why[INPUT_WHY_SIZE]; /* after -EBADMSG of input_fill(), what the decompressor says */
	struct origin *origin;
};

/* The descriptor stays the caller's. Returns 0, with the first bytes (12, or all there are) at
 * hand; -ENOMEM, whatever read() says, or -EBADMSG with the reason in why[INPUT_WHY_SIZE].
 * input_close() takes NULL. */
int input_open(int fd, struct input **ret, char *why);
void input_close(struct input *input);

static inline const uint8_t *input_at(const struct input *input)
{
	return input->bytes + input->begin;
}

static inline size_t input_left(const struct input *input)
{
	return input->end - input->begin;
}

/* Moves what is at hand and reads once, whatever is there (0: the end, for good).
 * Returns how many bytes it added, or a negative errno: -EBADMSG if they cannot be decompressed,
 * -EINTR only of what is not compressed. What is at hand must be less than INPUT_NEED_MAX. */
ssize_t input_fill(struct input *input);

#endif
