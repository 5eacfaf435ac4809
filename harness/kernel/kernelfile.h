/* SPDX-License-Identifier: MIT */
/* The short texts by which a kernel is asked and told: files of /proc, and among them the sysctls
 * of the caller's network namespace, by their dotted names ("net.ipv4.tcp_retries2"). Every
 * function gives 0 or a negative errno; -ENOENT: this kernel has no such thing. */
#ifndef LASTACK_HARNESS_KERNELFILE_H
#define LASTACK_HARNESS_KERNELFILE_H

#include <stdbool.h>
#include <stddef.h>

/* What fits of the text, without the newline at its end. */
int kernel_file_read(const char *path, char *ret, size_t size);
int kernel_file_write(const char *path, const char *text);

int sysctl_read(const char *name, char *ret, size_t size);
int sysctl_write(const char *name, const char *value);
bool sysctl_exists(const char *name); /* maybe only to be written */

#endif
