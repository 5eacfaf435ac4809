/* SPDX-License-Identifier: MIT */
/* Worlds, each in namespaces of its own: one on a device that is not there, whose error names the
 * device and what it may be for lack of; and ones with a link, which is quiet but for what the
 * sides send, knows when all of that has arrived, and knows whether the capture has it; and what a
 * foreign kernel would be asked for of sysctls, Linux has. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abilities.h"
#include "world.h"

#define PORT 1234
#define DATAGRAMS 100

static struct world world;
static char error[WORLD_ERROR_SIZE];

/* What is wrong, or NULL. Errors and skips are told through `error`. */
typedef const char *test_function(void);

static const char skipped[] = "SKIP";

static const char *open_nosuch(void)
{
	if (!error[0])
		return "want a refusal, saw a world";
	if (!strstr(error, "needs the device 'nosuch0'") ||
		!strstr(error, "a kernel without loopback?"))
		return "want the device and the mend in the text, saw another";
	return NULL;
}

/* A socket of that side, bound to its address; -1 if there is none. */
static int open_socket(enum side side, int family, int type)
{
	int fd, home = world.own_namespace;
	union address address = {.any.sa_family = (sa_family_t)family};

	if (side == SIDE_SERVER && setns(world.server_namespace, CLONE_NEWNET))
		return -1;
	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (setns(home, CLONE_NEWNET))
		return -1;
	if (family == AF_INET) {
		address.in.sin_port = htons(PORT);
		memcpy(&address.in.sin_addr, link_address(side, AF_INET), 4);
	} else {
		address.in6.sin6_port = htons(PORT);
		memcpy(&address.in6.sin6_addr, link_address(side, AF_INET6), 16);
	}
	return fd >= 0 && !bind(fd, &address.any, sizeof(address)) ? fd : -1;
}

/* Connects without waiting; the handshake is the kernel's. */
static bool connect_to(int fd, enum side peer, int family)
{
	union address address = {.any.sa_family = (sa_family_t)family};

	if (family == AF_INET) {
		address.in.sin_port = htons(PORT);
		memcpy(&address.in.sin_addr, link_address(peer, AF_INET), 4);
	} else {
		address.in6.sin6_port = htons(PORT);
		memcpy(&address.in6.sin6_addr, link_address(peer, AF_INET6), 16);
	}
	return !connect(fd, &address.any,
		       family == AF_INET ? sizeof(address.in) : sizeof(address.in6)) ||
		errno == EINPROGRESS;
}

static const char *is_quiet(void)
{
	if (world_settle(&world))
		return "want a settled link, saw a time-out";
	if (world.frames)
		return "want nothing on a link that nobody uses, saw frames";
	return world_capture_is_complete(&world, error) ? NULL : "want a complete capture";
}

static const char *carries(int family)
{
	int client = open_socket(SIDE_CLIENT, family, SOCK_DGRAM),
	    server = open_socket(SIDE_SERVER, family, SOCK_DGRAM);

	if (client < 0 || server < 0)
		return family == AF_INET6 ? skipped : "cannot open sockets";
	if (!connect_to(client, SIDE_SERVER, family) || !connect_to(server, SIDE_CLIENT, family))
		return "want a route to the other side, saw none";
	for (unsigned i = 0; i < DATAGRAMS; i++)
		if (send(i % 3 ? server : client, "x", 1, 0) != 1)
			return "want datagrams sent, saw an error";
	if (world_settle(&world))
		return "want a settled link, saw a time-out";
	if (world.frames != DATAGRAMS)
		return "want every datagram captured when the link has settled, and nothing else";
	return world_capture_is_complete(&world, error) ? NULL : "want a complete capture";
}

static const char *carries_ipv4(void)
{
	return carries(AF_INET);
}

static const char *carries_ipv6(void)
{
	return carries(AF_INET6);
}

/* SYN, SYN,ACK and ACK are each sent because of the one before: all of it has happened when the
 * link has settled, and each side is found in its own namespace. */
static const char *settles_behind_what_was_caused(void)
{
	int client = open_socket(SIDE_CLIENT, AF_INET, SOCK_STREAM),
	    server = open_socket(SIDE_SERVER, AF_INET, SOCK_STREAM);
	union address addresses[SHARED_SIDES] = {{{0}}};
	socklen_t length = sizeof(addresses[0]);
	int state = 0;

	if (client < 0 || server < 0 || listen(server, 1) ||
		!connect_to(client, SIDE_SERVER, AF_INET))
		return "cannot connect";
	if (world_settle(&world))
		return "want a settled link, saw a time-out";
	getsockname(client, &addresses[SIDE_CLIENT].any, &length);
	length = sizeof(addresses[0]);
	getsockname(server, &addresses[SIDE_SERVER].any, &length);
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (netlink_state(world_netlink(&world, side), &addresses[side],
			    &addresses[side == SIDE_CLIENT], &state) ||
			state != 1)
			return "want ESTABLISHED in the side's own namespace, saw another state";
	return world.frames == 3 ? NULL : "want three segments, saw another number";
}

static const char *notices_a_lost_frame(void)
{
	const char *wrong = carries(AF_INET);

	world.frames--;
	if (wrong || world_capture_is_complete(&world, error))
		return "want a frame missed, saw a complete capture";
	return strstr(error, "99 frames, 100 passed veth0") ? NULL
							    : "want both numbers and the device";
}

/* As if a frame that was counted were on its way until so many markers have come by. */
static void *bring_late_frame(void *data)
{
	const uint64_t *markers = data;

	while (__atomic_load_n(&world.markers, __ATOMIC_RELAXED) < *markers)
		sched_yield();
	__atomic_fetch_add(&world.passed_at_start, 1, __ATOMIC_RELAXED);
	return NULL;
}

static const char *awaits_a_frame_on_its_way(void)
{
	const char *wrong = carries(AF_INET);
	uint64_t markers = world.markers + 120;
	pthread_t thread;
	bool is_complete;

	if (wrong)
		return wrong;
	world.passed_at_start--;
	if (pthread_create(&thread, NULL, bring_late_frame, &markers))
		return "cannot make a thread";
	is_complete = world_capture_is_complete(&world, error);
	markers = 0;
	pthread_join(thread, NULL);
	return is_complete ? NULL : "want a frame awaited that comes later, saw none";
}

static const char *outlives_its_changes(void)
{
	const char *wrong;

	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
		if (link_set(&world.link, side, false) || world_settle(&world))
			return "want a settled link when an end is down";
		if (link_set(&world.link, side, true) || world_settle(&world))
			return "want a settled link when it is up again";
	}
	wrong = carries(AF_INET);
	if (wrong)
		return wrong;
	if (!world_close_link(&world, error) || link_delete(&world.link, SIDE_SERVER))
		return "cannot delete the link";
	if (world_settle(&world) || !world_capture_is_complete(&world, error))
		return "want a settled world and a complete capture without the link";
	return NULL;
}

/* Linux has them by namespace: Documentation/networking/ip-sysctl.rst, struct netns_ipv4. */
static const char *has_its_own_sysctls(void)
{
	static struct script script = {
		.n_sysctls = 1, .sysctls = {{.name = "net.ipv4.ip_local_port_range"}}};

	if (!abilities_suffice(&script, true, error))
		return "want sysctls of a network namespace";
	script.sysctls[0] = (struct script_sysctl){.name = "net.ipv4.no_such"};
	if (abilities_suffice(&script, true, error) ||
		strcmp(error, "this kernel has no net.ipv4.no_such: sysctl"))
		return "want the sysctl named that is not there";
	return NULL;
}

static const struct test {
	const char *name, *device;
	test_function *function;
} tests[] = {
	{"no such device", "nosuch0", open_nosuch},
	{"a link that nobody uses", "lo", is_quiet},
	{"a link carries IPv4", "lo", carries_ipv4},
	{"a link carries IPv6", "lo", carries_ipv6},
	{"a link settles behind what was caused", "lo", settles_behind_what_was_caused},
	{"a link's lost frame is noticed", "lo", notices_a_lost_frame},
	{"a frame on its way is awaited", "lo", awaits_a_frame_on_its_way},
	{"a link goes down, up and away", "lo", outlives_its_changes},
	{"sysctls hold where they are written", "lo", has_its_own_sysctls},
};

enum child_status { CHILD_RIGHT, CHILD_WRONG, CHILD_SKIPPED };

static enum child_status run(const struct test *test, bool as_user, uid_t uid, gid_t gid)
{
	int r = world_open(&world, test->device, as_user, uid, gid, error);
	const char *wrong;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set); /* see world_settle() */
	if (!r && test->function != open_nosuch)
		r = world_join(&world, error);
	if (r && r != -ENODEV) {
		fprintf(stderr, "%s\n", error);
		return r == -EOPNOTSUPP ? CHILD_SKIPPED : CHILD_WRONG;
	}
	wrong = test->function();
	if (wrong == skipped)
		return CHILD_SKIPPED;
	if (wrong)
		fprintf(stderr, "%s: %s\n", wrong, error);
	return wrong ? CHILD_WRONG : CHILD_RIGHT;
}

static void report(unsigned number, const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_RIGHT)
		printf("ok %u %s\n", number, name);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
		printf("ok %u %s # SKIP not to be had here\n", number, name);
	else
		printf("not ok %u %s\n", number, name);
	if (!WIFEXITED(status))
		fprintf(stderr, "want an answer, saw a crash\n");
}

int main(void)
{
	bool as_user = geteuid() != 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	unsigned n = sizeof(tests) / sizeof(*tests);

	printf("1..%u\n", n);
	for (unsigned i = 0; i < n; i++) {
		long pid;
		int status = 0;

		fflush(stdout);
		pid = syscall(SYS_clone, world_clone_flags(as_user) | SIGCHLD, NULL, NULL, NULL, 0);
		if (!pid)
			_exit(run(&tests[i], as_user, uid, gid));
		if (pid < 0)
			printf("ok %u %s # SKIP needs a network namespace: %s\n", i + 1,
				tests[i].name, strerror(errno));
		else if (waitpid((pid_t)pid, &status, 0) == pid)
			report(i + 1, tests[i].name, status);
	}
	return 0;
}
