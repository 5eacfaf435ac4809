/* SPDX-License-Identifier: MIT */
/* The verbs that move bytes. All data is position-coded (stream.h); every reader checks what it
 * got. */
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "sockets.h"
#include "stream.h"

#define CHUNK 65536

static uint8_t *coded_bytes(const struct flow_end *end, size_t length)
{
	uint8_t *bytes = malloc(length + 1);

	if (bytes)
		stream_fill(bytes, length, end->stream, *end->position);
	return bytes;
}

static struct outcome moved(const struct flow_end *end, ssize_t result)
{
	if (result < 0)
		return outcome_error(errno);
	*end->position += result;
	return outcome_number(result);
}

static int flags_of(const struct action *action)
{
	return action->operands[1] == OPERAND_ABSENT ? 0 : (int)action->operands[1];
}

#define KEPT 16

/* MSG_ZEROCOPY: the pages belong to the kernel until it says otherwise. */
static void keep(uint8_t *bytes)
{
	static uint8_t *kept[KEPT];
	static unsigned next;

	free(kept[next % KEPT]);
	kept[next++ % KEPT] = bytes;
}

typedef ssize_t sender(int fd, const void *bytes, size_t length, int flags);

static struct outcome send_with(
	struct actor *actor, const struct action *action, sender *function, int flags)
{
	struct flow_end end = actor_flow_end(actor, action, true);
	size_t length = (size_t)action->operands[0];
	uint8_t *bytes = coded_bytes(&end, length);
	struct outcome outcome;
	ssize_t result;

	if (!bytes)
		return outcome_error(ENOMEM);
	if (flags & MSG_OOB && length)
		bytes[length - 1] = STREAM_URGENT_BYTE;
	result = function(end.fd, bytes, length, flags);
	outcome = moved(&end, result);
	if (flags & MSG_OOB && result > 0)
		--*end.position; /* the urgent byte is not part of the stream */
	if (flags & MSG_ZEROCOPY)
		keep(bytes);
	else
		free(bytes);
	return outcome;
}

struct outcome call_send(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, sockets->send, flags_of(action));
}

static ssize_t do_write(int fd, const void *bytes, size_t length, int flags)
{
	return sockets->write(fd, bytes, length);
}

struct outcome call_write(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, do_write, 0);
}

static ssize_t do_writev(int fd, const void *bytes, size_t length, int flags)
{
	struct iovec halves[2] = {
		{.iov_base = (void *)(uintptr_t)bytes, .iov_len = length / 2},
		{.iov_base = (char *)(uintptr_t)bytes + length / 2, .iov_len = length - length / 2},
	};

	return sockets->writev(fd, halves, 2);
}

struct outcome call_writev(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, do_writev, 0);
}

static ssize_t do_sendmsg(int fd, const void *bytes, size_t length, int flags)
{
	struct iovec whole = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
	struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};

	return sockets->sendmsg(fd, &message, flags);
}

struct outcome call_sendmsg(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, do_sendmsg, flags_of(action));
}

static ssize_t do_sendto(int fd, const void *bytes, size_t length, int flags)
{
	return sockets->sendto(fd, bytes, length, flags, NULL, 0);
}

struct outcome call_sendto(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, do_sendto, flags_of(action));
}

/* The one call that connects and sends (tcp(7) does not have it: RFC 7413 appendix A.1). */
struct outcome call_fast_open(struct actor *actor, const struct action *action)
{
	struct descriptor *descriptor = actor_on(actor, action);
	size_t length = (size_t)action->operands[0];
	struct flow_end end = actor_flow_end(actor, action, true);
	struct outcome outcome;
	union address address, before = {0};
	socklen_t address_length = actor_address(actor, true, 0, &address);
	uint8_t *bytes = coded_bytes(&end, length);
	ssize_t result;

	if (!bytes)
		return outcome_error(ENOMEM);
	if (descriptor)
		before = actor_connecting(actor, descriptor, &address);
	result = sockets->sendto(end.fd, bytes, length, MSG_FASTOPEN | flags_of(action),
		&address.any, address_length);
	outcome = result < 0 ? outcome_error(errno) : outcome_number(result);
	free(bytes);
	if (descriptor && (result >= 0 || outcome.error == EINPROGRESS)) {
		actor_connected(actor, descriptor, true, &address);
		end = actor_flow_end(actor, action, true);
		*end.position += result > 0 ? result : 0;
	} else if (descriptor) {
		actor_connecting(actor, descriptor, &before);
	}
	return outcome;
}

static ssize_t do_sendfile(int fd, const void *bytes, size_t length, int flags)
{
	int file = memfd_create("sendfile", MFD_CLOEXEC), error;
	ssize_t result = -1;
	off_t offset = 0;

	if (file < 0)
		return -1;
	if (write(file, bytes, length) == (ssize_t)length)
		result = sendfile(fd, file, &offset, length);
	error = errno;
	close(file);
	errno = error;
	return result;
}

struct outcome call_sendfile(struct actor *actor, const struct action *action)
{
	return send_with(actor, action, do_sendfile, 0);
}

/* With MSG_TRUNC TCP throws the bytes away instead of copying them (tcp(7)). */
static bool discards(int fd, int flags)
{
	int domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);

	return flags & MSG_TRUNC &&
		!sockets->getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) &&
		domain != AF_UNIX;
}

/* With MSG_TRUNC the result is a message's length, of which at most `room` bytes are here
 * (recv(2)). */
static size_t bytes_here(int fd, ssize_t result, size_t room, int flags)
{
	if (discards(fd, flags))
		return 0;
	return !(flags & MSG_TRUNC) || (size_t)result < room ? (size_t)result : room;
}

static struct outcome checked(
	const struct flow_end *end, const uint8_t *bytes, size_t room, ssize_t result, int flags)
{
	struct outcome outcome = outcome_number(result);
	int64_t wrong;

	if (result < 0)
		return outcome_error(errno);
	if (flags & MSG_OOB) {
		outcome.is_spoilt = result && bytes[0] != STREAM_URGENT_BYTE;
		return outcome;
	}
	wrong = stream_check(
		bytes, bytes_here(end->fd, result, room, flags), end->stream, *end->position);
	outcome.is_spoilt = wrong >= 0;
	outcome.spoilt_at = wrong;
	if (!(flags & MSG_PEEK))
		*end->position += result;
	return outcome;
}

typedef ssize_t receiver(int fd, void *bytes, size_t length, int flags);

static struct outcome receive_with(
	struct actor *actor, const struct action *action, receiver *function, int flags)
{
	struct flow_end end = actor_flow_end(actor, action, false);
	size_t length = (size_t)action->operands[0];
	uint8_t *bytes = malloc(length + 1);
	struct outcome outcome;

	if (!bytes)
		return outcome_error(ENOMEM);
	outcome = checked(&end, bytes, length, function(end.fd, bytes, length, flags), flags);
	free(bytes);
	return outcome;
}

struct outcome call_recv(struct actor *actor, const struct action *action)
{
	return receive_with(actor, action, sockets->recv, flags_of(action));
}

static ssize_t do_read(int fd, void *bytes, size_t length, int flags)
{
	return sockets->read(fd, bytes, length);
}

struct outcome call_read(struct actor *actor, const struct action *action)
{
	return receive_with(actor, action, do_read, 0);
}

static _Thread_local int64_t inq; /* what the last recvmsg() said is left; -1: it said nothing */

/* tcp(7) does not have it: TCP_INQ, include/uapi/linux/tcp.h, TCP_CM_INQ. */
static ssize_t do_recvmsg(int fd, void *bytes, size_t length, int flags)
{
	char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec whole = {.iov_base = bytes, .iov_len = length};
	struct msghdr message = {.msg_iov = &whole,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room)};
	ssize_t result = sockets->recvmsg(fd, &message, flags);
	struct cmsghdr *control = result < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int left;

	inq = -1;
	if (control && control->cmsg_level == IPPROTO_TCP && control->cmsg_type == TCP_CM_INQ) {
		memcpy(&left, CMSG_DATA(control), sizeof(left));
		inq = left;
	}
	return result;
}

struct outcome call_recvmsg(struct actor *actor, const struct action *action)
{
	struct outcome outcome = receive_with(actor, action, do_recvmsg, flags_of(action));

	outcome.has_second = outcome.kind == OUTCOME_NUMBER && inq >= 0;
	outcome.second = outcome.has_second ? inq : 0;
	return outcome;
}

/* Documentation/networking/msg_zerocopy.rst, "Notification Reception" */
struct outcome call_take_completion(struct actor *actor, const struct action *action)
{
	char room[256] __attribute__((aligned(8)));
	struct msghdr message = {.msg_control = room, .msg_controllen = sizeof(room)};
	struct sock_extended_err notice;
	struct outcome outcome;
	struct cmsghdr *control;

	if (sockets->recvmsg(actor_fd(actor, action), &message, MSG_ERRQUEUE) < 0)
		return outcome_error(errno);
	control = CMSG_FIRSTHDR(&message);
	if (!control || control->cmsg_len < CMSG_LEN(sizeof(notice)))
		return outcome_error(ENOMSG);
	memcpy(&notice, CMSG_DATA(control), sizeof(notice));
	if (notice.ee_origin != SO_EE_ORIGIN_ZEROCOPY)
		return outcome_error(ENOMSG);
	outcome = outcome_word(notice.ee_code & SO_EE_CODE_ZEROCOPY_COPIED ? "copied" : "uncopied");
	outcome.has_number = true;
	outcome.number = notice.ee_data - notice.ee_info + 1;
	return outcome;
}

static int open_pipe(struct actor_process *process)
{
	return process->pipe[0] >= 0 ? 0 : pipe2(process->pipe, O_CLOEXEC);
}

/* The pipe holds bytes of the stream in their order: where it was empty, they begin here. */
struct outcome call_splice_in(struct actor *actor, const struct action *action)
{
	struct flow_end end = actor_flow_end(actor, action, false);
	struct actor_process *process = actor->process;
	int held = 0;

	if (open_pipe(process) || ioctl(process->pipe[0], FIONREAD, &held))
		return outcome_error(errno);
	if (!held)
		process->pipe_position = *end.position;
	return moved(
		&end, splice(end.fd, NULL, process->pipe[1], NULL, (size_t)action->operands[0], 0));
}

struct outcome call_pipe(struct actor *actor, const struct action *action)
{
	struct action plain = {.side = action->side};
	struct flow_end end = actor_flow_end(actor, &plain, false);
	struct actor_process *process = actor->process;
	_Atomic int64_t position = process->pipe_position;
	uint8_t bytes[CHUNK];
	size_t length = (size_t)action->operands[0];
	struct outcome outcome;

	if (open_pipe(process))
		return outcome_error(errno);
	if (length > CHUNK)
		length = CHUNK;
	end.position = &position;
	outcome = checked(&end, bytes, length, read(process->pipe[0], bytes, length), 0);
	process->pipe_position = position;
	return outcome;
}

struct outcome call_splice_out(struct actor *actor, const struct action *action)
{
	struct flow_end end = actor_flow_end(actor, action, true);
	struct actor_process *process = actor->process;
	size_t length = (size_t)action->operands[0];
	uint8_t *bytes = coded_bytes(&end, length);
	bool filled = bytes && length <= CHUNK && !open_pipe(process) &&
		write(process->pipe[1], bytes, length) == (ssize_t)length;

	free(bytes);
	if (!filled)
		return outcome_error(ENOMEM);
	return moved(&end, splice(process->pipe[0], NULL, end.fd, NULL, length, 0));
}

static struct outcome amount(const char *word, int error, int64_t bytes)
{
	struct outcome outcome = outcome_word(word);

	outcome.error = error;
	outcome.has_amount = true;
	outcome.amount = bytes;
	return outcome;
}

struct outcome call_fill(struct actor *actor, const struct action *action)
{
	struct flow_end end = actor_flow_end(actor, action, true);
	uint8_t bytes[CHUNK];
	int64_t total = 0;

	for (;;) {
		ssize_t result;

		stream_fill(bytes, sizeof(bytes), end.stream, *end.position);
		result = sockets->send(end.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (result < 0)
			break;
		*end.position += result;
		total += result;
	}
	if (!total)
		return outcome_error(errno);
	if (errno == EAGAIN)
		return amount("full", 0, total);
	return amount("part", errno, total);
}

/* How much of what the other side's calls accepted has been read by now. */
static const char *share_read(struct actor *actor, const struct action *action, int64_t total)
{
	const struct descriptor *descriptor = actor_on(actor, action);
	const struct shared_connection *connection;
	int stream;

	if (!descriptor || descriptor->connection < 0)
		return "all";
	connection = &actor->process->shared->connections[descriptor->connection];
	stream = connection->is_own_peer ? descriptor->stream : !descriptor->stream;
	if (connection->received[stream] == connection->sent[stream])
		return "all";
	return total ? "part" : "none";
}

struct outcome call_drain(struct actor *actor, const struct action *action)
{
	struct flow_end end = actor_flow_end(actor, action, false);
	struct outcome outcome;
	uint8_t bytes[CHUNK];
	int64_t total = 0, wrong = -1;
	ssize_t result;
	int error;

	while ((result = sockets->recv(end.fd, bytes, sizeof(bytes), 0)) > 0) {
		if (wrong < 0)
			wrong = stream_check(bytes, (size_t)result, end.stream, *end.position);
		*end.position += result;
		total += result;
	}
	error = result < 0 ? errno : 0;
	outcome = amount(share_read(actor, action, total), error, total);
	outcome.is_spoilt = wrong >= 0;
	outcome.spoilt_at = wrong;
	return outcome;
}
