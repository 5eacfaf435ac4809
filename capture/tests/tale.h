/* SPDX-License-Identifier: MIT */
/* Makes a history by telling what happened, without segments: what flow would have made of them.
 * Both ends acknowledge all they can, unless told otherwise. */
#ifndef LASTACK_CAPTURE_TESTS_TALE_H
#define LASTACK_CAPTURE_TESTS_TALE_H

#include "history.h"

#define C HISTORY_OPENER
#define S HISTORY_OTHER
#define MS 1000000LL

struct tale {
	struct history history;
	int64_t now_ns;
	uint32_t frame;
	struct history_segment last[2]; /* of each end, resets not counted */
	bool is_deaf[2]; /* this end acknowledges nothing */
};

void tale_begin(struct tale *tale);
void tale_wait(struct tale *tale, int64_t ns);
void tale_syn(struct tale *tale); /* C's */
void tale_syn_ack(struct tale *tale); /* S's */
void tale_connect(struct tale *tale); /* SYN, SYN,ACK, ACK */
void tale_send(struct tale *tale, enum history_end end, uint32_t bytes); /* and its ACK */
void tale_ack(struct tale *tale, enum history_end end);
void tale_fin(struct tale *tale, enum history_end end); /* and its ACK */
void tale_again(struct tale *tale, enum history_end end, unsigned times); /* retransmissions */
void tale_probe(struct tale *tale, enum history_end end, unsigned times);
/* A reset of a living socket, and one of a host without it, which answers the other's last. Both
 * return it, for what is special about it. */
struct history_reset *tale_abort(struct tale *tale, enum history_end end);
struct history_reset *tale_gone(struct tale *tale, enum history_end end);
/* The capture goes on for so long, and ends. */
const struct history *tale_end(struct tale *tale, int64_t ns);

#endif
