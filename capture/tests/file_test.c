/* SPDX-License-Identifier: MIT */
/* What is in a capture file comes out of the reader: in every format, cut anywhere,
 * through a pipe, compressed. What is in it, the specimens say, and libpcap where it can. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "run.h"
#include "specimen.h"

enum {
	ROOM = 3,
	FIRST = 12, /* fewer bytes do not tell every format */
	HEADER = 24, /* what libpcap wants at once */
};

static char error[FILE_ERROR_SIZE];

static void frame_check(
	const struct specimen *specimen, size_t which, const struct frame_header *saw)
{
	const struct specimen_frame *want = &specimen->frames[which];

	ck_assert_uint_lt(which, specimen->frame_count);
	ck_assert_msg(saw->time_ns == want->time_ns, "%s, frame %zu: time %lld, want %lld",
		specimen->name, which + 1, (long long)saw->time_ns, (long long)want->time_ns);
	ck_assert_msg(saw->captured == want->captured && saw->length == want->length &&
			saw->linktype == want->linktype && saw->interface == want->interface,
		"%s, frame %zu: captured %u length %u linktype %d interface %u", specimen->name,
		which + 1, saw->captured, saw->length, saw->linktype, saw->interface);
	ck_assert_msg(
		!want->captured || !memcmp(saw->bytes, specimen->bytes + want->at, want->captured),
		"%s, frame %zu: other bytes", specimen->name, which + 1);
}

/* Reads to the end. Returns how many frames came, each as it should be. */
static size_t frames_check(struct file *file, const struct specimen *specimen, size_t room)
{
	struct frame_header batch[SPECIMEN_FRAMES];
	size_t seen = 0;
	int count;

	while ((count = file_next_batch(file, batch, room)) > 0) {
		ck_assert_uint_le((size_t)count, room);
		for (int i = 0; i < count; i++)
			frame_check(specimen, seen++, &batch[i]);
		ck_assert_uint_eq(file_records(file), seen);
	}
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(file_next_batch(file, batch, room), 0);
	return seen;
}

START_TEST(every_format_is_read)
{
	struct specimen specimen;
	struct file *file;
	int fd;

	specimen_make((size_t)_i, &specimen);
	for (size_t room = 1; room <= SPECIMEN_FRAMES; room++) {
		fd = bytes_fd(specimen.bytes, specimen.size);
		ck_assert_msg(file_open_fd(fd, "specimen", &file, error) == 0, "%s", error);
		ck_assert_str_eq(file_format(file), specimen.format);
		ck_assert_uint_eq(frames_check(file, &specimen, room), specimen.frame_count);
		ck_assert_ptr_null(file_note(file));
		file_close(file);
		close(fd);
	}
}
END_TEST

static bool is_end(const struct specimen *specimen, size_t size)
{
	for (size_t i = 0; i < specimen->end_count; i++)
		if (specimen->ends[i] == size)
			return true;
	return false;
}

static size_t frames_before(const struct specimen *specimen, size_t size)
{
	size_t count = 0;

	while (count < specimen->frame_count && specimen->frames[count].end <= size)
		count++;
	return count;
}

static void cut_check(const struct specimen *specimen, size_t size)
{
	size_t want = frames_before(specimen, size);
	bool is_foreign = !strcmp(specimen->format, "libpcap");
	struct file *file;
	char note[64];
	int fd = bytes_fd(specimen->bytes, size);
	int r = file_open_fd(fd, "specimen", &file, error);

	if (r && size < (is_foreign ? HEADER : FIRST)) {
		ck_assert_int_eq(r, size ? -EBADMSG : -ENODATA);
		close(fd);
		return;
	}
	ck_assert_msg(r == 0, "%s, cut at %zu: %s", specimen->name, size, error);
	snprintf(note, sizeof(note), "%s after record %zu", is_foreign ? "damaged" : "cut short",
		want);
	ck_assert_uint_eq(frames_check(file, specimen, ROOM), want);
	if (is_end(specimen, size))
		ck_assert_msg(!file_note(file), "%s, cut at %zu: %s", specimen->name, size,
			file_note(file));
	else
		ck_assert_msg(file_note(file) && !strncmp(file_note(file), note, strlen(note)),
			"%s, cut at %zu: %s, want %s", specimen->name, size,
			file_note(file) ? file_note(file) : "no note", note);
	file_close(file);
	close(fd);
}

START_TEST(every_cut_is_told)
{
	struct specimen specimen;

	specimen_make((size_t)_i, &specimen);
	for (size_t size = 0; size <= specimen.size; size++)
		cut_check(&specimen, size);
}
END_TEST

/* libpcap's own count of a capture, each frame compared. */
static size_t libpcap_check(const struct specimen *specimen, size_t size)
{
	char why[PCAP_ERRBUF_SIZE];
	FILE *stream = fdopen(bytes_fd(specimen->bytes, size), "rb");
	pcap_t *pcap =
		pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	size_t seen = 0;

	if (!pcap) {
		fclose(stream);
		return 0;
	}
	for (; pcap_next_ex(pcap, &header, &bytes) == 1; seen++)
		frame_check(specimen, seen,
			&(struct frame_header){
				.time_ns = header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
				.captured = header->caplen,
				.length = header->len,
				.linktype = pcap_datalink(pcap),
				.bytes = bytes,
				.interface = specimen->frames[seen].interface,
			});
	pcap_close(pcap);
	return seen;
}

/* The specimens say the same to libpcap, cut anywhere: what the other tests rely on. */
START_TEST(libpcap_sees_the_same)
{
	struct specimen specimen;

	specimen_make((size_t)_i, &specimen);
	if (!specimen.libpcap_agrees)
		return;
	for (size_t size = 24; size <= specimen.size; size++)
		ck_assert_uint_eq(libpcap_check(&specimen, size), frames_before(&specimen, size));
}
END_TEST

/* A pipe hands over what is in it: a frame comes as soon as its last byte is there. */
START_TEST(nothing_waits_for_the_end_of_a_pipe)
{
	struct frame_header batch[SPECIMEN_FRAMES];
	struct specimen specimen;
	struct file *file;
	size_t written = 0;
	int fds[2];

	specimen_make((size_t)_i, &specimen);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	for (size_t i = 0; i < specimen.frame_count; i++) {
		size_t size = specimen.frames[i].end - written;

		ck_assert_int_eq(write(fds[1], specimen.bytes + written, size), (ssize_t)size);
		written += size;
		if (!i)
			ck_assert_int_eq(file_open_fd(fds[0], "pipe", &file, error), 0);
		ck_assert_int_eq(file_next_batch(file, batch, SPECIMEN_FRAMES), 1);
		frame_check(&specimen, i, batch);
	}
	close(fds[1]);
	ck_assert_int_eq(file_next_batch(file, batch, SPECIMEN_FRAMES), 0);
	ck_assert_ptr_null(file_note(file));
	file_close(file);
	close(fds[0]);
}
END_TEST

struct writer {
	const struct specimen *specimen;
	int fd;
};

static void *bytes_write(void *data)
{
	const struct writer *writer = data;

	for (size_t i = 0; i < writer->specimen->size; i++)
		if (send(writer->fd, writer->specimen->bytes + i, 1, MSG_NOSIGNAL) != 1)
			break;
	close(writer->fd);
	return NULL;
}

/* A socket that keeps messages apart, so that every read() gets one byte; for every other specimen
 * one that does not wait. */
START_TEST(byte_by_byte_it_is_the_same)
{
	struct specimen specimen;
	struct writer writer = {.specimen = &specimen};
	struct file *file;
	pthread_t thread;
	int fds[2];

	specimen_make((size_t)_i, &specimen);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	writer.fd = fds[1];
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, _i % 2 ? O_NONBLOCK : 0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, bytes_write, &writer), 0);
	ck_assert_int_eq(file_open_fd(fds[0], "socket", &file, error), 0);
	ck_assert_uint_eq(frames_check(file, &specimen, ROOM), specimen.frame_count);
	ck_assert_ptr_null(file_note(file));
	file_close(file);
	close(fds[0]);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(standard_input_is_read)
{
	struct specimen specimen;
	struct file *file;

	specimen_make(0, &specimen);
	ck_assert_int_eq(dup2(bytes_fd(specimen.bytes, specimen.size), STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(file_open("-", &file, error), 0);
	ck_assert_uint_eq(frames_check(file, &specimen, ROOM), specimen.frame_count);
	file_close(file);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

/* unix(7): who closes with bytes unread resets the other, behind what he wrote before. */
START_TEST(failed_read_hides_nothing)
{
	struct frame_header batch[SPECIMEN_FRAMES];
	struct specimen specimen;
	struct file *file;
	size_t size;
	int fds[2];

	specimen_make(0, &specimen);
	size = specimen.frames[1].end + 10;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(write(fds[0], "", 1), 1);
	ck_assert_int_eq(write(fds[1], specimen.bytes, size), (ssize_t)size);
	close(fds[1]);
	ck_assert_int_eq(file_open_fd(fds[0], "socket", &file, error), 0);
	ck_assert_int_eq(file_next_batch(file, batch, SPECIMEN_FRAMES), 2);
	frame_check(&specimen, 0, &batch[0]);
	frame_check(&specimen, 1, &batch[1]);
	ck_assert_ptr_null(file_note(file));
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(file_next_batch(file, batch, SPECIMEN_FRAMES), -ECONNRESET);
	ck_assert_str_eq(
		file_note(file), "reading failed after record 2: Connection reset by peer");
	file_close(file);
	close(fds[0]);
}
END_TEST

static void signal_ignore(int number)
{
}

/* The timer goes on, so that one of its signals comes while the read waits. */
START_TEST(signal_ends_the_wait_and_no_more)
{
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	const struct sigaction action = {.sa_handler = signal_ignore};
	struct frame_header batch[SPECIMEN_FRAMES];
	struct specimen specimen;
	struct file *file;
	int fds[2];

	specimen_make(0, &specimen);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(write(fds[1], specimen.bytes, HEADER), HEADER);
	ck_assert_int_eq(file_open_fd(fds[0], "pipe", &file, error), 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	ck_assert_int_eq(file_next_batch(file, batch, SPECIMEN_FRAMES), -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_eq(write(fds[1], specimen.bytes + HEADER, specimen.size - HEADER),
		(ssize_t)(specimen.size - HEADER));
	close(fds[1]);
	ck_assert_uint_eq(frames_check(file, &specimen, ROOM), specimen.frame_count);
	ck_assert_ptr_null(file_note(file));
	file_close(file);
	close(fds[0]);
}
END_TEST

int main(void)
{
	const int count = (int)specimen_count;
	TCase *tcase = tcase_create("file");

	tcase_add_loop_test(tcase, every_format_is_read, 0, count);
	tcase_add_loop_test(tcase, every_cut_is_told, 0, count);
	tcase_add_loop_test(tcase, libpcap_sees_the_same, 0, count);
	tcase_add_loop_test(tcase, nothing_waits_for_the_end_of_a_pipe, 0, count);
	tcase_add_loop_test(tcase, byte_by_byte_it_is_the_same, 0, count);
	tcase_add_test(tcase, standard_input_is_read);
	tcase_add_test(tcase, failed_read_hides_nothing);
	tcase_add_test(tcase, signal_ends_the_wait_and_no_more);
	return tcase_run(tcase);
}
