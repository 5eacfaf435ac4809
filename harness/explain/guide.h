/* SPDX-License-Identifier: MIT */
/* The field guide: from a symptom to its causes, to a recorded run of each, to the fix. */
#ifndef LASTACK_HARNESS_GUIDE_H
#define LASTACK_HARNESS_GUIDE_H

#include <stdio.h>

#include "diagnosis.h"

/* The recorded runs that it draws: LASTACK_CASES/field-guide.record, or as the build says. Valid
 * until the next call. */
const char *guide_record_path(void);

/* Prints the page, Markdown, in UTF-8. The same causes and records give the same text. Returns 0;
 * -ENOENT with *ret_complaint set when there is no record of a cause's first case. */
int guide_print(const struct cause_list *causes, const struct record_list *records, FILE *stream,
	struct complaint *ret_complaint);

#endif
