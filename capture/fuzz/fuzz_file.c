/* SPDX-License-Identifier: MIT */
/* Any bytes at all, as a capture file: no record claims more than there is, and the number of
 * records asked for at once makes no difference. Input: the file. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

enum { ROOM = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a walk through the file came to. */
struct walked {
	int opened;
	uint64_t records, sum;
	char note[FILE_ERROR_SIZE];
};

static void expect(bool claim)
{
	if (!claim)
		abort();
}

/* FNV-1a: each byte is read, and all that differs shows. */
static uint64_t sum_add(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	return sum;
}

static void frame_add(struct walked *walked, const struct frame_header *frame)
{
	expect(frame->captured <= frame->length);
	expect(frame->captured <= FILE_CAPTURED_MAX);
	walked->sum = sum_add(walked->sum, &frame->time_ns, sizeof(frame->time_ns));
	walked->sum = sum_add(walked->sum, &frame->length, sizeof(frame->length));
	walked->sum = sum_add(walked->sum, &frame->interface, sizeof(frame->interface));
	walked->sum = sum_add(walked->sum, frame->bytes, frame->captured);
}

static void file_walk(struct file *file, size_t room, struct walked *ret)
{
	struct frame_header batch[ROOM];
	int count;

	while ((count = file_next_batch(file, batch, room)) > 0) {
		expect((size_t)count <= room);
		expect(!file_note(file));
		for (int i = 0; i < count; i++)
			frame_add(ret, &batch[i]);
		ret->records += (uint64_t)count;
	}
	expect(!count);
	expect(file_records(file) == ret->records);
	if (file_note(file))
		strcpy(ret->note, file_note(file));
}

static void fd_walk(int fd, size_t room, struct walked *ret)
{
	char error[FILE_ERROR_SIZE];
	struct file *file;

	memset(ret, 0, sizeof(*ret));
	expect(lseek(fd, 0, SEEK_SET) == 0);
	ret->opened = file_open_fd(fd, "input", &file, error);
	if (ret->opened < 0)
		return;
	file_walk(file, room, ret);
	file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walked one, several;
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size) {
		fd_walk(fd, 1, &one);
		fd_walk(fd, ROOM, &several);
		expect(!memcmp(&one, &several, sizeof(one)));
	}
	close(fd);
	return 0;
}
