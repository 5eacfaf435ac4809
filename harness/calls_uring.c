/* SPDX-License-Identifier: MIT */
/* The verbs of io_uring(7): one request under way at a time, by bare system calls. A request holds
 * the file that it was submitted for, which is what cases about last references ask. */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "calls.h"

#define ENTRIES 4
#define THE_REQUEST 1 /* user_data of the request; of its cancellation 2 */
#define THE_CANCEL 2

/* The rings of a process, mapped once; by offset into what the kernel shares (io_uring_setup(2)) */
static struct uring {
	int fd; /* 0: none yet */
	char *rings;
	struct io_uring_sqe *requests;
	struct io_uring_params params;
	char room[65536];
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

enum uring_request { URING_RECV, URING_POLL, URING_ACCEPT };

struct outcome call_uring_submit(struct actor *actor, const struct action *action)
{
	struct io_uring_sqe request = {.fd = actor_fd(actor, action), .user_data = THE_REQUEST};
	int r = open_uring();

	switch ((enum uring_request)action->operands[0]) {
	case URING_RECV:
		request.opcode = IORING_OP_RECV;
		request.addr = (uint64_t)(uintptr_t)uring.room;
		request.len = sizeof(uring.room);
		break;
	case URING_POLL:
		request.opcode = IORING_OP_POLL_ADD;
		request.poll32_events = POLLIN;
		break;
	case URING_ACCEPT: request.opcode = IORING_OP_ACCEPT; break;
	}
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

static int await_completion(uint64_t whose, struct io_uring_cqe *ret)
{
	for (;;) {
		if (take_completion(ret)) {
			if (ret->user_data == whose)
				return 0;
			continue;
		}
		if (syscall(SYS_io_uring_enter, uring.fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) <
			0)
			return -errno;
	}
}

struct outcome call_uring_wait(struct actor *actor, const struct action *action)
{
	struct io_uring_cqe done;
	int r = uring.fd ? 0 : -EBADF;

	if (!r)
		r = await_completion(THE_REQUEST, &done);
	if (r)
		return outcome_error(-r);
	return done.res < 0 ? outcome_error(-done.res) : outcome_number(done.res);
}

struct outcome call_uring_cancel(struct actor *actor, const struct action *action)
{
	struct io_uring_sqe request = {.opcode = IORING_OP_ASYNC_CANCEL,
		.fd = -1,
		.addr = THE_REQUEST,
		.user_data = THE_CANCEL};
	int r = uring.fd ? submit(&request) : -EBADF;

	return r ? outcome_error(-r) : outcome_number(0);
}
