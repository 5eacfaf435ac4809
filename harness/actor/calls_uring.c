/* SPDX-License-Identifier: MIT */
/* The verbs of io_uring(7): one request of each kind under way at a time, by bare system calls. A
 * request holds the file that it was submitted for, which is what cases about last references ask.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"
#include "stream.h"

#define ENTRIES 4
#define CANCEL URING_REQUESTS /* user_data of a cancellation; of a request, its kind */

/* The rings of a process, mapped once; by offset into what the kernel shares (io_uring_setup(2)) */
static struct uring {
	int fd; /* 0: none yet */
	char *rings;
	struct io_uring_sqe *requests;
	struct io_uring_params params;
	enum uring_request last; /* submitted */
	struct {
		struct flow_end end; /* the stream that it moves */
		bool is_done;
		int result;
	} requests_by_kind[URING_REQUESTS + 1];
	uint8_t received[65536], sent[64];
} uring;

static _Atomic uint32_t *ring_word(uint32_t offset)
{
	return (_Atomic uint32_t *)(void *)(uring.rings + offset);
}

static int open_uring(void)
{
	size_t size;

	if (uring.fd)
		return 0;
	uring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &uring.params);
	if (uring.fd < 0) {
		uring.fd = 0;
		return -errno;
	}
	size = uring.params.cq_off.cqes + uring.params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < uring.params.sq_off.array + uring.params.sq_entries * sizeof(uint32_t))
		size = uring.params.sq_off.array + uring.params.sq_entries * sizeof(uint32_t);
	uring.rings =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, uring.fd, IORING_OFF_SQ_RING);
	uring.requests = mmap(NULL, uring.params.sq_entries * sizeof(struct io_uring_sqe),
		PROT_READ | PROT_WRITE, MAP_SHARED, uring.fd, IORING_OFF_SQES);
	return uring.rings == MAP_FAILED || uring.requests == MAP_FAILED ? -errno : 0;
}

static int submit(const struct io_uring_sqe *request)
{
	_Atomic uint32_t *tail = ring_word(uring.params.sq_off.tail);
	uint32_t place = *tail & *ring_word(uring.params.sq_off.ring_mask);

	uring.requests[place] = *request;
	*ring_word(uring.params.sq_off.array + place * (uint32_t)sizeof(uint32_t)) = place;
	atomic_store(tail, *tail + 1);
	if (syscall(SYS_io_uring_enter, uring.fd, 1, 0, 0, NULL, 0) != 1)
		return -errno;
	return 0;
}

static void prepare(struct actor *actor, const struct action *action, enum uring_request kind,
	struct io_uring_sqe *request)
{
	struct flow_end end = actor_flow_end(actor, action, kind == URING_SEND);

	switch (kind) {
	case URING_RECV:
		request->opcode = IORING_OP_RECV;
		request->addr = (uint64_t)(uintptr_t)uring.received;
		request->len = sizeof(uring.received);
		break;
	case URING_POLL:
		request->opcode = IORING_OP_POLL_ADD;
		request->poll32_events = POLLIN;
		break;
	case URING_SEND:
		stream_fill(uring.sent, sizeof(uring.sent), end.stream, *end.position);
		request->opcode = IORING_OP_SEND;
		request->addr = (uint64_t)(uintptr_t)uring.sent;
		request->len = sizeof(uring.sent);
		break;
	case URING_SHUTDOWN:
		request->opcode = IORING_OP_SHUTDOWN;
		request->len = SHUT_RDWR;
		break;
	case URING_ACCEPT: request->opcode = IORING_OP_ACCEPT; break;
	case URING_CLOSE: request->opcode = IORING_OP_CLOSE; break;
	case URING_REQUESTS: break;
	}
	uring.requests_by_kind[kind].end = end;
	uring.requests_by_kind[kind].is_done = false;
}

struct outcome call_uring_submit(struct actor *actor, const struct action *action)
{
	enum uring_request kind = (enum uring_request)action->operands[0];
	struct io_uring_sqe request = {.fd = actor_fd(actor, action), .user_data = kind};
	int r = open_uring();

	prepare(actor, action, kind, &request);
	uring.last = kind;
	if (!r)
		r = submit(&request);
	return r ? outcome_error(-r) : outcome_number(0);
}

/* Takes the next completion, if there is one. */
static bool take_completion(struct io_uring_cqe *ret)
{
	_Atomic uint32_t *head = ring_word(uring.params.cq_off.head);
	uint32_t place = *head & *ring_word(uring.params.cq_off.ring_mask);

	if (*head == atomic_load(ring_word(uring.params.cq_off.tail)))
		return false;
	memcpy(ret, uring.rings + uring.params.cq_off.cqes + place * sizeof(*ret), sizeof(*ret));
	atomic_store(head, *head + 1);
	return true;
}

static int await_completion(enum uring_request kind)
{
	struct io_uring_cqe done;

	while (!uring.requests_by_kind[kind].is_done) {
		if (take_completion(&done)) {
			uring.requests_by_kind[done.user_data].is_done = true;
			uring.requests_by_kind[done.user_data].result = done.res;
		} else if (syscall(SYS_io_uring_enter, uring.fd, 0, 1, IORING_ENTER_GETEVENTS, NULL,
				   0) < 0) {
			return -errno;
		}
	}
	return 0;
}

/* Checks what was received, and notes how far the stream got. */
static struct outcome completed(enum uring_request kind)
{
	struct flow_end *end = &uring.requests_by_kind[kind].end;
	int result = uring.requests_by_kind[kind].result;
	struct outcome outcome = outcome_number(result);

	if (result < 0)
		return outcome_error(-result);
	if (kind == URING_RECV) {
		outcome.spoilt_at =
			stream_check(uring.received, (size_t)result, end->stream, *end->position);
		outcome.is_spoilt = outcome.spoilt_at >= 0;
	}
	if (kind == URING_RECV || kind == URING_SEND)
		*end->position += result;
	return outcome;
}

struct outcome call_uring_wait(struct actor *actor, const struct action *action)
{
	enum uring_request kind = action->operands[0] == OPERAND_ABSENT
		? uring.last
		: (enum uring_request)action->operands[0];
	int r = uring.fd ? await_completion(kind) : -EBADF;

	return r ? outcome_error(-r) : completed(kind);
}

struct outcome call_uring_cancel(struct actor *actor, const struct action *action)
{
	struct io_uring_sqe request = {.opcode = IORING_OP_ASYNC_CANCEL,
		.fd = -1,
		.addr = uring.last,
		.user_data = CANCEL};
	int r = uring.fd ? submit(&request) : -EBADF;

	return r ? outcome_error(-r) : outcome_number(0);
}
