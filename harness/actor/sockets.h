/* SPDX-License-Identifier: MIT */
/* The socket calls that the actors make: the kernel's, or those of a stack that lives in their own
 * process (userstack.h). Each takes, gives and fails as the function of its name does (errno). */
#ifndef LASTACK_HARNESS_SOCKETS_H
#define LASTACK_HARNESS_SOCKETS_H

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

struct socket_calls {
	int (*socket)(int domain, int type, int protocol);
	int (*bind)(int fd, const struct sockaddr *address, socklen_t length);
	int (*listen)(int fd, int backlog);
	int (*connect)(int fd, const struct sockaddr *address, socklen_t length);
	int (*accept4)(int fd, struct sockaddr *address, socklen_t *length, int flags);
	int (*getsockname)(int fd, struct sockaddr *address, socklen_t *length);
	int (*getpeername)(int fd, struct sockaddr *address, socklen_t *length);
	int (*setsockopt)(int fd, int level, int option, const void *value, socklen_t length);
	int (*getsockopt)(int fd, int level, int option, void *value, socklen_t *length);
	int (*fcntl)(int fd, int command, int argument);
	int (*ioctl)(int fd, unsigned long request, void *argument);
	ssize_t (*send)(int fd, const void *bytes, size_t length, int flags);
	ssize_t (*sendto)(int fd, const void *bytes, size_t length, int flags,
		const struct sockaddr *address, socklen_t address_length);
	ssize_t (*sendmsg)(int fd, const struct msghdr *message, int flags);
	ssize_t (*write)(int fd, const void *bytes, size_t length);
	ssize_t (*writev)(int fd, const struct iovec *parts, int count);
	ssize_t (*recv)(int fd, void *bytes, size_t length, int flags);
	ssize_t (*recvmsg)(int fd, struct msghdr *message, int flags);
	ssize_t (*read)(int fd, void *bytes, size_t length);
	int (*poll)(struct pollfd *asked, nfds_t count, int timeout_ms);
	int (*select)(int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout);
	int (*shutdown)(int fd, int how);
	int (*close)(int fd);
};

extern const struct socket_calls kernel_sockets;
extern const struct socket_calls *sockets; /* what the actors use: the kernel's unless changed */

#endif
