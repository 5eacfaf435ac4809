/* SPDX-License-Identifier: MIT */
/* Whether a skipped run is a failure here: for a CI that must not mistake "not run" for "passed".
 */
#ifndef LASTACK_HARNESS_SKIPS_H
#define LASTACK_HARNESS_SKIPS_H

#include <stdbool.h>

/* True with LASTACK_MUST_RUN=1, unless the record's reason is "needs WORD" and whatever follows,
 * and LASTACK_MAY_SKIP (words between blanks) holds that WORD: what this machine is known not to
 * have. */
bool skip_is_failure(const char *reason);

#endif
