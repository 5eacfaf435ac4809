/* SPDX-License-Identifier: MIT */
/* A kernel out of Debian packages: its image, and the modules that cases load. Must not know how a
 * guest is started. */
#ifndef LASTACK_HARNESS_KERNEL_H
#define LASTACK_HARNESS_KERNEL_H

#include <stddef.h>

#include "modules.h"

struct kernel {
	struct deb_file image; /* what QEMU takes as -kernel; of user-mode Linux the program */
	struct module_list modules;
};

/* What the suite's cases load: links, socket diagnosis, the firewall, kernel TLS. Not every kernel
 * has all of them. Ends with NULL. */
extern const char *const kernel_case_modules[];

/* Reads each package once. `names` ends with NULL; NULL is none. Returns 0; -EINVAL for what cannot
 * be read, -ENOENT if no package has an image, -ENOMEM; the complaint names the package. Takes
 * about a second for each; the caller frees after 0. */
int kernel_read(const char *const debs[], size_t n_debs, const char *const names[],
	struct kernel *ret, struct complaint *ret_complaint);
void kernel_free(struct kernel *kernel);

#endif
