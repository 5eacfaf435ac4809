/* SPDX-License-Identifier: MIT */
/* The verbs that ask what a descriptor is ready for. Without `now` they wait for as long as it takes;
 * the conductor's deadline is the only limit. */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"

static bool is_now(const struct action *action, unsigned place)
{
	return action->operands[place] != OPERAND_ABSENT;
}

struct outcome call_poll(struct actor *actor, const struct action *action)
{
	struct pollfd asked = {.fd = actor_fd(actor, action), .events = (short)action->operands[0]};

	if (poll(&asked, 1, is_now(action, 1) ? 0 : -1) < 0)
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
	if (select(fd + 1, &sets[0], &sets[1], &sets[2], is_now(action, 1) ? &zero : NULL) < 0)
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
