/* SPDX-License-Identifier: MIT */
/* A world: one network namespace with only `lo` up, its capture, its counters, and the two
 * processes that act in it. The process that owns a world is alone with it: process 1 of a process
 * namespace of its own, so that nothing outlives it. Runs follow each other in a world; see
 * conductor.h. */
#ifndef LASTACK_HARNESS_WORLD_H
#define LASTACK_HARNESS_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "counters.h"
#include "flow.h"
#include "netlink.h"
#include "peer.h"
#include "record.h"
#include "savefile.h"
#include "shared.h"
#include "source.h"
#include "vocabulary.h"

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
	uint32_t sequence; /* of its last order */
	bool has_reply; /* a reply that came before it was awaited */
	bool has_ended; /* its process is gone; `status` says how */
	int status; /* wait status */
	struct reply reply;
	int64_t begun_ns;
};

/* A reset that was recorded, by its ports. */
struct world_reset {
	enum side side;
	uint16_t source, destination;
};

struct world {
	struct source *source;
	struct netlink *netlink;
	struct counters_reader counters;
	struct flow_table *flows;
	int marker; /* a UDP socket connected to itself */
	uint16_t marker_port;
	uint64_t frames; /* captured, of all kinds */
	uint64_t markers; /* of which markers */
	uint64_t segments; /* of which TCP */
	uint64_t lo_at_start; /* what lo had received when `frames` was 0 */
	uint16_t next_port;
	bool is_dirty; /* something may be left of a run: do not use it for another */
	bool actors_dirty; /* the same of the processes */
	const char *device;
	struct shared *shared;
	int shared_fd;
	int actor_ends[SHARED_SIDES][SHARED_ACTORS]; /* held between making and forking only */
	struct actor_handle actors[SHARED_SIDES][SHARED_ACTORS];
	/* The run that is under way; NULL between runs. */
	struct record *record;
	bool is_recording; /* events are taken; false while the pair is being connected */
	int64_t began_ns;
	enum side port_owner[CASE_PORTS];
	unsigned n_resets; /* recorded so far */
	struct world_reset resets[RECORD_MAX_EVENTS];
	unsigned last_connection;
	bool last_was_data;
	frame_callback *
		on_frame; /* told of every frame but markers, with the world as data; may be NULL */
	struct savefile *savefile;
	int savefile_error;
	struct kept_frame kept[SHARED_SIDES][SEGMENT_KINDS]; /* see deliver.h */
	const struct kept_frame *delivered; /* and not yet come by in the capture */
	int injector; /* an AF_PACKET socket; -1: not needed so far */
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

/* Where a sysctl ("net.ipv4.tcp_fin_timeout") is a file. */
void world_sysctl_path(const char *name, char *ret, size_t size);
/* Writes a sysctl of the caller's network namespace. 0 or a negative errno. */
int world_write_sysctl(const char *name, const char *value);

/* The surroundings that a script asks for, in a world of its own. */
int world_adapt(struct world *world, const struct script *script, char *error);

/* Starts the two processes if they are not there. 0 or a negative errno. */
int world_start_actors(struct world *world);
/* Ends every process of the actors, by pid, and reaps it. */
void world_end_actors(struct world *world);

/* Returns when every segment sent so far has been processed by TCP and taken by the capture: a
 * marker datagram came by with no segment since the one before. 0 or a negative errno (-ETIMEDOUT).
 */
int world_settle(struct world *world);

/* Whether the capture holds every frame that lo has received; else why not. */
bool world_capture_is_complete(struct world *world, char *error);

#endif
