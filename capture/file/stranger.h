/* SPDX-License-Identifier: MIT */
/* What people take for a capture, or have one in: by its first bytes, and what to do with it. Not
 * for other rooms: file.h is. */
#ifndef LASTACK_CAPTURE_STRANGER_H
#define LASTACK_CAPTURE_STRANGER_H

#include "input.h"

/* As far as the bytes at hand tell. A sentence for people, static; NULL: something else. */
const char *stranger_find(const struct input *input);

#endif
