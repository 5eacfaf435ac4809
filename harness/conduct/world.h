/* SPDX-License-Identifier: MIT */
/* A world: one network namespace with only `lo` up, its capture, its counters, and the two
 * processes that act in it; or, for a run with a link, two of them joined by it: the world's own,
 * where the client acts, and a second for the server. The process that owns a world is alone with
 * it: process 1 of a process namespace of its own, so that nothing outlives it. Runs follow each
 * other in a world; see conductor.h. */
#ifndef LASTACK_HARNESS_WORLD_H
#define LASTACK_HARNESS_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "counters.h"
#include "flow.h"
#include "link.h"
#include "netlink.h"
#include "peer.h"
#include "record.h"
#include "savefile.h"
#include "shared.h"
#include "source.h"
#include "starved.h"
#include "tcpmarker.h"
#include "telling.h"
#include "vocabulary.h"
#include "world_lacks.h"

#define WORLD_ERROR_SIZE 256
/* Below ip_local_port_range, so that no ephemeral port can be one. */
#define WORLD_FIRST_PORT 2048
#define WORLD_LAST_PORT 31000
/* For runs that ask for the reasons of resets. */
#define WORLD_REASON_FIRST_PORT 31004
#define WORLD_REASON_LAST_PORT 32763

#define WORLD_KEPT_BYTES 256 /* what the capture takes of a frame */

struct kept_frame {
	uint16_t length; /* 0: none */
	uint8_t bytes[WORLD_KEPT_BYTES];
};

/* One actor as the conductor sees it. */
struct actor_handle {
	int channel; /* the conductor's end; -1: no such actor */
	pid_t pid; /* of its process */
	bool is_thread; /* of the side's own process */
	bool is_busy; /* in a begun call */
	bool is_ordered; /* has an order whose reply was not taken yet */
	bool is_waiting; /* in a call of its own stack (userstack.h), when that was last asked */
	uint32_t sequence; /* of its last order */
	bool has_reply; /* a reply that came before it was awaited */
	bool has_ended; /* its process is gone; `status` says how */
	int status; /* wait status */
	struct reply reply;
	int64_t begun_ns;
	struct starved starved;
};

/* A reset that was recorded, by its ports. */
struct world_reset {
	enum side side;
	uint16_t source, destination;
};

struct world {
	struct world_lacks lacks;
	struct source *source; /* where segments pass: lo, or the client's end of the link */
	struct source *marker_source; /* where markers pass: lo */
	struct netlink *netlink;
	struct counters_reader counters;
	bool has_link; /* then also: */
	struct link link;
	struct netlink *server_netlink;
	struct counters_reader server_counters;
	int own_namespace, server_namespace; /* descriptors */
	struct flow_table *flows;
	int marker; /* a UDP socket connected to itself */
	uint16_t marker_port;
	struct tcp_marker tcp_marker; /* where TCP's work is behind a queue of its own */
	uint64_t frames; /* captured from where segments pass, of all kinds */
	uint64_t markers; /* captured; on `lo` they are among the frames */
	uint64_t segments; /* of the frames, those of TCP */
	uint64_t passed_at_start; /* what had passed the device when `frames` was 0 */
	uint64_t passed_at_end; /* of a link that was deleted */
	uint16_t next_port;
	bool is_dirty; /* something may be left of a run: do not use it for another */
	bool actors_dirty; /* the same of the processes */
	const char *device;
	struct shared *shared;
	int shared_fd;
	int actor_ends[SHARED_SIDES][SHARED_ACTORS]; /* held between making and forking only */
	struct actor_handle actors[SHARED_SIDES][SHARED_ACTORS];
	struct starved starved; /* the conductor itself */
	/* The run that is under way; NULL between runs. */
	struct record *record;
	bool is_recording; /* events are taken; false while the pair is being connected */
	int64_t began_ns;
	enum side port_owner[CASE_PORTS];
	unsigned n_resets; /* recorded so far */
	struct world_reset resets[RECORD_MAX_EVENTS];
	struct telling telling;
	frame_callback *
		on_frame; /* told of every frame but markers, with the world as data; may be NULL */
	struct savefile *savefile;
	int savefile_error;
	struct kept_frame kept[SHARED_SIDES][SEGMENT_KINDS]; /* see deliver.h */
	const struct kept_frame *delivered; /* and not yet come by in the capture */
	int64_t stack_next_ms; /* their next timer, as they were asked last */
	int stack_frames[SHARED_SIDES]; /* of stacks of their own (userstack.h); -1: not open */
	int injectors[SHARED_SIDES]; /* AF_PACKET sockets; -1: not needed so far */
	bool has_flow_error, has_too_many_events;
	struct peer *peer; /* the run's raw peer; NULL: none */
	enum side peer_plays;
};

/* The namespaces that a world's process is cloned into; `as_user`: with a user namespace in front,
 * for those who are not root. */
int world_clone_flags(bool as_user);

/* Makes the world in the calling process, which has just been cloned into its namespaces. 0, or a
 * negative errno with the missing thing and the mend in error[WORLD_ERROR_SIZE]. `outer_uid` and
 * `outer_gid` are mapped to 0 when `as_user`. */
int world_open(struct world *world, const char *device, bool as_user, uid_t outer_uid,
	gid_t outer_gid, char *error);

/* Gives the server a network namespace of its own and joins it to the world's by a link, before the
 * processes are started. 0, or a negative errno with the missing thing in error[WORLD_ERROR_SIZE];
 * -EOPNOTSUPP if it is the kernel that has no such link. */
int world_join(struct world *world, char *error);

/* A socket in the namespace in which the side acts, or a negative errno. */
int world_socket(const struct world *world, enum side side, int domain, int type);

/* The handle of the namespace in which the side acts. */
struct netlink *world_netlink(const struct world *world, enum side side);

/* The surroundings that a script asks for, in a world of its own: in all its namespaces. */
int world_adapt(struct world *world, const struct script *script, char *error);

/* Starts the two processes if they are not there. 0 or a negative errno. */
int world_start_actors(struct world *world);
/* Ends every process of the actors, by pid, and reaps it. */
void world_end_actors(struct world *world);

/* The state of an end of this side's, as Linux numbers it; 0 if the kernel holds none, or only a
 * closed socket. `inode` of its socket, 0 if unknown. -ENODATA if this kernel does not show it. */
int world_state(const struct world *world, enum side side, const union address *local,
	const union address *peer, uint64_t inode, int *ret_state);

/* Tells of the counters of all its namespaces together. */
int world_read_counters(struct world *world, int64_t ret[COUNTER_COUNT]);
int world_read_counter(struct world *world, const char *name, int64_t *ret); /* counters.h */

/* Returns when every segment sent so far has been processed by TCP and taken by the capture: a
 * marker datagram came by with no segment since the one before. 0 or a negative errno (-ETIMEDOUT).
 */
int world_settle(struct world *world);

/* What the clock of the actors' own stacks (userstack.h) adds to the machine's. */
static inline int64_t world_stack_ns(const struct world *world)
{
	return world->shared->stack_ms * 1000000;
}

/* Sends a marker and reads the capture until it comes by. 0 or a negative errno. */
int world_pass_marker(struct world *world);

/* A descriptor that polls readable when segments have been captured. */
int world_fd(const struct world *world);

/* Whether the capture holds every frame that has passed the device, what is on its way awaited;
 * else why not. */
bool world_capture_is_complete(struct world *world, char *error);

/* To be called before the link is deleted: its frames are counted for the last time. */
bool world_close_link(struct world *world, char *error);

#endif
