/* SPDX-License-Identifier: MIT */
/* The table of features. See needs.h. */
#include "needs.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf.h"
#include "netlink.h"

static int probe_io_uring(void)
{
	struct io_uring_params params = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int probe_sock_destroy(void)
{
	struct netlink *netlink;
	int r = netlink_open(&netlink);

	if (r)
		return r;
	r = netlink_has_tcp_diag(netlink) ? netlink_can_destroy(netlink) : -EPROTONOSUPPORT;
	netlink_close(netlink);
	return r;
}

static int probe_real_time(void)
{
	struct sched_param lowest = {.sched_priority = 1}, none = {0};

	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		return -errno;
	return sched_setscheduler(0, SCHED_OTHER, &none) ? -errno : 0;
}

/* Before a connection is there, the protocol refuses for that reason. */
static int probe_tls(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) && errno != ENOTCONN)
		r = -errno;
	close(fd);
	return r;
}

const struct need needs[] = {
	{"bpf-sock-destroy", bpf_destroy_is_possible,
		"want /sys/kernel/btf/vmlinux and linux >= 6.5"},
	{"io_uring", probe_io_uring, "want CONFIG_IO_URING and sysctl kernel.io_uring_disabled 0"},
	{"real-time", probe_real_time,
		"want CAP_SYS_NICE and a control group with real-time runtime"},
	{"sock-destroy", probe_sock_destroy, "want CONFIG_INET_DIAG_DESTROY"},
	{"tls", probe_tls, "want CONFIG_TLS, and modprobe tls"},
	{NULL, NULL, NULL},
};

const struct need *need_find(const char *name)
{
	for (const struct need *need = needs; need->name; need++)
		if (!strcmp(need->name, name))
			return need;
	return NULL;
}
