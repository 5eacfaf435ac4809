/* SPDX-License-Identifier: MIT */
/* See kernel.h. */
#include "kernel.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GLOBS = 16 };

const char *const kernel_case_modules[] = {
	"ipv6", /* a module in user-mode Linux only */
	"veth",
	"tcp_diag",
	"unix_diag",
	"mptcp_diag",
	"nf_tables",
	"nft_reject_inet",
	"nft_reject_ipv4",
	"nft_reject_ipv6",
	"nft_ct",
	"nft_counter", /* built in from 5.17 on, with no entry of its own */
	"tls",
	"gcm", /* what TLS encrypts with, as the next two: gcm(aes) */
	"ghash_generic",
	"ctr",
	NULL,
};

/* Up to 7.1, from 7.2 on, where it is not signed, and of user-mode Linux. */
static const char *const image_globs[] = {"boot/vmlinuz-*", "*lib/modules/*/vmlinuz",
	"*lib/modules/*/vmlinuz.unsigned", "usr/bin/linux.uml"};
static const size_t n_image_globs = sizeof(image_globs) / sizeof(*image_globs);

static int refuse_memory(const char *path, struct complaint *complaint)
{
	return complaint_of_file(complaint, -ENOMEM, path, "cannot be read: %s", strerror(ENOMEM));
}

static int read_packages(const char *const debs[], size_t n_debs, struct deb_files packages[],
	struct complaint *complaint)
{
	const char *globs[MAX_GLOBS];
	size_t n = 0;

	for (size_t i = 0; i < n_image_globs && n < MAX_GLOBS; i++)
		globs[n++] = image_globs[i];
	for (size_t i = 0; i < modules_n_globs && n < MAX_GLOBS; i++)
		globs[n++] = modules_globs[i];
	for (size_t k = 0; k < n_debs; k++) {
		int r = deb_read(debs[k], globs, n, &packages[k], complaint);

		if (r)
			return r;
	}
	return 0;
}

static bool is_image(const char *path)
{
	for (size_t i = 0; i < n_image_globs; i++)
		if (!fnmatch(image_globs[i], path, 0))
			return true;
	return false;
}

/* The image's bytes move to *ret. */
static int take_image(struct deb_files packages[], const char *const debs[], size_t n_debs,
	struct deb_file *ret, struct complaint *complaint)
{
	for (size_t k = 0; k < n_debs; k++)
		for (size_t i = 0; i < packages[k].n; i++) {
			struct deb_file *file = &packages[k].files[i];

			if (!is_image(file->path))
				continue;
			*ret = (struct deb_file){.path = strdup(file->path),
				.mode = file->mode,
				.bytes = file->bytes,
				.size = file->size};
			file->bytes = NULL;
			return ret->path ? 0 : refuse_memory(debs[k], complaint);
		}
	return complaint_of_file(complaint, -ENOENT, n_debs ? debs[0] : "kernel",
		"holds no kernel image: want a file as boot/vmlinuz-VERSION");
}

static int take(struct deb_files packages[], const char *const debs[], size_t n_debs,
	const char *const names[], struct kernel *kernel, struct complaint *complaint)
{
	size_t n = 0;
	int r = take_image(packages, debs, n_debs, &kernel->image, complaint);

	while (names && names[n])
		n++;
	if (!r)
		r = modules_collect(packages, debs, n_debs, names, n, &kernel->modules, complaint);
	return r;
}

int kernel_read(const char *const debs[], size_t n_debs, const char *const names[],
	struct kernel *ret, struct complaint *ret_complaint)
{
	struct deb_files *packages = calloc(n_debs + 1, sizeof(*packages));
	struct kernel kernel = {.image = {.size = 0}};
	int r = packages ? read_packages(debs, n_debs, packages, ret_complaint)
			 : refuse_memory("kernel", ret_complaint);

	if (!r)
		r = take(packages, debs, n_debs, names, &kernel, ret_complaint);
	for (size_t k = 0; packages && k < n_debs; k++)
		deb_files_free(&packages[k]);
	free(packages);
	if (r) {
		kernel_free(&kernel);
		return r;
	}
	*ret = kernel;
	return 0;
}

void kernel_free(struct kernel *kernel)
{
	free(kernel->image.path);
	free(kernel->image.bytes);
	modules_free(&kernel->modules);
	*kernel = (struct kernel){.image = {.size = 0}};
}
