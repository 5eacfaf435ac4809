/* SPDX-License-Identifier: MIT */
/* An actor: a process (or a further thread of one, or a forked child) that opens its own sockets
 * and performs one order at a time. Never sees an expectation. */
#ifndef LASTACK_HARNESS_ACTOR_H
#define LASTACK_HARNESS_ACTOR_H

#include <stdbool.h>

#include "shared.h"

#define ACTOR_DESCRIPTORS 16
#define ACTOR_NO_FD (-1)

struct descriptor {
	char name[ACTION_NAME_SIZE]; /* "" : unused row */
	int fd;
	int connection; /* row of shared->connections, -1: none */
	int stream; /* the stream this end sends: 0 opener, 1 acceptor */
};

/* What all threads of an actor's process share. */
struct actor_process {
	enum side side;
	struct shared *shared;
	int shared_fd;
	int channels[SHARED_ACTORS]; /* the actors' ends; -1 where another process has it */
	struct descriptor descriptors[ACTOR_DESCRIPTORS];
	int pipe[2]; /* for splice; -1: none yet */
	int mailbox[2]; /* for descriptors in flight; -1: none yet */
	int64_t pipe_position; /* of the next byte to come out of the pipe */
};

struct actor {
	struct actor_process *process;
	unsigned number; /* 0, 2, 3 */
};

/* Serves orders from the channel of actor `number` until the channel ends; never returns in a
 * process's own actor. */
void actor_serve(struct actor_process *process, unsigned number);

/* Begins a process: side, page and channels; then call actor_serve(). */
void actor_process_init(struct actor_process *process, enum side side, struct shared *shared,
	int shared_fd, const int channels[SHARED_ACTORS]);

/* Goes on as the actor that was replaced by execve(), if that is how this program was begun; then
 * it does not return. Every program that conducts calls this first in main(). */
void actor_resume_if_asked(int argc, char **argv);
int actor_replace_image(struct actor *actor); /* execve(); returns a negative errno if it cannot */

/* Descriptors by name. `actor_on` gives the row that the action acts on, or NULL with errno EBADF.
 */
struct descriptor *actor_on(struct actor *actor, const struct action *action);
struct descriptor *actor_find(struct actor *actor, const char *name);
/* The number to make the call with: a name that was closed gives the number it had, so that the
 * kernel answers EBADF itself. */
int actor_fd(struct actor *actor, const struct action *action);
/* Enters a descriptor under `as NAME`, `fallback` if not said; replaces a row of that name. Returns
 * the row, or NULL (and closes fd) when the table is full. */
struct descriptor *actor_enter(
	struct actor *actor, const struct action *action, const char *fallback, int fd);

/* Notes the addresses of a connected descriptor and which streams it reads and writes. `peer` is
 * the address that was connected to or accepted from: the socket itself may have forgotten it again
 * after a reset. */
void actor_connected(struct actor *actor, struct descriptor *descriptor, bool is_opener,
	const union address *peer);
/* Notes whom a descriptor is about to be connected to, for whoever asks while connect() blocks.
 * Returns whom it was connected to before, to be noted again if the call fails. */
union address actor_connecting(
	struct actor *actor, const struct descriptor *descriptor, const union address *peer);
/* Notes a descriptor's local address without a peer. */
void actor_bound(struct actor *actor, const struct descriptor *descriptor);

/* Notes that `alias` names the same end as the descriptor `original` did. */
void actor_aliased(struct actor *actor, const struct descriptor *alias, const char *original);

/* socket() as the variant has it. */
int actor_socket(const struct actor *actor);

/* The address of the variant with the run's n-th port, or the run's n-th Unix name: the loopback
 * address, or on a link that of the actor's own side or of its peer's. */
socklen_t actor_address(const struct actor *actor, bool of_peer, unsigned port, union address *ret);

/* Which stream a call moves, and how far it got. */
struct flow_end {
	int fd;
	int stream;
	_Atomic int64_t *position;
};

/* A socket without a connection still has a stream, so that the call can be made and fail. */
struct flow_end actor_flow_end(struct actor *actor, const struct action *action, bool sends);

void actor_note_signal(int signal);

#endif
