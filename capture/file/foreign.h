/* SPDX-License-Identifier: MIT */
/* What libpcap can open and walk.h cannot. Not for other rooms: file.h is. */
#ifndef LASTACK_CAPTURE_FOREIGN_H
#define LASTACK_CAPTURE_FOREIGN_H

#include "file.h"
#include "input.h"

struct foreign;

#define FOREIGN_WHY_SIZE 256 /* as libpcap's own */

/* Reads on from what is at hand in `input`, which stays the caller's. Returns 0, -ENOMEM, or
 * -EBADMSG with libpcap's word in why[FOREIGN_WHY_SIZE]. foreign_close() takes NULL. */
int foreign_open(struct input *input, struct foreign **ret, char *why);
void foreign_close(struct foreign *foreign);

/* The next record; its bytes are valid until the next call. Returns 1; 0 at the end; -EBADMSG with
 * the reason in why[FOREIGN_WHY_SIZE]. */
int foreign_next(struct foreign *foreign, struct frame_header *ret, char *why);

#endif
