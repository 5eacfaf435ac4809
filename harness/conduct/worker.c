/* SPDX-License-Identifier: MIT */
/* Worker processes: cloned into namespaces of their own, ended by pid, reaped. The kernel ends all
 * that is in a process namespace when its first process ends: whatever happens, nothing is left
 * behind. */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abilities.h"
#include "conductor.h"
#include "late.h"
#include "needs.h"
#include "reason.h"
#include "system.h"
#include "userstack.h"
#include "world.h"

#define DEVICE "lo"
#define WORKER_DESCRIPTORS 48 /* what a world and its actors may have open at once */

static void report(int channel, enum worker_news news, bool is_spent, const char *text)
{
	struct worker_message message = {.news = news, .is_spent = is_spent};

	snprintf(message.text, sizeof(message.text), "%s", text);
	if (send(channel, &message, sizeof(message), MSG_NOSIGNAL) < 0)
		_exit(1);
}

static bool is_new_enough(const struct test_case *test_case, struct record *record)
{
	struct utsname system;
	unsigned major = 0, minor = 0;

	uname(&system);
	sscanf(system.release, "%u.%u", &major, &minor);
	if ((major << 16 | minor) >= test_case->needs_version)
		return true;
	snprintf(record->skip, sizeof(record->skip), "needs linux >= %u.%u, this is %u.%u",
		test_case->needs_version >> 16, test_case->needs_version & 0xffff, major, minor);
	return false;
}

/* A kernel older than what the case asks for, or one without the feature. The version that another
 * kernel than Linux says it has means nothing. */
static bool is_possible(bool is_linux, const struct test_case *test_case, struct record *record)
{
	const struct need *need = need_find(test_case->needs_feature);
	int r;

	if (user_stack) /* it is not the kernel that has to have it */
		return true;
	if (is_linux && !is_new_enough(test_case, record))
		return false;
	if (test_case->needs_path[0] && access(test_case->needs_path, F_OK)) {
		snprintf(record->skip, sizeof(record->skip), "needs %s", test_case->needs_path);
		return false;
	}
	r = need ? need->probe() : 0;
	if (r)
		snprintf(record->skip, sizeof(record->skip), "needs %s: %s; %s", need->name,
			strerror(-r), r == -EPERM || r == -EACCES ? "run as root" : need->mend);
	return !r;
}

bool worker_cannot(const struct job *job, struct record *ret)
{
	record_begin(job->test_case, job->variant, ret);
	return !is_possible(false, job->test_case, ret) ||
		!abilities_suffice(&job->test_case->script, true, ret->skip);
}

static void serve(struct world *world, int channel, struct record *slot)
{
	struct job job;

	while (recv(channel, &job, sizeof(job), 0) == sizeof(job)) {
		record_begin(job.test_case, job.variant, slot);
		if (is_possible(!world->lacks.frame_order, job.test_case, slot))
			conduct(world, &job.test_case->script, job.variant,
				job.pcap_path[0] ? job.pcap_path : NULL, slot);
		report(channel, WORKER_DONE, world->is_dirty, "");
		if (world->is_dirty)
			return;
	}
}

/* The parent's descriptors are not ours: as long as somebody holds the other end of a worker's
 * channel, that worker does not see that the parent is gone. */
static void close_inherited(int channel)
{
	unsigned first = STDERR_FILENO + 1;

	if (channel > (int)first)
		close_range(first, (unsigned)channel - 1, 0);
	close_range(channel < (int)first ? first : (unsigned)channel + 1, ~0U, 0);
}

static void be_worker(
	int channel, struct record *slot, unsigned cpu, bool as_user, uid_t uid, gid_t gid)
{
	static struct world world;
	char error[WORLD_ERROR_SIZE] = "";
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* ^C is the parent's business */
	signal(SIGCHLD, SIG_DFL); /* ignored by whoever began us, it would reap the actors */
	close_inherited(channel);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* best effort; see world_settle() */
	if (world_open(&world, DEVICE, as_user, uid, gid, error)) {
		report(channel, WORKER_NOT_HERE, true, error);
		_exit(0);
	}
	report(channel, WORKER_READY, false, "");
	serve(&world, channel, slot);
	_exit(0);
}

static int allocate_slot(struct worker *worker)
{
	if (worker->slot)
		return 0;
	worker->slot = mmap(NULL, sizeof(*worker->slot), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (worker->slot == MAP_FAILED) {
		worker->slot = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* What stands in the way of a namespace, in words that say the mend. */
static void say_no_namespace(int error, char *text, size_t size)
{
	if (error == ENOSPC) /* what clone() says of a limit */
		snprintf(text, size,
			"needs a network namespace: clone: the limit on namespaces is reached (sysctl "
			"user.max_user_namespaces, user.max_net_namespaces, user.max_pid_namespaces)");
	else
		snprintf(text, size,
			"needs a network namespace: clone: %s; run as root, or allow unprivileged user "
			"namespaces (sysctl user.max_user_namespaces, user.max_net_namespaces, "
			"kernel.unprivileged_userns_clone)",
			strerror(error));
}

/* Forks a process that only says why there is no world, so that a missing right and a world come by
 * the same way. */
static pid_t fork_bearer(int channel, int error)
{
	char text[RECORD_TEXT_SIZE];
	pid_t pid = fork();

	if (pid)
		return pid;
	say_no_namespace(error, text, sizeof(text));
	report(channel, WORKER_NOT_HERE, true, text);
	_exit(0);
}

static pid_t clone_worker(int channel, struct record *slot, unsigned cpu, bool as_user)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	long pid = syscall(SYS_clone, world_clone_flags(as_user) | SIGCHLD, NULL, NULL, NULL, 0);

	if (!pid)
		be_worker(channel, slot, cpu, as_user, uid, gid);
	return (pid_t)pid;
}

/* Asked first: a world that runs out of descriptors on the way cannot tell that from what it looks
 * for. */
static bool has_descriptors(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= WORKER_DESCRIPTORS;
}

int worker_start(struct worker *worker, unsigned cpu)
{
	int ends[2], r = has_descriptors() ? allocate_slot(worker) : -EMFILE;
	bool is_root = geteuid() == 0;
	pid_t pid;

	if (r)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	pid = clone_worker(ends[1], worker->slot, cpu, !is_root);
	if (pid < 0 && errno == EPERM && is_root) /* root without rights, as in a container */
		pid = clone_worker(ends[1], worker->slot, cpu, true);
	if (pid < 0 && errno != EAGAIN && errno != ENOMEM)
		pid = fork_bearer(ends[1], errno);
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r) {
		close(ends[0]);
		return r;
	}
	worker->pid = pid;
	worker->channel = ends[0];
	return 0;
}

int worker_give(struct worker *worker, const struct job *job)
{
	worker->asks_reasons |= job->test_case->script.asks_reasons;
	if (send(worker->channel, job, sizeof(*job), MSG_NOSIGNAL) != sizeof(*job))
		return -EPIPE;
	return 0;
}

int worker_take(struct worker *worker, struct worker_message *ret)
{
	ssize_t length;

	do
		length = recv(worker->channel, ret, sizeof(*ret), 0);
	while (length < 0 && errno == EINTR);
	return length == sizeof(*ret) ? 0 : -EPIPE;
}

void worker_end(struct worker *worker)
{
	int status;

	if (!worker->pid)
		return;
	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(worker->channel);
	if (worker->asks_reasons)
		reasons_remove(worker->pid);
	worker->asks_reasons = false;
	worker->pid = 0;
}

void worker_free(struct worker *worker)
{
	worker_end(worker);
	if (worker->slot)
		munmap(worker->slot, sizeof(*worker->slot));
	worker->slot = NULL;
}

void record_begin(const struct test_case *test_case, enum variant variant, struct record *ret)
{
	struct utsname system;

	memset(ret, 0, sizeof(*ret));
	uname(&system);
	snprintf(ret->name, sizeof(ret->name), "%s", test_case->name);
	snprintf(ret->variant, sizeof(ret->variant), "%s", variant_name(variant));
	if (user_stack) {
		ret->unseen = user_stack->unseen;
		snprintf(ret->system, sizeof(ret->system), "%s", user_stack->system);
	} else {
		system_name(&system, ret->system, sizeof(ret->system));
	}
	snprintf(ret->about, sizeof(ret->about), "%s", test_case->about);
	snprintf(ret->departs, sizeof(ret->departs), "%s", test_case->departs);
}

const char *worker_mend(int error)
{
	switch (error) {
	case -EAGAIN: return "; raise the limit on processes (ulimit -u)";
	case -EMFILE: return "; raise the limit on descriptors (ulimit -n 256)";
	default: return "";
	}
}

static void run_once(const struct job *job, struct record *ret)
{
	struct worker worker = {0};
	struct worker_message message;
	int r;

	record_begin(job->test_case, job->variant, ret);
	r = worker_start(&worker, 0);
	if (r) {
		snprintf(ret->broken, sizeof(ret->broken), "cannot start a worker: %s%s",
			strerror(-r), worker_mend(r));
	} else if (worker_take(&worker, &message)) {
		snprintf(ret->broken, sizeof(ret->broken),
			"the worker died while it made its world");
	} else if (message.news == WORKER_NOT_HERE) {
		snprintf(ret->skip, sizeof(ret->skip), "%s", message.text);
	} else if (worker_give(&worker, job) || worker_take(&worker, &message)) {
		snprintf(ret->broken, sizeof(ret->broken), "the worker died during the run");
	} else {
		*ret = *worker.slot;
	}
	worker_free(&worker);
}

void worker_run_once(const struct job *job, late_matters *matters, void *data, struct record *ret)
{
	uint32_t again = 0;

	for (;;) {
		run_once(job, ret);
		ret->again = again++;
		if (!late_again(job->test_case, ret) || (matters && !matters(ret, data)))
			return;
	}
}
