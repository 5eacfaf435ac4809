/* SPDX-License-Identifier: MIT */
/* What `lastack explain` does with what it finds, wherever the segments come from. */
#ifndef LASTACK_HARNESS_EXPLAIN_SESSION_H
#define LASTACK_HARNESS_EXPLAIN_SESSION_H

#include "causes.h"
#include "explain_text.h"
#include "live.h"
#include "worst.h"

struct explain_options {
	const char *path; /* of a file; or the device, with: */
	bool is_live;
	const char *netns;
	struct explain_filter filter;
	bool all, json, ascii;
	int64_t ladder, proposed; /* numbers of connections; -1: not asked for */
	size_t worst;
};

struct explain_session {
	const struct explain_options *options;
	const char *name; /* of the capture, for people */
	struct explainer *explainer;
	struct live *live; /* NULL: a file */
	struct explain_summary summary;
	struct cause_list causes; /* what to do about them; may be empty */
	uint64_t seen; /* connections, whatever the filter takes */
	struct worst worst;
	struct worst_entry wanted; /* the connection that --ladder or --case names */
	bool has_wanted, is_out_of_memory;
};

/* 0 or -ENOMEM; the caller ends it with explain_session_end() either way. */
int explain_session_begin(struct explain_session *session, const struct explain_options *options);
void explain_session_end(struct explain_session *session);

/* What a reader of the findings must know of the capture, to standard error. EXIT_TROUBLE if
 * nothing in it could be read, else 0. `note`: why its end came early, or NULL. */
int explain_session_tell(const struct explain_session *session, const char *note);
/* What was asked for, behind the connections that were told of as they ended. An exit status. */
int explain_session_print(struct explain_session *session, const char *note);

/* Each explains the whole of options->path, and prints it. An exit status. */
int explain_file(struct explain_session *session);
int explain_live(struct explain_session *session);

#endif
