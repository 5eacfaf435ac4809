/* SPDX-License-Identifier: MIT */
/* Reads files out of a Debian package (deb(5): ar, data.tar.{xz,zst,gz}) in process, on libarchive;
 * a package that would unpack to more than any real one does is refused. Must not know what the
 * files are for. */
#ifndef LASTACK_HARNESS_DEB_H
#define LASTACK_HARNESS_DEB_H

#include <stddef.h>
#include <stdint.h>

#include "case.h" /* struct complaint */

struct deb_file {
	char *path; /* without "./" in front: "boot/vmlinuz-6.1.0-50-cloud-amd64" */
	uint32_t mode; /* permissions */
	unsigned char *bytes;
	size_t size;
};

struct deb_files {
	struct deb_file *files; /* in the package's order */
	size_t n;
};

/* The regular files whose path one of the globs takes (fnmatch(3); '*' takes '/' as well). Returns
 * 0, also when there are none; otherwise a negative errno with the complaint naming the package:
 * -EINVAL for one that is cut short, damaged or no package, -EFBIG for one that is too large. The
 * caller frees after 0. */
int deb_read(const char *path, const char *const globs[], size_t n_globs, struct deb_files *ret,
	struct complaint *ret_complaint);
void deb_files_free(struct deb_files *files);

/* A file whose name ends in .xz, .zst or .gz is replaced by what it unpacks to, and loses that end
 * of its name; any other stays as it is. Returns as deb_read(); the complaint names the file. */
int deb_file_unpack(struct deb_file *file, struct complaint *ret_complaint);

#endif
