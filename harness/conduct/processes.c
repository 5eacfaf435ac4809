/* SPDX-License-Identifier: MIT */
/* The processes of a world: forks the two actors, ends them by pid, reaps every one. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "userstack.h"
#include "world.h"

static void close_ends(struct world *world)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++) {
			if (world->actor_ends[side][i] >= 0)
				close(world->actor_ends[side][i]);
			world->actor_ends[side][i] = -1;
		}
}

static void close_channels(struct world *world)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++) {
			if (world->actors[side][i].channel >= 0)
				close(world->actors[side][i].channel);
			starved_close(&world->actors[side][i].starved);
		}
}

/* Actor 1 does not exist: an unnumbered step is the process's own thread, the next are 2 and 3. Its
 * place is that of the process's own stack, if it has one. */
static bool channel_exists(unsigned number)
{
	return number != USER_STACK_ACTOR || user_stack;
}

static int open_channels(struct world *world)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++) {
			int ends[2];

			world->actors[side][i] = (struct actor_handle){.channel = -1};
			if (!channel_exists(i))
				continue;
			if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
				return -errno;
			world->actors[side][i].channel = ends[0];
			world->actor_ends[side][i] = ends[1];
		}
	return 0;
}

/* An actor has nothing of the world's but its network namespace. */
static void leave_world(struct world *world, enum side side)
{
	source_abandon(world->marker_source);
	close(world->marker);
	starved_close(&world->starved);
	tcp_marker_close(&world->tcp_marker);
	netlink_close(world->netlink);
	counters_close(&world->counters);
	if (!world->has_link)
		return;
	if (side == SIDE_SERVER && setns(world->server_namespace, CLONE_NEWNET))
		_exit(1);
	source_abandon(world->source);
	netlink_close(world->server_netlink);
	counters_close(&world->server_counters);
	close(world->own_namespace);
	close(world->server_namespace);
}

static void start_stack(struct world *world, enum side side, int channel)
{
	for (unsigned i = 0; i < SHARED_SIDES; i++)
		if (i != side)
			close(world->stack_frames[i]);
	sockets = user_stack->calls;
	if (user_stack->start(side, world->shared, world->stack_frames[side], channel))
		_exit(1);
}

/* A default that every case can rely on: SIGPIPE ignored, no core files, and an end with the
 * conductor. */
static void be_actor(struct world *world, enum side side)
{
	static struct actor_process process;
	struct rlimit none = {0, 0};
	int channels[SHARED_ACTORS];
	sigset_t none_blocked;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none_blocked);
	sigprocmask(SIG_SETMASK, &none_blocked,
		NULL); /* the pool takes its own signals from a descriptor */
	for (int number = 1; number < NSIG; number++) /* nohup, `&` or a sanitizer changed some */
		signal(number, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 1);
	for (unsigned other = 0; other < SHARED_SIDES; other++)
		for (unsigned i = 0; other != side && i < SHARED_ACTORS; i++)
			if (world->actor_ends[other][i] >= 0)
				close(world->actor_ends[other][i]);
	close_channels(world);
	memcpy(channels, world->actor_ends[side], sizeof(channels));
	leave_world(world, side);
	if (user_stack)
		start_stack(world, side, channels[USER_STACK_ACTOR]);
	actor_process_init(&process, side, world->shared, world->shared_fd, channels);
	actor_serve(&process, 0);
	_exit(0);
}

static int fork_actor(struct world *world, enum side side)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		be_actor(world, side);
	world->actors[side][0].pid = pid;
	return 0;
}

static int await_greeting(struct world *world, enum side side)
{
	struct actor_handle *actor = &world->actors[side][0];
	struct reply reply;

	if (recv(actor->channel, &reply, sizeof(reply), 0) != sizeof(reply))
		return -ECHILD;
	return 0;
}

int world_start_actors(struct world *world)
{
	int r;

	if (world->actors[0][0].pid && !world->actors_dirty)
		return 0;
	world_end_actors(world);
	world->shared->stack_ms = 0;
	r = user_stack ? user_stack_prepare(world) : 0;
	if (!r)
		r = open_channels(world);
	for (unsigned side = 0; !r && side < SHARED_SIDES; side++)
		r = fork_actor(world, (enum side)side);
	close_ends(world);
	for (unsigned side = 0; !r && side < SHARED_SIDES; side++)
		r = await_greeting(world, (enum side)side);
	world->actors_dirty = r != 0;
	return r;
}

static void end_process(struct actor_handle *actor)
{
	if (!actor->pid || actor->is_thread)
		return;
	if (!actor->has_ended) {
		kill(actor->pid, SIGKILL);
		while (waitpid(actor->pid, &actor->status, 0) < 0 && errno == EINTR)
			;
	}
	actor->pid = 0;
}

void world_end_actors(struct world *world)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++)
			end_process(&world->actors[side][i]);
	close_channels(world);
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++)
			world->actors[side][i] = (struct actor_handle){.channel = -1};
}
