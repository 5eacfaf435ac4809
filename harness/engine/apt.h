/* SPDX-License-Identifier: MIT */
/* Where the machine's own package configuration says that Debian's archives are, and downloading
 * from there: by apt-get and apt-helper, which know its proxies, keys and passwords. Both are
 * looked for in PATH, apt-helper then in /usr/lib/apt. Must not know what is downloaded. */
#ifndef LASTACK_HARNESS_APT_H
#define LASTACK_HARNESS_APT_H

#include <stdbool.h>
#include <stddef.h>

#include "stacks.h"

enum { APT_MAX_SITES = 8, APT_SITE_SIZE = 256 };

struct apt_sites {
	char sites[APT_MAX_SITES][APT_SITE_SIZE]; /* without '/' at the end */
	enum stack_part parts[APT_MAX_SITES];
	size_t n;
};

/* Every site whose path ends in /debian or /debian-security, once, in the configuration's order.
 * Returns 0, also for none; -ENOSYS without apt-get, or what running it gave; the complaint says
 * which. */
int apt_find_sites(struct apt_sites *ret, struct complaint *ret_complaint);

/* Asked a few times a second while something goes on; false: stop it. */
struct apt_watch {
	bool (*look)(void *context);
	void *context;
};

/* Downloads to the file `target`; what it holds already is gone on with where the site allows, and
 * overwritten where not. Returns 0; -ENOENT when the site has no such file; -EINTR when stopped;
 * -ENOSPC; -ENOSYS without apt-helper; -EIO for all else; with the complaint filled. The target
 * then holds what came. */
int apt_download(const char *url, const char *target, const struct apt_watch *watch,
	struct complaint *ret_complaint);

#endif
