/* SPDX-License-Identifier: MIT */
/* Orders and replies. An actor is asked over its channel; the channel's end is its process's end */
#include "orders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "sandbox.h"
#include "userstack.h"
#include "verb.h"

void run_break(struct run *run, const char *format, ...)
{
	va_list args;

	if (run->record->broken[0])
		return;
	va_start(args, format);
	vsnprintf(run->record->broken, sizeof(run->record->broken), format, args);
	va_end(args);
}

bool run_is_over(const struct run *run)
{
	return run->record->broken[0] || run->record->skip[0];
}

int64_t order_clock_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t order_deadline_ns(const struct run *run)
{
	return order_clock_ns() + run->script->deadline_ms * 1000000LL;
}

static int remaining_ms(int64_t deadline_ns)
{
	int64_t left = deadline_ns - order_clock_ns();

	return left > 0 ? (int)(left / 1000000) + 1 : 0;
}

static const char *describe(const struct action *action, char *buf, size_t size)
{
	char call[RECORD_CALL_SIZE];
	size_t at;

	snprintf(buf, size, "%s", side_name(action->side));
	at = strlen(buf);
	if (action->actor)
		at += (size_t)snprintf(buf + at, size - at, ":%u", action->actor);
	snprintf(buf + at, size - at, " %s", action_print(action, call, sizeof(call)));
	at = strlen(buf);
	if (action->line)
		snprintf(buf + at, size - at, " (line %u)", action->line);
	return buf;
}

static bool too_late(struct run *run, const struct action *action)
{
	char what[128];

	if (run_is_over(run)) /* and says why */
		return false;
	run_break(run, "%s did not return within %u s", describe(action, what, sizeof(what)),
		run->script->deadline_ms / 1000);
	return false;
}

/* 1: the process has ended, and is not reaped; 0: it lives; or a negative errno. */
static int look_for_end(pid_t pid)
{
	siginfo_t end = {.si_pid = 0};

	if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT))
		return -errno;
	return end.si_pid == pid;
}

/* As look_for_end(), 0 on the deadline. SIGCHLD tells of the end, since gVisor has no pidfd_open();
 * blocked before the first look it stays pending when the end comes behind that. */
static int wait_end(pid_t pid, int64_t deadline)
{
	sigset_t child, before;
	int r, ms;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	while (!(r = look_for_end(pid)) && (ms = remaining_ms(deadline))) {
		struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

		sigtimedwait(&child, NULL, &left);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

bool order_await_end(struct run *run, struct actor_handle *actor)
{
	int r = wait_end(actor->pid, order_deadline_ns(run));

	if (r == -ECHILD) /* gVisor takes the flag and does nothing about it */
		snprintf(run->record->skip, sizeof(run->record->skip),
			"this kernel has no CLONE_PARENT: fork");
	if (r <= 0)
		return false;
	starved_note(&actor->starved);
	actor->has_ended = waitpid(actor->pid, &actor->status, 0) == actor->pid;
	return actor->has_ended;
}

struct outcome order_end_outcome(const struct actor_handle *actor)
{
	struct outcome outcome;

	if (WIFSIGNALED(actor->status)) {
		outcome = outcome_word("killed");
		outcome.signal = WTERMSIG(actor->status);
	} else {
		outcome = outcome_word("exited");
		outcome.has_number = true;
		outcome.number = WEXITSTATUS(actor->status);
	}
	return outcome;
}

/* The handle whose process this actor belongs to: a thread's is its side's own. */
static struct actor_handle *process_of(struct run *run, enum side side, unsigned number)
{
	struct actor_handle *actor = &run->world->actors[side][number];

	return actor->is_thread ? &run->world->actors[side][0] : actor;
}

/* The channel has ended: the process is gone, or going. */
static bool take_end(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	struct actor_handle *process = process_of(run, side, action->actor);

	if (!process->has_ended && !order_await_end(run, process))
		return too_late(run, action);
	order_stamp(run, ret, order_end_outcome(process));
	run->world->actors_dirty = true;
	return true;
}

/* Whether a reply (or the channel's end) is there by the deadline. */
static bool wait_channel(const struct actor_handle *actor, int timeout_ms)
{
	struct pollfd channel = {.fd = actor->channel, .events = POLLIN};
	int r;

	do
		r = poll(&channel, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

/* As wait_channel(), of an actor that has a stack of its own: time passes there only when nothing
 * else can happen. */
static bool wait_in_stack(struct run *run, const struct actor_handle *actor)
{
	const struct shared *shared = run->world->shared;
	int64_t deadline_ms = shared->stack_ms + USER_STACK_PATIENCE_MS;
	int r = user_stack_settle(run->world);

	while (!r && !wait_channel(actor, 0) && shared->stack_ms < deadline_ms)
		r = user_stack_pass_time(run->world);
	return wait_channel(actor, 0);
}

/* Of a foreign kernel (world_lacks): the order was taken up, and the task sleeps in it. */
static bool sleeps_in_call(struct run *run, enum side side, const struct action *action)
{
	const struct actor_handle *actor = &run->world->actors[side][action->actor];
	const struct shared_actor *page = &run->world->shared->actors[side][action->actor];

	return run->world->lacks.frame_order && page->entered == actor->sequence &&
		order_task_state(run, side, action->actor) == 'S';
}

/* Nothing will happen any more that could end the call: that is an answer, too, and the last. Of
 * Linux the cases know when calls return; elsewhere a call that waits in vain is what differs. */
static bool is_stuck(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	if (user_stack ? !run->world->actors[side][action->actor].is_waiting
		       : !sleeps_in_call(run, side, action))
		return false;
	order_stamp(run, ret, outcome_word("blocked"));
	run->is_cut = true;
	return true;
}

#define FOREIGN_PATIENCE_MS 3000
#define FOREIGN_TURN_MS 50

/* In turns: a machine that was busy elsewhere for seconds has taken one, and the timers that were
 * due meanwhile have the others to go on in. */
static bool wait_turns(const struct run *run, const struct actor_handle *actor)
{
	for (int ms = 0; ms < FOREIGN_PATIENCE_MS; ms += FOREIGN_TURN_MS)
		if (wait_channel(actor, FOREIGN_TURN_MS))
			return true;
	world_settle(run->world);
	return false;
}

/* A kernel whose behaviour the case does not know makes many calls wait in vain; in a case that
 * waits for no timer of a second nothing will come after three. */
static bool wait_reply(struct run *run, enum side side, const struct action *action)
{
	const struct actor_handle *actor = &run->world->actors[side][action->actor];
	int deadline_ms = (int)run->script->deadline_ms;
	bool sleeps;

	if (user_stack)
		return wait_in_stack(run, actor);
	if (!run->world->lacks.frame_order || run->script->is_slow)
		return wait_channel(actor, deadline_ms);
	if (wait_turns(run, actor))
		return true;
	sleeps = sleeps_in_call(run, side, action);
	return wait_channel(actor, sleeps ? 0 : deadline_ms - FOREIGN_PATIENCE_MS);
}

static bool take_reply(
	struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	struct actor_handle *actor = &run->world->actors[side][action->actor];
	ssize_t length;

	if (!wait_reply(run, side, action))
		return is_stuck(run, side, action, ret) || too_late(run, action);
	actor->is_ordered = false;
	length = recv(actor->channel, ret, sizeof(*ret), MSG_DONTWAIT);
	if (length == sizeof(*ret))
		return true;
	return take_end(run, side, action, ret);
}

static bool give(struct run *run, enum side side, const struct action *action)
{
	struct actor_handle *actor = &run->world->actors[side][action->actor];
	struct order order = {.action = *action};
	char what[128];

	order.sequence = ++actor->sequence;
	if (!process_of(run, side, action->actor)->has_ended &&
		send(actor->channel, &order, sizeof(order), MSG_NOSIGNAL) == sizeof(order)) {
		actor->is_ordered = true;
		actor->is_waiting = false;
		return true;
	}
	run_break(run, "%s: its process has ended before", describe(action, what, sizeof(what)));
	return false;
}

/* A further actor that nobody forked is a thread of the side's process. */
static bool ensure_actor(struct run *run, enum side side, const struct action *action)
{
	struct actor_handle *actor = &run->world->actors[side][action->actor];
	struct action start = {
		.side = side, .verb = VERB_START_THREAD, .operands = {action->actor}};
	struct reply reply;

	if (!action->actor || actor->pid)
		return true;
	if (!give(run, side, &start) || !take_reply(run, side, &start, &reply))
		return false;
	if (reply.outcome.kind == OUTCOME_ERROR) {
		run_break(run, "cannot start a thread: %s", strerror(reply.outcome.error));
		return false;
	}
	actor->is_thread = true;
	actor->pid = run->world->actors[side][0].pid;
	return take_reply(run, side, action, &reply); /* its greeting */
}

/* A fork's child greets on its own channel and is a process of its own from now on. */
static bool take_child(struct run *run, enum side side, const struct action *action)
{
	unsigned number = (unsigned)action->operands[0];
	struct action child = {.side = side,
		.actor = (uint8_t)number,
		.verb = action->verb,
		.line = action->line,
		.operands = {number}};
	struct reply greeting;

	if (!take_reply(run, side, &child, &greeting))
		return false;
	run->world->actors[side][number].pid = run->world->shared->actors[side][number].pid;
	return true;
}

bool order_perform(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	if (!ensure_actor(run, side, action) || !give(run, side, action) ||
		!take_reply(run, side, action, ret))
		return false;
	if (action->verb == VERB_FORK && ret->outcome.kind == OUTCOME_WORD)
		return take_child(run, side, action);
	if (action->verb ==
		VERB_FORK) { /* what this machine allows, not how it treats connections */
		run_break(run, "cannot fork: %s; raise the limit on processes (ulimit -u)",
			strerror(ret->outcome.error));
		return false;
	}
	return true;
}

bool order_read_task(
	struct run *run, enum side side, unsigned actor, const char *file, char *ret, size_t size)
{
	char path[96];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", run->world->shared->actors[side][actor].task,
		file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, ret, size - 1);
	close(fd);
	ret[length > 0 ? length : 0] = 0;
	return length > 0;
}

char order_task_state(struct run *run, enum side side, unsigned actor)
{
	char text[512], *name_end;

	if (!order_read_task(run, side, actor, "stat", text, sizeof(text)))
		return 0;
	name_end = strrchr(text, ')');
	return name_end && name_end[1] ? name_end[2] : 0;
}

/* Returns once the call has returned, or its task sleeps in it: `entered` says that the order was
 * taken up, and between that and the call itself an actor does nothing that sleeps. */
static bool wait_entered(
	struct run *run, enum side side, const struct action *action, bool *ret_sleeps)
{
	struct actor_handle *actor = &run->world->actors[side][action->actor];
	const struct shared_actor *page = &run->world->shared->actors[side][action->actor];
	int64_t deadline = order_deadline_ns(run);

	if (user_stack) {
		if (user_stack_settle(run->world))
			return too_late(run, action);
		*ret_sleeps = !wait_channel(actor, 0);
		return true;
	}
	while (remaining_ms(deadline)) {
		*ret_sleeps = page->entered == actor->sequence &&
			order_task_state(run, side, action->actor) == 'S';
		/* Asked second: a call that returned sleeps too, in wait for the next order. */
		if (wait_channel(actor, 0)) {
			*ret_sleeps = false;
			return true;
		}
		if (*ret_sleeps)
			return true;
		sched_yield();
	}
	return too_late(run, action);
}

void order_stamp(const struct run *run, struct reply *ret, struct outcome outcome)
{
	*ret = (struct reply){.outcome = outcome};
	ret->began_ns = clock_ns(CLOCK_REALTIME) + world_stack_ns(run->world);
}

bool order_begin(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	bool sleeps;

	if (!ensure_actor(run, side, action))
		return false;
	order_stamp(run, ret, outcome_word("begun"));
	if (!user_stack)
		starved_yield(run, side, action->actor);
	if (!give(run, side, action) || !wait_entered(run, side, action, &sleeps))
		return false;
	if (!user_stack)
		ret->took_ns = starved_yielded(run, side, action->actor);
	run->world->actors[side][action->actor].is_busy = true;
	return true;
}

bool order_await(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	if (!take_reply(run, side, action, ret))
		return false;
	run->world->actors[side][action->actor].is_busy = false;
	return true;
}

/* A task that gVisor has woken looks asleep until it runs. */
static bool stays_asleep(struct run *run, enum side side, const struct action *action)
{
	sandbox_let_run();
	/* Asked second: as in wait_entered(). */
	return order_task_state(run, side, action->actor) == 'S' &&
		!wait_channel(&run->world->actors[side][action->actor], 0);
}

bool order_look(struct run *run, enum side side, const struct action *action, struct reply *ret)
{
	bool sleeps;

	do
		if (!wait_entered(run, side, action, &sleeps))
			return false;
	while (sleeps && run->world->lacks.frame_order && !stays_asleep(run, side, action));
	order_stamp(run, ret, outcome_word(sleeps ? "blocked" : "returned"));
	return true;
}
