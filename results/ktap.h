/* SPDX-License-Identifier: MIT */
/* Records as KTAP, the Kernel Test Anything Protocol, version 1, as the kernel's own
 * Documentation/dev-tools/ktap.rst has it: what kunit.py, kselftest's runners, LAVA and KernelCI
 * read. */
#ifndef LASTACK_RESULTS_KTAP_H
#define LASTACK_RESULTS_KTAP_H

#include <stdio.h>

#include "record.h"

/* Three levels, always: a test per system, below it one per case, below that one per variant.
 *   ok N ipv4                       PASS
 *   not ok N ipv4                   FAIL; the reason stands in a diagnostic line before it
 *   not ok N ipv4 # ERROR why       BROKEN
 *   ok N ipv4 # SKIP why            SKIP, or not judged
 *   ok N ipv4 # XFAIL why           KNOWN: `ok`, as kselftest has it
 * Of several records of one run those that behaved alike are one; if some behaved differently the
 * run is `not ok`, and a diagnostic line says "unstable" and what two of them showed.
 * A test above is `ok` unless one below it is not, and SKIP if all below are. No text can forge a
 * line, a directive or another name. Returns 0, -EIO or -ENOMEM. */
int ktap_print(const struct record_list *list, FILE *stream);

#endif
