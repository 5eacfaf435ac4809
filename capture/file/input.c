/* SPDX-License-Identifier: MIT */
/* read() into a buffer, or libarchive's filters between the two. Knows descriptors and libarchive;
 * must not know a capture's format. A quarter of a MiB per read() stays in the second-level cache
 * while it is walked, and was measured as fast as mmap(), which no pipe has and a file that is
 * truncated meanwhile makes fatal. */
#include "input.h"

#include <archive.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_SIZE = 256 * 1024,
	BUFFER_SIZE = INPUT_NEED_MAX + READ_SIZE,
	PAGE = 4096, /* divides both */
	FIRST = 12, /* bytes that tell every kind apart */
	PACKED_SIZE = FIRST + READ_SIZE, /* what was read to tell it */
};

struct origin {
	int fd;
	struct archive *archive; /* if compressed; then: */
	bool is_empty; /* once decompressed */
	size_t packed_end; /* read already when it turned out so */
	const uint8_t *unpacked; /* libarchive's, until it is asked for more */
	size_t unpacked_size;
	int error; /* of read(), which libarchive only passes on as a text */
	uint8_t packed[PACKED_SIZE];
};

/* One by one: archive_read_support_filter_all() would start programs too. */
static const struct compression {
	const char *magic;
	size_t size;
	int (*support)(struct archive *);
} compressions[] = {
	{"\x1f\x8b", 2, archive_read_support_filter_gzip},
	{"\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd},
	{"\xfd"
	 "7zXZ",
		6, archive_read_support_filter_xz}, /* with its final zero */
	{"\x04\x22\x4d\x18", 4, archive_read_support_filter_lz4},
	{"BZh", 3, archive_read_support_filter_bzip2},
	{"LZIP", 4, archive_read_support_filter_lzip},
	{"\x1f\x9d", 2, archive_read_support_filter_compress},
};

static const struct compression *compression_find(const struct input *input)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(*compressions); i++)
		if (input_left(input) >= compressions[i].size &&
			!memcmp(input_at(input), compressions[i].magic, compressions[i].size))
			return &compressions[i];
	return NULL;
}

/* Waits for a descriptor that does not wait by itself, as a pipe from a program can be. */
static ssize_t fd_read(int fd, void *ret, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t got = read(fd, ret, size);

	while (got < 0 && errno == EAGAIN) {
		if (poll(&ready, 1, -1) < 0)
			return -errno;
		got = read(fd, ret, size);
	}
	return got < 0 ? -errno : got;
}

/* libarchive has no use for a read that a signal ended. */
static ssize_t packed_read(struct archive *archive, void *data, const void **ret_bytes)
{
	struct origin *origin = data;
	ssize_t got = (ssize_t)origin->packed_end;

	*ret_bytes = origin->packed;
	origin->packed_end = 0;
	if (got)
		return got;
	do
		got = fd_read(origin->fd, origin->packed, PACKED_SIZE);
	while (got == -EINTR);
	if (got < 0)
		origin->error = (int)got;
	return got < 0 ? -1 : got;
}

static int archive_blame(struct input *input)
{
	const char *why = archive_error_string(input->origin->archive);

	snprintf(input->why, sizeof(input->why), "%s", why ? why : "no reason was given");
	return input->origin->error ? input->origin->error : -EBADMSG;
}

static int archive_begin(struct input *input, const struct compression *compression)
{
	struct origin *origin = input->origin;
	struct archive_entry *entry;
	int status = ARCHIVE_FATAL;

	origin->archive = archive_read_new();
	if (!origin->archive)
		return -ENOMEM;
	if (compression->support(origin->archive) == ARCHIVE_OK &&
		archive_read_support_format_raw(origin->archive) == ARCHIVE_OK &&
		archive_read_support_format_empty(origin->archive) == ARCHIVE_OK &&
		archive_read_open(origin->archive, origin, NULL, packed_read, NULL) == ARCHIVE_OK)
		status = archive_read_next_header(origin->archive, &entry);
	origin->is_empty = status == ARCHIVE_EOF;
	return status == ARCHIVE_OK || origin->is_empty ? 0 : archive_blame(input);
}

static int input_unpack(struct input *input, const struct compression *compression)
{
	struct origin *origin = input->origin;

	origin->packed_end = input_left(input);
	memcpy(origin->packed, input_at(input), origin->packed_end);
	input->begin = input->end;
	return archive_begin(input, compression);
}

/* A raw entry has one block after the other, without holes. */
static ssize_t unpacked_read(struct input *input, uint8_t *ret, size_t size)
{
	struct origin *origin = input->origin;
	la_int64_t offset;
	int status;

	if (origin->is_empty)
		return 0;
	while (!origin->unpacked_size) {
		const void *block;

		status = archive_read_data_block(
			origin->archive, &block, &origin->unpacked_size, &offset);
		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK) {
			origin->unpacked_size = 0;
			return archive_blame(input);
		}
		origin->unpacked = block;
	}
	if (size > origin->unpacked_size)
		size = origin->unpacked_size;
	memcpy(ret, origin->unpacked, size);
	origin->unpacked += size;
	origin->unpacked_size -= size;
	return (ssize_t)size;
}

/* What is at hand goes right before the place that is read to, so that this one is always the same:
 * the kernel copies fastest to the beginning of a page. */
ssize_t input_fill(struct input *input)
{
	size_t left = input_left(input);
	ssize_t got;

	memmove(input->bytes + INPUT_NEED_MAX - left, input->bytes + input->begin, left);
	input->begin = INPUT_NEED_MAX - left;
	input->end = INPUT_NEED_MAX;
	got = input->origin->archive
		? unpacked_read(input, input->bytes + input->end, READ_SIZE)
		: fd_read(input->origin->fd, input->bytes + input->end, READ_SIZE);
	if (got > 0)
		input->end += (size_t)got;
	return got;
}

/* Until the kind of the bytes can be told. */
static int input_peek(struct input *input)
{
	ssize_t got = 1;

	while (input_left(input) < FIRST && got) {
		got = input_fill(input);
		if (got < 0)
			return (int)got;
	}
	return 0;
}

static int input_begin(struct input *input, int fd)
{
	const struct compression *compression;
	int r;

	input->bytes = aligned_alloc(PAGE, BUFFER_SIZE);
	input->origin = calloc(1, sizeof(*input->origin));
	if (!input->bytes || !input->origin)
		return -ENOMEM;
	input->origin->fd = fd;
	r = input_peek(input);
	if (r < 0)
		return r;
	compression = compression_find(input);
	if (!compression)
		return 0;
	r = input_unpack(input, compression);
	return r < 0 ? r : input_peek(input);
}

int input_open(int fd, struct input **ret, char *why)
{
	struct input *input = calloc(1, sizeof(*input));
	int r;

	if (!input)
		return -ENOMEM;
	r = input_begin(input, fd);
	if (r < 0) {
		memcpy(why, input->why, INPUT_WHY_SIZE);
		input_close(input);
		return r;
	}
	*ret = input;
	return 0;
}

void input_close(struct input *input)
{
	if (!input)
		return;
	if (input->origin && input->origin->archive)
		archive_read_free(input->origin->archive);
	free(input->origin);
	free(input->bytes);
	free(input);
}
