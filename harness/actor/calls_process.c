/* SPDX-License-Identifier: MIT */
/* The verbs about processes, threads, signals and descriptors that travel between them. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"

/* A Unix socket pair in which descriptors wait; made before a fork, so that children share it. */
static int open_mailbox(struct actor_process *process)
{
	if (process->mailbox[0] >= 0)
		return 0;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, process->mailbox);
}

static void close_channel(struct actor_process *process, unsigned number)
{
	if (process->channels[number] >= 0)
		close(process->channels[number]);
	process->channels[number] = ACTOR_NO_FD;
}

static void be_child(struct actor_process *process, unsigned number)
{
	for (unsigned i = 0; i < SHARED_ACTORS; i++)
		if (i != number)
			close_channel(process, i);
	actor_serve(process, number);
	_exit(0);
}

/* CLONE_PARENT makes the conductor the child's parent, so that it can reap every actor by its pid.
 */
struct outcome call_fork(struct actor *actor, const struct action *action)
{
	struct actor_process *process = actor->process;
	unsigned number = (unsigned)action->operands[0];
	long pid;

	if (open_mailbox(process))
		return outcome_error(errno);
	pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0)
		return outcome_error(errno);
	if (!pid)
		be_child(process, number);
	close_channel(process, number);
	return outcome_word("pid");
}

struct outcome call_exit(struct actor *actor, const struct action *action)
{
	_exit((int)action->operands[0]);
}

struct outcome call_exec(struct actor *actor, const struct action *action)
{
	return outcome_error(-actor_replace_image(actor));
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	actor_note_signal(signal);
}

struct outcome call_signal(struct actor *actor, const struct action *action)
{
	struct sigaction what = {0};
	int signal = (int)action->operands[0];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	switch ((enum disposition)action->operands[1]) {
	case DISPOSITION_DEFAULT: what.sa_handler = SIG_DFL; break;
	case DISPOSITION_IGNORE: what.sa_handler = SIG_IGN; break;
	case DISPOSITION_RESTART:
		what.sa_flags = SA_RESTART | SA_SIGINFO;
		what.sa_sigaction = on_signal;
		break;
	case DISPOSITION_CATCH:
		what.sa_flags = SA_SIGINFO;
		what.sa_sigaction = on_signal;
		break;
	case DISPOSITION_BLOCK:
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		what.sa_handler = SIG_DFL;
		break;
	}
	if (sigaction(signal, &what, NULL))
		return outcome_error(errno);
	if (action->operands[1] !=
		DISPOSITION_BLOCK) /* one that was pending meets the new disposition */
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return outcome_number(0);
}

struct outcome call_pending(struct actor *actor, const struct action *action)
{
	sigset_t set;

	sigpending(&set);
	return outcome_word(sigismember(&set, (int)action->operands[0]) == 1 ? "yes" : "no");
}

struct passing {
	struct msghdr message;
	struct iovec byte;
	char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	char data;
};

static void passing_init(struct passing *passing)
{
	memset(passing, 0, sizeof(*passing));
	passing->byte = (struct iovec){&passing->data, 1};
	passing->message.msg_iov = &passing->byte;
	passing->message.msg_iovlen = 1;
	passing->message.msg_control = passing->room;
	passing->message.msg_controllen = sizeof(passing->room);
}

struct outcome call_pass(struct actor *actor, const struct action *action)
{
	struct actor_process *process = actor->process;
	struct passing passing;
	struct cmsghdr *control;
	int fd = actor_fd(actor, action);

	if (open_mailbox(process))
		return outcome_error(errno);
	passing_init(&passing);
	control = CMSG_FIRSTHDR(&passing.message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	if (sendmsg(process->mailbox[0], &passing.message, MSG_NOSIGNAL) < 0)
		return outcome_error(errno);
	return outcome_number(0);
}

/* Gives the row the streams of the side's connection: the conversation goes on where it was. */
static void adopt(struct actor *actor, struct descriptor *row, const char *like)
{
	const struct descriptor *original = actor_find(actor, like);

	if (original && original != row) {
		row->connection = original->connection;
		row->stream = original->stream;
		actor_aliased(actor, row, like);
	}
}

struct outcome call_take(struct actor *actor, const struct action *action)
{
	struct descriptor *row, before = {.connection = -1};
	const struct descriptor *sock = actor_find(actor, "sock");
	struct passing passing;
	int fd;

	if (sock)
		before = *sock;
	passing_init(&passing);
	if (recvmsg(actor->process->mailbox[1], &passing.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <
		0)
		return outcome_error(errno);
	if (!CMSG_FIRSTHDR(&passing.message))
		return outcome_error(ENOMSG);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&passing.message)), sizeof(fd));
	row = actor_enter(actor, action, "sock", fd);
	if (!row)
		return outcome_error(errno);
	row->connection = before.connection;
	row->stream = before.stream;
	if (before.name[0] && strcmp(before.name, row->name))
		actor_aliased(actor, row, before.name);
	return outcome_word("fd");
}

struct outcome call_pidfd_getfd(struct actor *actor, const struct action *action)
{
	const struct shared_actor *owner = &actor->process->shared->actors[actor->process->side][0];
	struct descriptor *row;
	int pidfd = (int)syscall(SYS_pidfd_open, owner->pid, 0), fd, error;

	if (pidfd < 0)
		return outcome_error(errno);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, actor_fd(actor, action), 0);
	error = errno;
	close(pidfd);
	if (fd < 0)
		return outcome_error(error);
	row = actor_enter(actor, action, "copy", fd);
	if (!row)
		return outcome_error(errno);
	adopt(actor, row, "sock");
	return outcome_word("fd");
}

struct thread_start {
	struct actor_process *process;
	unsigned number;
};

static void *thread_main(void *data)
{
	struct thread_start start = *(struct thread_start *)data;

	free(data);
	actor_serve(start.process, start.number);
	return NULL;
}

struct outcome call_start_thread(struct actor *actor, const struct action *action)
{
	struct thread_start *start = malloc(sizeof(*start));
	pthread_t thread;
	int error;

	if (!start)
		return outcome_error(ENOMEM);
	*start = (struct thread_start){actor->process, (unsigned)action->operands[0]};
	error = pthread_create(&thread, NULL, thread_main, start);
	if (error) {
		free(start);
		return outcome_error(error);
	}
	pthread_detach(thread);
	return outcome_number(0);
}
