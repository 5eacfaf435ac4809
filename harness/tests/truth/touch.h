/* SPDX-License-Identifier: MIT */
/* What is done to one TCP socket, and what the kernel says of it. Nothing blocks. */
#ifndef LASTACK_TRUTH_TOUCH_H
#define LASTACK_TRUTH_TOUCH_H

#include <stdbool.h>

void touch_send(int fd, unsigned bytes); /* as many as there is room for */
void touch_read(int fd, unsigned most); /* 0: all there are */
void touch_zero_linger(int fd);
void touch_dissolve(int fd); /* connect(AF_UNSPEC) */
void touch_vanish(int fd); /* close() will send nothing (TCP_REPAIR) */
void touch_deafen(int fd); /* drops all that comes */
void touch_hear(int fd); /* no longer */
void touch_ttl(int fd, int ttl);

/* Gives it to a child alone, which is killed: the descriptor is closed when this returns. */
void touch_kill_holder(int fd);

/* Whether the other end has acknowledged all that was sent, of this one. False if it was reset. */
bool touch_is_acknowledged(int fd);
/* Whether the kernel has ended it (CLOSED), while the descriptor is still there. */
bool touch_is_ended(int fd);

#endif
