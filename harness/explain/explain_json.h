/* SPDX-License-Identifier: MIT */
/* What explain writes for programs: JSON lines, one object per connection, then one with the whole.
 */
#ifndef LASTACK_HARNESS_EXPLAIN_JSON_H
#define LASTACK_HARNESS_EXPLAIN_JSON_H

#include <stdio.h>

#include "explain_text.h"

/* Each an object on a line of its own. 0 or -ENOMEM; whether it was written, the stream says. */
int explain_json_connection(const struct explained *explained, FILE *stream);
/* `note`: why the capture's end came early, or NULL. */
int explain_json_summary(const struct explain_summary *summary, const struct explain_totals *totals,
	const char *name, const char *note, FILE *stream);

#endif
