/* SPDX-License-Identifier: MIT */
/* Loads lwIP and its adapter, begins a stack in each actor's process, and serves the conductor's
 * orders there. */
#include "lwip.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data.h"

#define LO_INDEX 1 /* in every network namespace */
#define FRAME 65600 /* what lo takes */
#define ROOM (4 * 1024 * 1024) /* for what is sent before anybody looks */

extern char **environ;

static const struct lwip_adapter *adapter;
static int frames = -1; /* a packet socket */
static const bool *is_deaf;
static _Atomic uint32_t n_sent;

/* RFC 5737 and RFC 3849; locally administered hardware, none of it that of `lo` (all 0). */
static const struct lwip_host hosts[SHARED_SIDES] =
	{
		[SIDE_CLIENT] =
			{
				.ip4 = {198, 51, 100, 1},
				.ip6 = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1},
				.hardware = {0x02, 0x6c, 0x77, 0x69, 0x70, 1},
				.peer_hardware = {0x02, 0x6c, 0x77, 0x69, 0x70, 2},
			},
		[SIDE_SERVER] =
			{
				.ip4 = {198, 51, 100, 2},
				.ip6 = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 2},
				.hardware = {0x02, 0x6c, 0x77, 0x69, 0x70, 2},
				.peer_hardware = {0x02, 0x6c, 0x77, 0x69, 0x70, 1},
			},
};

__attribute__((format(printf, 3, 4))) static int complain(
	char *error, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, LWIP_ERROR_SIZE, format, args);
	va_end(args);
	return number;
}

static struct sockaddr_ll lo(void)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = LO_INDEX};
}

static void send_frame(const void *frame, size_t length)
{
	struct sockaddr_ll device = lo();

	n_sent++;
	sendto(frames, frame, length, MSG_DONTWAIT, (const struct sockaddr *)&device,
		sizeof(device));
}

/* Only what is addressed to this side: the last four bytes of the hardware's address. */
static int filter_frames(int fd, const uint8_t hardware[6])
{
	uint32_t end = (uint32_t)hardware[2] << 24 | (uint32_t)hardware[3] << 16 |
		(uint32_t)hardware[4] << 8 | hardware[5];
	struct sock_filter own[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, end, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(own) / sizeof(*own), .filter = own};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

/* Bound last, so that nothing comes that the filter has not seen. */
static int open_frames(enum side side)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, room = ROOM;
	struct sockaddr_ll device = lo();

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
		filter_frames(fd, hosts[side].hardware) ||
		bind(fd, (const struct sockaddr *)&device, sizeof(device))) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static uint32_t take_frames(bool drops)
{
	static uint8_t frame[FRAME];
	uint32_t n = 0;
	ssize_t length;

	while ((length = recv(frames, frame, sizeof(frame), 0)) >= 0) {
		n++;
		if (!drops && !lwip_is_filtered(frame, (size_t)length))
			adapter->input(frame, (size_t)length);
	}
	return n;
}

static void obey(const struct user_stack_order *order, struct user_stack_reply *ret)
{
	if (order->asks_state) {
		ret->state = adapter->state(order->local, order->peer);
		return;
	}
	ret->did = take_frames(*is_deaf) + adapter->run_timers();
	ret->sent = atomic_exchange(&n_sent, 0);
	ret->is_blocked = adapter->is_blocked();
	ret->next_ms = adapter->next_timer_ms();
}

static void *serve(void *data)
{
	int channel = (int)(intptr_t)data;
	struct user_stack_order order;

	while (recv(channel, &order, sizeof(order), 0) == sizeof(order)) {
		struct user_stack_reply reply = {0};

		obey(&order, &reply);
		if (send(channel, &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
			break;
	}
	return NULL;
}

/* Signals are for the actor's own thread. */
static int start_thread(int channel)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, serve, (void *)(intptr_t)channel);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		pthread_detach(thread);
	return -error;
}

static int start(enum side side, struct shared *shared, int frames_fd, int channel)
{
	struct lwip_host host = hosts[side];
	int r;

	frames = frames_fd;
	dup2(STDERR_FILENO, STDOUT_FILENO); /* where its assertions are printed */
	is_deaf = &shared->is_deaf[side];
	host.clock_ms = &shared->stack_ms;
	host.send_frame = send_frame;
	lwip_set_hosts(&host, &hosts[side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT]);
	if ((r = adapter->start(&host)))
		return r;
	return start_thread(channel);
}

static void place(enum side side, uint8_t family, struct user_stack_place *ret)
{
	const struct lwip_host *own = &hosts[side],
			       *other = &hosts[side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT];
	uint16_t type = htons(family == 4 ? ETH_P_IP : ETH_P_IPV6);

	memcpy(ret->own, family == 4 ? own->ip4 : own->ip6, family == 4 ? 4 : 16);
	memcpy(ret->other, family == 4 ? other->ip4 : other->ip6, family == 4 ? 4 : 16);
	memcpy(ret->header, own->peer_hardware, ETH_ALEN);
	memcpy(ret->header + ETH_ALEN, own->hardware, ETH_ALEN);
	memcpy(ret->header + 2 * ETH_ALEN, &type, sizeof(type));
}

/* Loading. */

static int find_library(const char *folder, char *ret, size_t size, char *error)
{
	char pattern[400];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/usr/lib/*/liblwip.so.[0-9]", folder);
	if (glob(pattern, 0, NULL, &found))
		return complain(error, -ENOENT, "no %s; want the files of liblwip0", pattern);
	snprintf(ret, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return 0;
}

/* Both outputs of the compiler go where its errors go: to the person. */
static int run(const char *const argv[])
{
	int status;
	pid_t pid;
	int r = -posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ);

	if (r)
		return r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOEXEC;
}

const char *lwip_compiler(void)
{
	return getenv("CC") ? getenv("CC") : "cc";
}

bool lwip_can_compile(void)
{
	const char *argv[] = {"sh", "-c", "command -v \"$0\" >/dev/null", lwip_compiler(), NULL};

	return !run(argv);
}

/* The library is named by its path, so that dlopen() finds this one. */
static int compile(const char *folder, const char *library, const char *object, char *error)
{
	char include[400], rpath[512], calls[PATH_MAX], *slash;
	const char *cc = lwip_compiler(), *source = data_path(DATA_LWIP_ADAPTER);
	const char *argv[] = {cc, "-D_GNU_SOURCE", "-std=gnu11", "-O1", "-w", "-fPIC", "-shared",
		"-isystem", include, "-I", calls, source, "-o", object, library, rpath, NULL};
	int r;

	snprintf(include, sizeof(include), "%s/usr/include/lwip", folder);
	if (access(include, R_OK))
		return complain(error, -ENOENT, "%s: %s; want the files of liblwip-dev", include,
			strerror(errno));
	snprintf(calls, sizeof(calls), "%s", data_path(DATA_SOCKETS));
	if ((slash = strrchr(calls, '/')))
		*slash = 0;
	snprintf(rpath, sizeof(rpath), "-Wl,-rpath,%s", library);
	if ((slash = strrchr(rpath, '/')))
		*slash = 0;
	r = run(argv);
	return r ? complain(error, r, "cannot compile %s with %s: %s; want a C compiler (or $CC)",
			   source, cc, strerror(-r))
		 : 0;
}

/* RTLD_GLOBAL: what the adapter has in place of the library's own is found first. */
static int open_adapter(const char *object, char *error)
{
	void *handle = dlopen(object, RTLD_NOW | RTLD_GLOBAL);

	if (!handle)
		return complain(error, -ENOEXEC, "cannot load lwIP: %s", dlerror());
	adapter = dlsym(handle, LWIP_ADAPTER_SYMBOL);
	return adapter ? 0 : complain(error, -ENOEXEC, "cannot load lwIP: %s", dlerror());
}

static int load(const char *folder, char *error)
{
	const char *scratch = getenv("TMPDIR");
	char library[480], object[256];
	int fd, r = find_library(folder, library, sizeof(library), error);

	if (r)
		return r;
	snprintf(object, sizeof(object), "%s/lastack-lwip-XXXXXX", scratch ? scratch : "/tmp");
	if ((fd = mkostemp(object, O_CLOEXEC)) < 0)
		return complain(error, -errno, "%s: %s", object, strerror(errno));
	close(fd);
	if (!(r = compile(folder, library, object, error)))
		r = open_adapter(object, error);
	unlink(object);
	return r;
}

static bool lacks(const struct script *script, enum variant variant, char *ret_reason)
{
	return lwip_lacks(&adapter->calls, script, variant, ret_reason);
}

int lwip_load(const char *folder, char *error)
{
	static struct user_stack stack = {
		.unseen = {.counters = UNSEEN_COUNTERS, .reasons = true},
		.lacks = lacks,
		.open = open_frames,
		.start = start,
		.place = place,
	};
	struct utsname system;
	char *real = realpath(folder, NULL);
	int r = real ? load(real, error)
		     : complain(error, -errno, "%s: %s", folder, strerror(errno));

	free(real);
	if (r)
		return r;
	uname(&system);
	snprintf(stack.system, sizeof(stack.system), "lwip %.40s %.20s", adapter->version,
		system.machine);
	stack.calls = lwip_sockets(adapter);
	user_stack = &stack;
	return 0;
}
