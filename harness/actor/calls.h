/* SPDX-License-Identifier: MIT */
/* What performs each verb, by file: calls_socket.c, calls_options.c, calls_descriptor.c,
 * calls_setup.c, calls_data.c, calls_ready.c, calls_process.c, calls_uring.c, calls_kernel.c,
 * calls_system.c. All are verb_function (verb.h). */
#ifndef LASTACK_HARNESS_CALLS_H
#define LASTACK_HARNESS_CALLS_H

#include "verb.h"

/* sockets */
verb_function call_socket, call_socketpair, call_bind, call_listen, call_connect, call_accept,
	call_connect_unspec, call_connect_to, call_shutdown;
verb_function call_setup_listen, call_setup_connect, call_setup_accept, call_reset;

/* their options and names */
verb_function call_setsockopt, call_getsockopt, call_fcntl, call_ioctl, call_getpeername,
	call_getsockname, call_peer_address, call_blackhole, call_vanish, call_await_retransmission;

/* descriptors, whatever they stand for */
verb_function call_close, call_close_range, call_dup, call_dup2, call_limit_descriptors,
	call_open_null, call_pipe;

/* the namespace */
verb_function call_sysctl, call_sockstat;

/* data */
verb_function call_send, call_recv, call_read, call_write, call_writev, call_sendmsg, call_sendfile;
verb_function call_sendto, call_recvmsg, call_splice_in, call_splice_out, call_fill, call_drain;
verb_function call_fast_open, call_take_completion;

/* readiness */
verb_function call_poll, call_select, call_epoll_create, call_epoll_add, call_epoll_modify;
verb_function call_epoll_delete, call_epoll_wait, call_async, call_take_signal;
verb_function call_uring_submit, call_uring_wait, call_uring_cancel;

/* processes and descriptors between them */
verb_function call_fork, call_exit, call_exec, call_signal, call_pending, call_pass, call_take;
verb_function call_pidfd_getfd, call_start_thread;

/* what only privilege or the kernel's own interfaces can do */
verb_function call_destroy, call_destroy_by_bpf, call_drop_rights, call_real_time, call_congestion,
	call_ulp, call_tls, call_subflows, call_add_subflow;

#endif
