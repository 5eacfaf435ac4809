/* SPDX-License-Identifier: MIT */
/* From what a capture shows of a connection to a case that does it again: the same telling events,
 * by the calls that its cause stands for. Pure: runs nothing. */
#ifndef LASTACK_HARNESS_PROPOSE_H
#define LASTACK_HARNESS_PROPOSE_H

#include <stdint.h>

#include "case.h"
#include "finding.h"

#define PROPOSE_ERROR_SIZE 256

struct proposal {
	const struct history *history;
	const struct finding *finding;
	const char *about; /* the case's first line; at most a line */
	/* The telling events of the connection in their order: the opener is the client. */
	const struct record_event *events;
	size_t n_events;
	uint64_t left_out; /* so many of the middle are missing */
};

/* Makes the case, ready to be printed or run; the caller frees it with case_free(). Amounts of
 * bytes and exchanges that are too many for a case are fewer, and a comment says so. Returns 0;
 * -ENOTSUP with the reason in error[PROPOSE_ERROR_SIZE] where no case can make it; -EINVAL, if what
 * was made is no case (a defect; error says where); -ENOMEM. */
int propose(const struct proposal *proposal, struct test_case *ret, char *error);

#endif
