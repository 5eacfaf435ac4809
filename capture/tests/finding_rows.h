/* SPDX-License-Identifier: MIT */
/* What is told of a connection -> what finding_make() says of its end. Each row is one signature
 * of those that were measured, or a neighbour that must not be taken for it. C opened, S accepted.
 */
#ifndef LASTACK_CAPTURE_TESTS_FINDING_ROWS_H
#define LASTACK_CAPTURE_TESTS_FINDING_ROWS_H

#include "finding.h"
#include "tale.h"

#define NONE CAUSE_COUNT

struct finding_row {
	const char *name;
	void (*tell)(struct tale *);
	enum cause first, second; /* NONE: the second does not matter */
	enum certainty certainty;
	enum finding_ender ender;
	struct surroundings around;
	int64_t unread; /* of what C or S sent, whichever is not 0 */
};

#define ALONE                          \
	{                              \
		.stray_of = UINT32_MAX \
	}

/* A file each. */
extern const struct finding_rows {
	const struct finding_row *rows;
	unsigned n;
} finding_rows_alive, finding_rows_connect, finding_rows_fin, finding_rows_gone, finding_rows_odd,
	finding_rows_silence;

/* Those that others are told with. */
void request_unread(struct tale *t);
void data_after_close(struct tale *t);

#endif
