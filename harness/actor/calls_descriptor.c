/* SPDX-License-Identifier: MIT */
/* The verbs about descriptors, whatever they stand for: closed, doubled, limited. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "calls_common.h"
#include "sockets.h"

struct outcome call_close(struct actor *actor, const struct action *action)
{
	return call_result(sockets->close(actor_fd(actor, action)));
}

struct outcome call_close_range(struct actor *actor, const struct action *action)
{
	unsigned fd = (unsigned)actor_fd(actor, action);

	return call_result(close_range(fd, fd, 0));
}

/* A second name of the same end: the same streams, the same addresses. */
static struct outcome enter_alias(struct actor *actor, const struct action *action,
	const char *fallback, const struct descriptor *original, int fd)
{
	struct descriptor copy = original ? *original : (struct descriptor){.connection = -1},
			  *alias;

	if (fd < 0)
		return outcome_error(errno);
	alias = actor_enter(actor, action, fallback, fd);
	if (!alias)
		return outcome_error(errno);
	alias->connection = copy.connection;
	alias->stream = copy.stream;
	if (original)
		actor_aliased(actor, alias, copy.name);
	return outcome_word("fd");
}

struct outcome call_dup(struct actor *actor, const struct action *action)
{
	const struct descriptor *original = actor_on(actor, action);

	return enter_alias(actor, action, "copy", original,
		fcntl(actor_fd(actor, action), F_DUPFD_CLOEXEC, 0));
}

struct outcome call_dup2(struct actor *actor, const struct action *action)
{
	const struct descriptor *from = actor_find(actor, action->name);
	struct descriptor *onto = actor_on(actor, action);

	if (dup2(from ? from->fd : ACTOR_NO_FD, actor_fd(actor, action)) < 0)
		return outcome_error(errno);
	if (onto && from) {
		onto->connection = from->connection;
		onto->stream = from->stream;
	}
	return outcome_word("fd");
}

/* The limit is on the numbers, not on how many are in use: it is the number behind the gaps that
 * may be filled. */
struct outcome call_limit_descriptors(struct actor *actor, const struct action *action)
{
	int64_t room = action->operands[0];
	struct rlimit limit;
	int number = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return outcome_error(errno);
	while ((rlim_t)number < limit.rlim_max && (fcntl(number, F_GETFD) >= 0 || room-- > 0))
		number++;
	limit.rlim_cur = (rlim_t)number;
	return call_result(setrlimit(RLIMIT_NOFILE, &limit));
}

struct outcome call_open_null(struct actor *actor, const struct action *action)
{
	return call_entered(actor, action, "null", open("/dev/null", O_RDWR | O_CLOEXEC));
}
