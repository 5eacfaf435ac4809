/* SPDX-License-Identifier: MIT */
/* Opens a capture, finds who can walk it, and says how it ended. Must not know any format. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foreign.h"
#include "stranger.h"
#include "walk.h"

struct file {
	struct input *input;
	const struct walk_format *format; /* or: */
	struct foreign *foreign;
	struct walk walk;
	int own_fd; /* -1: the caller's */
	uint64_t records;
	bool has_ended;
	int ending; /* then: 0 or a negative errno */
	char note[FILE_ERROR_SIZE]; /* "": none */
};

static const struct walk_format *const formats[] = {&walk_pcap, &walk_pcapng};

__attribute__((format(printf, 3, 4))) static int complain(
	char *error, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, FILE_ERROR_SIZE, format, args);
	va_end(args);
	return number;
}

static bool format_find(struct file *file)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		file->walk = (struct walk){.input = file->input};
		file->format = formats[i];
		if (file->format->begin(&file->walk))
			return true;
	}
	file->format = NULL;
	return false;
}

static int foreign_begin(struct file *file, const char *name, char *error)
{
	const char *stranger = stranger_find(file->input); /* before libpcap has taken its bytes */
	char why[FOREIGN_WHY_SIZE] = "";
	int r;

	if (stranger)
		return complain(error, -EBADMSG, "%s: %s", name, stranger);
	r = foreign_open(file->input, &file->foreign, why);
	if (r == -EBADMSG)
		return complain(error, r,
			"%s: not a capture file that is known here, nor to libpcap: %s "
			"(Wireshark's editcap converts others)",
			name, why);
	return r < 0 ? complain(error, r, "%s: %s", name, strerror(-r)) : 0;
}

static int file_begin(struct file *file, int fd, const char *name, char *error)
{
	char why[INPUT_WHY_SIZE] = "";
	int r = input_open(fd, &file->input, why);

	if (r == -EBADMSG)
		return complain(error, r, "%s: cannot be decompressed: %s", name, why);
	if (r < 0)
		return complain(error, r, "%s: %s", name, strerror(-r));
	if (!input_left(file->input))
		return complain(error, -ENODATA, "%s: there is nothing in it", name);
	return format_find(file) ? 0 : foreign_begin(file, name, error);
}

int file_open_fd(int fd, const char *name, struct file **ret, char *error)
{
	struct file *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return complain(error, -ENOMEM, "%s: %s", name, strerror(ENOMEM));
	file->own_fd = -1;
	r = file_begin(file, fd, name, error);
	if (r < 0)
		file_close(file);
	else
		*ret = file;
	return r;
}

int file_open(const char *path, struct file **ret, char *error)
{
	int fd, r;

	if (!strcmp(path, "-"))
		return file_open_fd(STDIN_FILENO, "standard input", ret, error);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(error, -errno, "%s: %s", path, strerror(errno));
	r = file_open_fd(fd, path, ret, error);
	if (r < 0)
		close(fd);
	else
		(*ret)->own_fd = fd;
	return r;
}

void file_close(struct file *file)
{
	if (!file)
		return;
	foreign_close(file->foreign);
	walk_release(&file->walk);
	input_close(file->input);
	if (file->own_fd >= 0)
		close(file->own_fd);
	free(file);
}

/* `what` is NULL if the file is whole. */
static int file_end(struct file *file, int ending, const char *what, const char *why)
{
	file->has_ended = true;
	file->ending = ending;
	if (what)
		complain(file->note, 0, "%s after record %" PRIu64 "%s%s", what, file->records,
			*why ? ": " : "", why);
	return ending;
}

static int foreign_batch(struct file *file, struct frame_header *ret)
{
	char why[FOREIGN_WHY_SIZE] = "";
	int r = foreign_next(file->foreign, ret, why);

	if (r <= 0)
		return file_end(file, 0, r < 0 ? "damaged" : NULL, why);
	file->records++;
	return 1;
}

/* Nothing whole is at hand, and nothing wrong. Returns whether there is more now. */
static bool file_fill(struct file *file, int *ret)
{
	ssize_t got = input_fill(file->input);
	bool is_cut = input_left(file->input) || file->walk.is_inside;

	*ret = (int)got;
	if (got > 0)
		return true;
	if (got == -EBADMSG)
		*ret = file_end(file, 0, "damaged", file->input->why);
	else if (got != -EINTR)
		file_end(file, *ret,
			got < 0          ? "reading failed"
				: is_cut ? "cut short"
					 : NULL,
			got < 0 ? strerror((int)-got) : "");
	return false;
}

static int walk_batch(struct file *file, struct frame_header *batch, size_t room)
{
	size_t count;
	int r;

	do {
		count = file->format->take(&file->walk, batch, room);
		if (count) {
			file->records += count;
			return (int)count;
		}
		if (*file->walk.damage)
			return file_end(file, 0, "damaged", file->walk.damage);
	} while (file_fill(file, &r));
	return r;
}

int file_next_batch(struct file *file, struct frame_header *batch, size_t room)
{
	if (file->has_ended)
		return file->ending;
	if (file->foreign)
		return foreign_batch(file, batch);
	return walk_batch(file, batch, room < INT_MAX ? room : INT_MAX);
}

const char *file_note(const struct file *file)
{
	return *file->note ? file->note : NULL;
}

uint64_t file_records(const struct file *file)
{
	return file->records;
}

const char *file_format(const struct file *file)
{
	return file->format ? file->format->name : "libpcap";
}
