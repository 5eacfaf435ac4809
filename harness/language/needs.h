/* SPDX-License-Identifier: MIT */
/* Features of a kernel that cases can need by name (`needs tls`). Each is asked of the kernel
 * itself, by the call that the case would make: what a configuration file says may not be what
 * runs. */
#ifndef LASTACK_HARNESS_NEEDS_H
#define LASTACK_HARNESS_NEEDS_H

#include <stdbool.h>

struct need {
	const char *name;
	int (*probe)(void); /* 0, or a negative errno */
	const char *mend; /* what a kernel without it lacks */
};

extern const struct need needs[]; /* ends with a NULL name */

const struct need *need_find(const char *name);

#endif
