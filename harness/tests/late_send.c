/* SPDX-License-Identifier: MIT */
/* Preloaded: the conductor is late with its order for line LATE_LINE of the case, or with LATE_LINK
 * set with taking a device down, LATE_TIMES times from the LATE_FROM-th (1) on. Each time is a byte
 * in the file LATE_GIVEN. */
#include <fcntl.h>
#include <net/if.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shared.h"

#define LATE_BY_NS 300000000 /* behind the timer of TCP_CORK, 200 ms */

static long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : -1;
}

/* How often the order was given, this time included. */
static off_t count_given(void)
{
	int fd = open(getenv("LATE_GIVEN"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	struct stat file = {0};

	if (fd < 0 || write(fd, ".", 1) != 1 || fstat(fd, &file))
		_exit(3);
	close(fd);
	return file.st_size;
}

static bool is_to_be_late(void)
{
	long from = setting("LATE_FROM"), given = count_given();

	from = from > 0 ? from : 1;
	return given >= from && given < from + setting("LATE_TIMES");
}

static bool is_netlink(int fd)
{
	int domain = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &(socklen_t){sizeof(domain)}) &&
		domain == AF_NETLINK;
}

/* As `ip link set down`. */
static bool takes_down(int fd, const void *buf, size_t length)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} *request = buf;

	return is_netlink(fd) && length >= sizeof(*request) &&
		request->header.nlmsg_type == RTM_NEWLINK && request->info.ifi_change == IFF_UP &&
		!request->info.ifi_flags;
}

static bool is_meant(int fd, const void *buf, size_t length)
{
	const struct order *order = buf;

	if (getenv("LATE_LINK"))
		return takes_down(fd, buf, length);
	return length == sizeof(*order) && order->action.line == setting("LATE_LINE");
}

ssize_t send(int fd, const void *buf, size_t length, int flags)
{
	const struct timespec late = {.tv_nsec = LATE_BY_NS};

	if (is_meant(fd, buf, length) && is_to_be_late())
		nanosleep(&late, NULL);
	return syscall(SYS_sendto, fd, buf, length, flags, NULL, 0);
}
