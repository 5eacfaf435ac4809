/* SPDX-License-Identifier: MIT */
/* Preloaded: the FULL_AT-th send() of a process that would not wait finds no room, once, as if the
 * acknowledgement that makes room were still under way. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t send(int fd, const void *buf, size_t length, int flags)
{
	static long n_sent;
	const char *full_at = getenv("FULL_AT");

	if (flags & MSG_DONTWAIT && full_at && ++n_sent == strtol(full_at, NULL, 10)) {
		errno = EAGAIN;
		return -1;
	}
	return syscall(SYS_sendto, fd, buf, length, flags, NULL, 0);
}
