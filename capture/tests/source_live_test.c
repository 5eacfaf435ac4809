/* SPDX-License-Identifier: MIT */
/* A live capture on `lo` of a namespace of its own: every frame once, none missing, in time; from
 * libpcap's ring and, frame by frame, from a queue. Each Check test is a process, and so has its
 * own namespace. */
#include "source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "network.h"
#include "run.h"

enum {
	DEADLINE_MS = 60000, /* BROKEN if a frame takes longer */
	EN10MB = 1,
	MARKER_BYTES = 6,
};

struct tally {
	int frames, tcp, syn, fin, rst, udp, other;
	uint32_t tcp_payload;
	int64_t first_ns, last_ns;
	bool is_ordered, has_marker;
};

static void frame_count(const struct frame *frame, void *data)
{
	struct tally *tally = data;
	bool is_tcp = frame->kind == FRAME_TCP;

	tally->frames++;
	tally->tcp += is_tcp;
	tally->syn += is_tcp && frame->segment.flags & SEGMENT_SYN;
	tally->fin += is_tcp && frame->segment.flags & SEGMENT_FIN;
	tally->rst += is_tcp && frame->segment.flags & SEGMENT_RST;
	tally->tcp_payload += is_tcp ? frame->segment.payload : 0;
	tally->udp += frame->kind == FRAME_UDP;
	tally->other += !is_tcp && frame->kind != FRAME_UDP;
	tally->has_marker |= frame->kind == FRAME_UDP && frame->segment.payload == MARKER_BYTES;
	tally->is_ordered &=
		frame->time_ns >= tally->last_ns && frame->segment.time_ns == frame->time_ns;
	if (!tally->first_ns)
		tally->first_ns = frame->time_ns;
	tally->last_ns = frame->time_ns;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

typedef int source_opener(const char *device, int bytes, struct source **ret, char *error);

/* A test's number says which. */
static source_opener *const openers[] = {source_open_live, source_open_queue};

static struct source *source_make(int opener, int bytes)
{
	char error[SOURCE_ERROR_SIZE] = "";
	struct source *source = NULL;

	ck_assert_int_eq(network_enter(), 0);
	ck_assert_msg(openers[opener]("lo", bytes, &source, error) == 0, "%s", error);
	ck_assert_int_eq(source_linktype(source), EN10MB);
	return source;
}

static int socket_make(int type, struct sockaddr_in *ret)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*ret);

	*ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)ret, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)ret, &size), 0);
	return fd;
}

static void datagram_send(size_t size)
{
	struct sockaddr_in address;
	int fd = socket_make(SOCK_DGRAM, &address);
	char bytes[1024] = "";

	ck_assert_int_eq(
		sendto(fd, bytes, size, 0, (struct sockaddr *)&address, sizeof(address)), size);
	close(fd);
}

/* Connects, sends 3 bytes and closes; the server sees the end and closes, and the client
 * answers. */
static void connection_make(void)
{
	struct sockaddr_in address;
	int listener = socket_make(SOCK_STREAM, &address), client, server;
	char byte[8];

	ck_assert_int_eq(listen(listener, 1), 0);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	server = accept(listener, NULL, NULL);
	ck_assert_int_eq(send(client, "abc", 3, 0), 3);
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	ck_assert_int_eq(recv(server, byte, sizeof(byte), MSG_WAITALL), 3);
	close(server);
	ck_assert_int_eq(recv(client, byte, sizeof(byte), 0), 0);
	close(client);
	close(listener);
}

/* Reads until the tally has as many frames as `lo` received since `base`, and the marker. */
static void source_drain(struct source *source, struct tally *tally, int64_t base)
{
	struct pollfd ready = {.fd = source_fd(source), .events = POLLIN};

	while (!tally->has_marker || tally->frames < network_lo_frames() - base) {
		ck_assert_msg(poll(&ready, 1, DEADLINE_MS) == 1,
			"BROKEN: no frame within %d ms, have %d", DEADLINE_MS, tally->frames);
		ck_assert_int_ge(source_read(source, frame_count, tally), 0);
	}
}

START_TEST(every_frame_is_captured_once)
{
	struct source *source = source_make(_i, 0);
	struct tally tally = {.is_ordered = true};
	int64_t base = network_lo_frames(), begin = now_ns();

	datagram_send(100);
	connection_make();
	datagram_send(MARKER_BYTES);
	source_drain(source, &tally, base);
	ck_assert_int_eq(tally.frames, network_lo_frames() - base);
	ck_assert_int_eq(source_drops(source), 0);
	ck_assert_int_eq(tally.udp, 2);
	ck_assert_int_eq(tally.syn, 2);
	ck_assert_int_eq(tally.fin, 2);
	ck_assert_int_eq(tally.rst, 0);
	ck_assert_uint_eq(tally.tcp_payload, 3);
	ck_assert(tally.is_ordered);
	ck_assert_int_le(begin, tally.first_ns);
	ck_assert_int_le(tally.last_ns, now_ns());
	source_close(source);
}
END_TEST

START_TEST(reading_never_blocks)
{
	struct source *source = source_make(_i, 0);
	struct tally tally = {.is_ordered = true};

	while (source_read(source, frame_count, &tally) > 0)
		;
	ck_assert_int_eq(source_read(source, frame_count, &tally), 0);
	ck_assert_int_eq(tally.tcp, 0);
	source_close(source);
}
END_TEST

START_TEST(descriptor_does_not_survive_exec)
{
	struct source *source = source_make(_i, 0);

	ck_assert_int_eq(fcntl(source_fd(source), F_GETFD), FD_CLOEXEC);
	source_close(source);
}
END_TEST

/* A ring that is too small loses frames and says how many: captured and dropped add up. */
START_TEST(drops_are_counted)
{
	struct source *source = source_make(_i, 8192);
	struct tally tally = {.is_ordered = true};
	int64_t base = network_lo_frames(), drops;

	for (int i = 0; i < 500; i++)
		datagram_send(100);
	ck_assert_int_gt(source_read(source, frame_count, &tally), 0);
	drops = source_drops(source);
	ck_assert_int_gt(drops, 0);
	ck_assert_int_eq(tally.frames + drops, network_lo_frames() - base);
	ck_assert_int_eq(source_drops(source), drops);
	source_close(source);
}
END_TEST

/* The ring of the default size holds what its header promises. */
START_TEST(default_ring_holds_1500_frames)
{
	struct source *source = source_make(0, 0);
	struct tally tally = {.is_ordered = true};
	int64_t base = network_lo_frames();

	for (int i = 0; i < 1500; i++)
		datagram_send(1000);
	source_read(source, frame_count, &tally);
	ck_assert_int_eq(source_drops(source), 0);
	ck_assert_int_eq(tally.frames, network_lo_frames() - base);
	source_close(source);
}
END_TEST

START_TEST(missing_device_is_told)
{
	char error[SOURCE_ERROR_SIZE] = "";
	struct source *source = NULL;

	ck_assert_int_eq(network_enter(), 0);
	ck_assert_int_eq(openers[_i]("nosuch0", 0, &source, error), -ENODEV);
	ck_assert_ptr_null(source);
	ck_assert_str_eq(error,
		"no such device in this network namespace: nosuch0: `ip link` lists those there are");
}
END_TEST

START_TEST(device_that_is_down_is_told)
{
	struct ifreq request = {.ifr_name = "lo"};
	char error[SOURCE_ERROR_SIZE] = "";
	struct source *source = NULL;
	int fd;

	ck_assert_int_eq(network_enter(), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
	ck_assert_int_eq(openers[_i]("lo", 0, &source, error), -EIO);
	ck_assert_str_eq(error, "cannot capture while down: lo: `ip link set` it up first");
}
END_TEST

/* Says in a child whether a live capture is possible here, so that this process stays where it
 * is. */
static bool is_permitted(char why[SOURCE_ERROR_SIZE])
{
	int pipes[2], status = -1;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		struct source *source;
		int error = network_enter();

		if (error < 0)
			snprintf(why, SOURCE_ERROR_SIZE, "no network namespace to be had: %s",
				strerror(-error));
		else
			error = source_open_live("lo", 0, &source, why);
		if (error < 0 && write(pipes[1], why, strlen(why)) < 0)
			_exit(2);
		_exit(error < 0);
	}
	close(pipes[1]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0 &&
		read(pipes[0], why, SOURCE_ERROR_SIZE - 1) < 0)
		strcpy(why, "no way to tell");
	close(pipes[0]);
	return status == 0;
}

int main(void)
{
	TCase *tcase = tcase_create("source");
	char why[SOURCE_ERROR_SIZE] = "";

	if (!is_permitted(why))
		return tests_skip(why);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, every_frame_is_captured_once, 0, 2);
	tcase_add_loop_test(tcase, reading_never_blocks, 0, 2);
	tcase_add_loop_test(tcase, descriptor_does_not_survive_exec, 0, 2);
	tcase_add_loop_test(tcase, drops_are_counted, 0, 2);
	tcase_add_test(tcase, default_ring_holds_1500_frames);
	tcase_add_loop_test(tcase, missing_device_is_told, 0, 2);
	tcase_add_loop_test(tcase, device_that_is_down_is_told, 0, 2);
	return tcase_run(tcase);
}
