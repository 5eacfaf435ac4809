/* SPDX-License-Identifier: MIT */
/* The verbs that ask what a descriptor is ready for. Without `now` they wait for as long as it
 * takes; the conductor's deadline is the only limit. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "sockets.h"

static bool is_now(const struct action *action, unsigned place)
{
	return action->operands[place] != OPERAND_ABSENT;
}

struct outcome call_poll(struct actor *actor, const struct action *action)
{
	struct pollfd asked = {.fd = actor_fd(actor, action), .events = (short)action->operands[0]};

	if (sockets->poll(&asked, 1, is_now(action, 1) ? 0 : -1) < 0)
		return outcome_error(errno);
	return outcome_events((uint32_t)(unsigned short)asked.revents);
}

struct outcome call_select(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action);
	struct timeval zero = {0};
	fd_set sets[3];
	static const short bits[3] = {POLLIN, POLLOUT, POLLPRI};
	uint32_t events = 0;

	if (fd < 0 || fd >= FD_SETSIZE)
		return outcome_error(EBADF);
	for (unsigned i = 0; i < 3; i++) {
		FD_ZERO(&sets[i]);
		if (action->operands[0] & bits[i])
			FD_SET(fd, &sets[i]);
	}
	if (sockets->select(
		    fd + 1, &sets[0], &sets[1], &sets[2], is_now(action, 1) ? &zero : NULL) < 0)
		return outcome_error(errno);
	for (unsigned i = 0; i < 3; i++)
		if (FD_ISSET(fd, &sets[i]))
			events |= (uint32_t)bits[i];
	return outcome_events(events);
}

struct outcome call_epoll_create(struct actor *actor, const struct action *action)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 || !actor_enter(actor, action, "epoll", fd))
		return outcome_error(errno);
	return outcome_word("fd");
}

static struct outcome control(struct actor *actor, const struct action *action, int operation)
{
	struct descriptor *epoll = actor_find(actor, "epoll");
	struct epoll_event event = {.events = (uint32_t)action->operands[0]};

	if (epoll_ctl(epoll ? epoll->fd : ACTOR_NO_FD, operation, actor_fd(actor, action), &event))
		return outcome_error(errno);
	return outcome_number(0);
}

struct outcome call_epoll_add(struct actor *actor, const struct action *action)
{
	return control(actor, action, EPOLL_CTL_ADD);
}

struct outcome call_epoll_modify(struct actor *actor, const struct action *action)
{
	return control(actor, action, EPOLL_CTL_MOD);
}

struct outcome call_epoll_delete(struct actor *actor, const struct action *action)
{
	return control(actor, action, EPOLL_CTL_DEL);
}

struct outcome call_epoll_wait(struct actor *actor, const struct action *action)
{
	struct descriptor *epoll = actor_find(actor, "epoll");
	struct epoll_event event = {0};
	int n = epoll_wait(epoll ? epoll->fd : ACTOR_NO_FD, &event, 1, is_now(action, 0) ? 0 : -1);

	if (n < 0)
		return outcome_error(errno);
	return outcome_events(n ? event.events : 0);
}

/* Signal-driven I/O (fcntl(2), F_SETSIG): the signal carries which event it stands for. */
struct outcome call_async(struct actor *actor, const struct action *action)
{
	int fd = actor_fd(actor, action), signal = (int)action->operands[0],
	    flags = fcntl(fd, F_GETFL);
	struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = getpid()};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* it stays pending until take-signal takes it */
	if (flags < 0 || fcntl(fd, F_SETOWN_EX, &owner) || fcntl(fd, F_SETSIG, signal) ||
		fcntl(fd, F_SETFL, flags | O_ASYNC))
		return outcome_error(errno);
	return outcome_number(0);
}

struct outcome call_take_signal(struct actor *actor, const struct action *action)
{
	static const struct {
		int code;
		uint32_t event;
	} codes[] = {{POLL_IN, POLLIN}, {POLL_OUT, POLLOUT}, {POLL_ERR, POLLERR},
		{POLL_PRI, POLLPRI}, {POLL_HUP, POLLHUP}};
	struct timespec now = {0};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, (int)action->operands[0]);
	if (sigtimedwait(&set, &info, &now) < 0)
		return outcome_error(errno);
	for (unsigned i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].code == info.si_code)
			return outcome_events(codes[i].event);
	return outcome_number(info.si_code);
}
