/* SPDX-License-Identifier: MIT */
/* What the conductor has done around a case's steps: the pair connected, and every socket reset. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "calls_common.h"
#include "sockets.h"

#define DATAGRAM_CLIENT_PORT 1 /* the run's Unix name for the client; the server has 0 */

/* The options that the case wants on the end this process will have. */
static void apply_options(struct actor *actor, int fd)
{
	const struct shared *shared = actor->process->shared;

	for (uint32_t i = 0; i < shared->n_options; i++)
		if (shared->options[i].side == actor->process->side)
			call_set_option(fd, &socket_options[shared->options[i].option],
				shared->options[i].values[0], shared->options[i].values[1]);
}

/* Datagram sockets are connected to each other: there is no listener, and both have a name. */
static bool is_datagram(const struct actor *actor)
{
	return actor->process->shared->type == SOCK_DGRAM;
}

struct outcome call_setup_listen(struct actor *actor, const struct action *action)
{
	union address address;
	socklen_t length = actor_address(actor, false, 0, &address);
	int fd = actor_socket(actor);
	const char *name = is_datagram(actor) ? "sock" : "listener";
	struct action plain = {.side = SIDE_SERVER};

	if (fd < 0)
		return outcome_error(errno);
	apply_options(actor, fd);
	if (sockets->bind(fd, &address.any, length) ||
		(!is_datagram(actor) && sockets->listen(fd, 8))) {
		struct outcome outcome = outcome_error(errno);

		sockets->close(fd);
		return outcome;
	}
	return call_entered(actor, &plain, name, fd);
}

/* Operand 1: connect as well; 0: only the socket. */
struct outcome call_setup_connect(struct actor *actor, const struct action *action)
{
	struct action plain = {.side = SIDE_CLIENT,
		.operands = {OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT}};
	struct outcome outcome = call_socket(actor, &plain);

	if (outcome.kind == OUTCOME_ERROR)
		return outcome;
	apply_options(actor, actor_fd(actor, &plain));
	if (is_datagram(actor)) {
		outcome = call_bind_to(actor, &plain, DATAGRAM_CLIENT_PORT);
		if (outcome.kind == OUTCOME_ERROR)
			return outcome;
	}
	return action->operands[0] ? call_connect(actor, &plain) : outcome;
}

struct outcome call_setup_accept(struct actor *actor, const struct action *action)
{
	struct action plain = {.side = SIDE_SERVER,
		.operands = {OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT, OPERAND_ABSENT}};

	if (is_datagram(actor))
		return call_connect_to_port(actor, &plain, DATAGRAM_CLIENT_PORT, false);
	return call_accept(actor, &plain);
}

/* Ends every socket without a trace that could reach into the next run: no orphan, no TIME-WAIT. */
struct outcome call_reset(struct actor *actor, const struct action *action)
{
	struct actor_process *process = actor->process;
	struct linger abort = {.l_onoff = 1};
	int unused = 0;

	for (unsigned i = 0; i < ACTOR_DESCRIPTORS; i++) {
		struct descriptor *row = &process->descriptors[i];

		if (row->name[0] && row->fd >= 0) {
			sockets->setsockopt(row->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
			sockets->setsockopt(
				row->fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
			sockets->close(row->fd);
		}
		*row = (struct descriptor){.fd = ACTOR_NO_FD};
	}
	for (unsigned i = 0; i < 2; i++) {
		if (process->pipe[i] >= 0)
			close(process->pipe[i]);
		process->pipe[i] = ACTOR_NO_FD;
	}
	return outcome_number(0);
}
