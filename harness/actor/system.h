/* SPDX-License-Identifier: MIT */
/* What a record calls the kernel that it was made on */
#ifndef LASTACK_HARNESS_SYSTEM_H
#define LASTACK_HARNESS_SYSTEM_H

#include <stddef.h>
#include <sys/utsname.h>

/* "linux 6.18.44 x86_64": the release, or, where that hides which stable version it is (Debian's
 * 6.1.0-50-amd64), the version that uname(2) tells beside it ("Debian 6.1.176-1"). Cut to `size`.
 */
void system_name(const struct utsname *system, char *ret, size_t size);

#endif
