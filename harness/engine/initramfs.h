/* SPDX-License-Identifier: MIT */
/* Writes an initramfs: cpio newc, not packed (a guest under emulation would take longer to unpack
 * than the host to copy). The same entries give the same bytes. Several such files one behind the
 * other are one initramfs as well. */
#ifndef LASTACK_HARNESS_INITRAMFS_H
#define LASTACK_HARNESS_INITRAMFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "case.h" /* struct complaint */

struct initramfs_entry {
	const char *path; /* in the guest: "/init"; folders above it are made */
	mode_t mode; /* S_IFREG, S_IFDIR or S_IFCHR, and permissions */
	const void *bytes; /* of a regular file, or NULL: */
	size_t size;
	const char *source; /* the file on the host that it is a copy of */
	unsigned major, minor; /* of a character device */
};

/* Returns 0, or a negative errno with the complaint naming the file. `path` is whole or, after an
 * error, as it was. */
int initramfs_write(const char *path, const struct initramfs_entry entries[], size_t n,
	struct complaint *ret_complaint);

#endif
