/* SPDX-License-Identifier: MIT */
/* What the parts of script_write.c share: a script that is being written. Not for others. */
#ifndef LASTACK_HARNESS_SCRIPT_WRITER_H
#define LASTACK_HARNESS_SCRIPT_WRITER_H

#include "rehearsal.h"

/* How far an end's socket has come. */
struct end {
	const char *word; /* "client" */
	bool is_closed; /* its program has let go of it */
	bool is_over; /* reset, or given up */
	bool has_fin, has_heard_fin;
	bool is_deaf; /* its blackhole is on */
	bool is_peer; /* raw: it makes no calls */
	bool has_unacknowledged; /* the bytes it sent last were not heard of */
	bool is_undelayed; /* its TCP_NODELAY is on */
	int64_t ahead; /* of the bytes it sends: sent and read before the last of them */
	int64_t unread;
	/* Beside a raw peer: the positions behind what it sent in its place, and behind all. */
	int64_t next, highest;
	unsigned syns; /* in the midst of the connection */
};

struct writer {
	const struct proposal *proposal;
	const struct rehearsal *rehearsal;
	FILE *stream;
	char *error;
	struct end ends[2]; /* by side */
	unsigned at; /* the cue that is made now */
	bool is_delivered[REHEARSAL_MAX]; /* of what crossed, by cue */
	int impossible; /* the side whose segments no socket sends; -1: not found */
};

/* Writes the steps: 0, or -ENOTSUP with the reason in the writer's error. */
typedef int script_manner(struct writer *writer);

/* Two kernels' ends, connected; a raw peer in the place of the one whose segments no kernel sends;
 * a SYN that brought bytes. */
script_manner script_pair, script_with_peer, script_crossing, script_fast_open;
/* Both SYNs cross, and two kernels' ends answer. */
script_manner script_simultaneous;
/* Strange segments before there is a connection, or where there is none. */
script_manner script_odd_answers, script_stranger, script_syn_with_fin, script_fast_open_reset;
/* Refuses, and says how it begins. */
script_manner script_unknown;
/* Connections that were never made, or never accepted, and those to oneself. */
script_manner script_refused, script_unanswered, script_abandoned, script_half_open,
	script_half_open_lost, script_fast_open_refused, script_fast_open_unanswered,
	script_self_connected, script_listener_closed;

/* The calls of a kernel's end that make a cue: 0 or -ENOTSUP. */
int script_make(struct writer *writer, const struct cue *cue);
/* The rest, once a raw peer in the place of `peer` is connected. */
int script_go_on_with_peer(struct writer *writer, enum side peer);
/* What the end does that it comes to, if that is a kernel's. */
void script_arrive(struct writer *writer, const struct cue *cue);

/* script_bytes.c. The bytes of a cue of DATA, as far as they are not held for its FIN. */
void script_send_bytes(struct writer *writer, const struct cue *cue);
/* Whether what lies unread is to lie there when this end closes: it resets later, for that cause,
 * and hears nothing more until then. */
bool script_keeps_unread(const struct writer *writer, enum side side);
/* The reset that the cue draws at once is not heard of: its sender goes on. */
bool script_draws_lost_reset(const struct writer *writer);

/* script_held.c. Whether bytes are to come to this end that crossed what it does now. */
bool script_owes_bytes(const struct writer *writer, enum side side);
/* The first that is held back from this end; false: nothing is. */
bool script_deliver_next(struct writer *writer, enum side side);
/* At the other end's turn: what crossed is delivered behind the last of its events that did not
 * know of it, or draws its bare reset (script_make()). Resets that crossed are never delivered: the
 * next thing sent draws another one. */
void script_deliver_held(struct writer *writer);

/* A line of the case. */
void script_step(struct writer *writer, const char *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Why there is no such case; -ENOTSUP. */
int script_refuse(struct writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same of a cue that no socket sends: a raw peer may. */
int script_refuse_socket(struct writer *writer, const struct cue *cue, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

enum cause script_cause(const struct proposal *proposal);
/* Whose place a raw peer takes. */
enum side script_peer_side(const struct proposal *proposal, const struct rehearsal *rehearsal);

static inline bool cue_is_reset(const struct cue *cue)
{
	return cue && (cue->kind == EVENT_RST || cue->kind == EVENT_RST_ACK);
}

#endif
