/* SPDX-License-Identifier: MIT */
/* The kernel's socket calls as a table. Those that need a function of their own here take what C
 * cannot point to: the C library's variadic functions and those with unions for an address. */
#include "sockets.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int kernel_bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return bind(fd, address, length);
}

static int kernel_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return connect(fd, address, length);
}

static int kernel_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	return accept4(fd, address, length, flags);
}

static int kernel_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	return getsockname(fd, address, length);
}

static int kernel_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return getpeername(fd, address, length);
}

static int kernel_fcntl(int fd, int command, int argument)
{
	return fcntl(fd, command, argument);
}

static int kernel_ioctl(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument);
}

static ssize_t kernel_sendto(int fd, const void *bytes, size_t length, int flags,
	const struct sockaddr *address, socklen_t address_length)
{
	return sendto(fd, bytes, length, flags, address, address_length);
}

const struct socket_calls kernel_sockets = {
	.socket = socket,
	.bind = kernel_bind,
	.listen = listen,
	.connect = kernel_connect,
	.accept4 = kernel_accept4,
	.getsockname = kernel_getsockname,
	.getpeername = kernel_getpeername,
	.setsockopt = setsockopt,
	.getsockopt = getsockopt,
	.fcntl = kernel_fcntl,
	.ioctl = kernel_ioctl,
	.send = send,
	.sendto = kernel_sendto,
	.sendmsg = sendmsg,
	.write = write,
	.writev = writev,
	.recv = recv,
	.recvmsg = recvmsg,
	.read = read,
	.poll = poll,
	.select = select,
	.shutdown = shutdown,
	.close = close,
};

const struct socket_calls *sockets = &kernel_sockets;
