/* SPDX-License-Identifier: MIT */
/* What a kernel lacks of what a case does: its run is SKIP and names it. Found out by probing,
 * never guessed: gVisor takes many options without a word and ignores them. What every Linux has
 * that can conduct is asked only of kernels that are not Linux. */
#ifndef LASTACK_HARNESS_ABILITIES_H
#define LASTACK_HARNESS_ABILITIES_H

#include <stdbool.h>

#include "case.h"
#include "record.h"

/* Whether this kernel is not Linux: it has neither sock_diag nor statistics of devices over
 * netlink. Asks once. */
bool abilities_of_foreigner(void);

/* Whether this kernel, a foreigner (abilities_of_foreigner()) or a Linux, can do all that the
 * script asks of it; else `text` says what it has not, and which verb wants it. Asks the kernel
 * once for each thing, in the caller's network namespace. */
bool abilities_suffice(const struct script *script, bool is_foreign, char text[RECORD_TEXT_SIZE]);

#endif
