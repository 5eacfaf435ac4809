/* SPDX-License-Identifier: MIT */
/* Whatever a package holds, reading a kernel out of it ends in a kernel or in words, within bounds.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(bool claim)
{
	if (!claim)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("deb", MFD_CLOEXEC);
	struct complaint complaint = {.line = 0};
	char path[64];
	const char *debs[] = {path};
	struct kernel kernel;

	expect(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (kernel_read(debs, 1, kernel_case_modules, &kernel, &complaint)) {
		expect(complaint.file[0] && complaint.text[0]);
	} else {
		expect(kernel.image.path && kernel.image.bytes);
		for (size_t i = 0; i < kernel.modules.n; i++)
			expect(kernel.modules.modules[i].bytes);
		kernel_free(&kernel);
	}
	close(fd);
	return 0;
}
