/* SPDX-License-Identifier: MIT */
/* The committed causes, for every test anew: a fixture of Check. */
#ifndef LASTACK_TESTS_COMMITTED_CAUSES_H
#define LASTACK_TESTS_COMMITTED_CAUSES_H

#include <check.h>

#include "causes.h"

static struct cause_list causes;

static void load_committed(void)
{
	struct complaint complaint = {.line = 0};

	if (causes_load(causes_path(), &causes, &complaint))
		ck_abort_msg("%s:%u:%u: %s", complaint.file, complaint.line, complaint.column,
			complaint.text);
}

static void free_committed(void)
{
	causes_free(&causes);
}

#endif
