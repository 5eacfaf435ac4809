/* SPDX-License-Identifier: MIT */
/* A connection as the rules look at it: which reset decides, who sent it and in what shape, and the
 * arithmetic that several rules need. Points into the history; owns nothing. */
#ifndef LASTACK_CAPTURE_VIEW_H
#define LASTACK_CAPTURE_VIEW_H

#include "finding.h"

#define SECOND 1000000000LL

/* Linux has two ways to send a reset, and they look different (net/ipv4). */
enum shape {
	SHAPE_NONE, /* no reset */
	SHAPE_ALIVE, /* tcp_send_active_reset(): RST,ACK of a socket that still lives */
	SHAPE_GONE, /* tcp_v4_send_reset(): bare, made of the segment that it answers */
	SHAPE_ANSWER, /* the same in answer to a segment without ACK, to a SYN for instance: there
	                 is no number to copy, so it is RST,ACK with <SEQ=0> */
};

struct view {
	const struct history *history;
	const struct surroundings *surroundings;
	const struct history_reset *reset; /* the one that decides; NULL: none */
	const struct history_reset *doubted; /* the one least like its sender's; NULL: none */
	enum shape shape;
	enum history_end closer; /* who sent the reset, or else the first FIN */
	const struct history_direction *own, *peer; /* what the closer sent, what it was sent */
};

void view_make(
	const struct history *history, const struct surroundings *surroundings, struct view *ret);

enum shape view_shape(const struct history *history, const struct history_reset *reset);
/* A reset in SYN-SENT for what does not answer the SYN: of an old connection that the other end
 * still holds (RFC 9293 3.5.1). The SYN is repeated behind it. */
bool view_is_clearing(const struct history *history, const struct history_reset *reset);
/* Whether the capture shows the connection from its beginning, both ends of it: only then is what
 * it does not show nothing. */
bool view_is_whole(const struct view *view);
/* Bytes of the peer that the closer's host had acknowledged. */
int64_t view_input(const struct view *view);
/* Payload of `end` that the other end never acknowledged. */
int64_t view_unacknowledged(const struct history *history, enum history_end end);
/* From the closer's own FIN to what drew its reset; 0 if there is none of these. */
int64_t view_pause(const struct view *view);
/* Windows in bytes: in the reset, and in its sender's segment before. */
int64_t view_window(const struct view *view, const struct history_segment *segment);
/* Whether the reset answers bytes (or is drawn by some that lie unacknowledged). */
bool view_is_drawn_by_data(const struct view *view);
/* Whether the first FIN of this end came before the other knew of it: both FINs crossed. */
bool view_fins_crossed(const struct history *history);
/* Whether who reset may be a server between two requests: it is the end that accepted, as far as
 * the capture tells. Who gives up waiting for an answer closes an idle connection, too, but races
 * with no request. */
bool view_may_race(const struct view *view);
/* Whether the long silence came after an exchange in both directions, and was ended by `end`. */
bool view_was_idle(const struct view *view, enum history_end breaker);

#endif
