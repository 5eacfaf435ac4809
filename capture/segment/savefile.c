/* SPDX-License-Identifier: MIT */
/* Writes the classic pcap format with nanosecond stamps (draft-ietf-opsawg-pcap), in the byte
 * order of this machine. Knows bytes and a file; must not know what is in a frame. The first
 * error sticks: every later call returns it, so that a caller who looks only at savefile_close()
 * learns of it. */
#include "savefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_SECOND 1000000000
#define MAGIC_NANOSECONDS 0xa1b23c4du

enum {
	SNAPLEN = 262144, /* what tcpdump writes; readers refuse records beyond it */
	DLT_RAW = 12,
	LINKTYPE_RAW = 101,
};

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy; /* always 0 */
	uint32_t snaplen, linktype;
};

struct record_header {
	uint32_t seconds, nanoseconds;
	uint32_t captured, length;
};

_Static_assert(sizeof(struct file_header) == 24, "laid out as in the file");
_Static_assert(sizeof(struct record_header) == 16, "laid out as in the file");

struct savefile {
	FILE *file;
	int error; /* the first one, negative */
};

static int savefile_write(struct savefile *savefile, const void *bytes, size_t size)
{
	if (savefile->error)
		return savefile->error;
	errno = 0;
	if (size && fwrite(bytes, size, 1, savefile->file) != 1)
		savefile->error = errno ? -errno : -EIO;
	return savefile->error;
}

int savefile_open(const char *path, int linktype, struct savefile **ret)
{
	/* Systems number DLT_RAW differently: files have a number of their own for it. */
	const struct file_header header = {
		.magic = MAGIC_NANOSECONDS,
		.major = 2,
		.minor = 4,
		.snaplen = SNAPLEN,
		.linktype = (uint32_t)(linktype == DLT_RAW ? LINKTYPE_RAW : linktype),
	};
	struct savefile *savefile = calloc(1, sizeof(*savefile));
	int error;

	if (!savefile)
		return -ENOMEM;
	savefile->file = fopen(path, "wbe");
	if (!savefile->file) {
		error = -errno;
		free(savefile);
		return error;
	}
	error = savefile_write(savefile, &header, sizeof(header));
	if (error < 0) {
		savefile_close(savefile);
		return error;
	}
	*ret = savefile;
	return 0;
}

/* A frame that the format cannot say is refused before anything of it is written. */
int savefile_add(struct savefile *savefile, const struct frame *frame)
{
	struct record_header header;

	if (frame->time_ns < 0 || frame->time_ns / NS_PER_SECOND > UINT32_MAX ||
		frame->captured > SNAPLEN || frame->length > UINT32_MAX)
		return -EINVAL;
	header = (struct record_header){
		.seconds = (uint32_t)(frame->time_ns / NS_PER_SECOND),
		.nanoseconds = (uint32_t)(frame->time_ns % NS_PER_SECOND),
		.captured = (uint32_t)frame->captured,
		.length = (uint32_t)frame->length,
	};
	savefile_write(savefile, &header, sizeof(header));
	return savefile_write(savefile, frame->bytes, frame->captured);
}

int savefile_close(struct savefile *savefile)
{
	int error = savefile->error;

	errno = 0;
	if (fclose(savefile->file) && !error)
		error = errno ? -errno : -EIO;
	free(savefile);
	return error;
}
