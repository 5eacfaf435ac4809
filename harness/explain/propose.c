/* SPDX-License-Identifier: MIT */
/* See propose.h. The case is written as text and read back by the parser: what it refuses, nobody
 * is given. */
#include "propose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script_write.h"

static const char *run_word(const struct proposal *proposal)
{
	const struct finding *finding = proposal->finding;

	if (finding->n_causes && finding->causes[0] == CAUSE_MPTCP_ABORT)
		return "mptcp";
	return proposal->history->ends[0].family == 6 ? "ipv6" : "ipv4";
}

static void write_title(
	const struct proposal *proposal, const struct rehearsal *rehearsal, FILE *stream)
{
	fprintf(stream, "# %s\n", proposal->about);
	if (proposal->history->is_midstream)
		fprintf(stream, "# The capture does not show how the connection was made.\n");
	if (rehearsal->shortened)
		fprintf(stream,
			"# Amounts of more than %d bytes are %d here; the largest was %lld.\n",
			REHEARSAL_MAX_BYTES, REHEARSAL_MAX_BYTES, (long long)rehearsal->shortened);
	if (rehearsal->left_out)
		fprintf(stream, "# %llu events in the middle are left out here.\n",
			(unsigned long long)rehearsal->left_out);
	if (proposal->finding->certainty == UNDECIDABLE)
		fprintf(stream, "# Its segments also fit: %s.\n",
			cause_name(proposal->finding->causes[1]));
}

static void write_event(const struct cue *cue, int64_t bytes, FILE *stream)
{
	struct event event = {.side = cue->side,
		.kind = cue->kind,
		.bytes = bytes,
		.given = cue->with_data ? EVENT_HAS_CARRIES : 0,
		.with_data = cue->with_data};
	char text[EVENT_TEXT_SIZE];

	fprintf(stream, "wire %s\n", event_print(&event, text, sizeof(text)));
}

/* Of the bytes from here on that are one event where nothing of the raw peer stands between. */
static int64_t bytes_together(
	const struct rehearsal *rehearsal, const struct surrounding_lines *lines, unsigned *at)
{
	const struct cue *cues = rehearsal->cues;
	int64_t bytes = cues[*at].bytes;

	for (unsigned i = *at + 1; lines->has_peer && cues[*at].kind == EVENT_DATA &&
		i < rehearsal->n && (cues[i].side == lines->peer || cues[i].kind == EVENT_DATA);
		i++)
		if (cues[i].side != lines->peer) {
			bytes += cues[i].bytes;
			*at = i;
		}
	return bytes;
}

/* What was seen, as far as the kernel's ends made it. */
static void write_wire(
	const struct rehearsal *rehearsal, const struct surrounding_lines *lines, FILE *stream)
{
	bool has_any = lines->start && rehearsal->has_handshake;

	if (has_any)
		fprintf(stream, "wire client SYN\nwire server SYN,ACK\n");
	for (unsigned i = 0; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (lines->has_peer && cue->side == lines->peer)
			continue;
		has_any = true;
		write_event(cue, bytes_together(rehearsal, lines, &i), stream);
	}
	if (!has_any)
		fprintf(stream, "wire nothing\n");
}

static int write_case(const struct proposal *proposal, const struct rehearsal *rehearsal,
	FILE *stream, char *error, int *ret_impossible)
{
	struct surrounding_lines lines;
	int r;

	*ret_impossible = -1;
	r = script_choose(proposal, rehearsal, &lines, error);
	if (r)
		return r;
	write_title(proposal, rehearsal, stream);
	fprintf(stream, "run %s\n", run_word(proposal));
	if (lines.start)
		fprintf(stream, "start %s\n", lines.start);
	fprintf(stream, "%s\n", lines.headers);
	r = script_write(proposal, rehearsal, stream, error, ret_impossible);
	if (r)
		return r;
	fputc('\n', stream);
	write_wire(rehearsal, &lines, stream);
	return 0;
}

static int read_back(const char *text, size_t length, struct test_case *ret, char *error)
{
	struct complaint complaint;
	int r = case_parse("proposed.case", text, length, ret, &complaint);

	if (r == -EINVAL)
		snprintf(error, PROPOSE_ERROR_SIZE, "made line %u that is no case: %.180s",
			complaint.line, complaint.text);
	return r;
}

static int propose_as(const struct proposal *proposal, const struct rehearsal *rehearsal,
	struct test_case *ret, char *error, int *ret_impossible)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int r;

	if (!stream)
		return -ENOMEM;
	r = write_case(proposal, rehearsal, stream, error, ret_impossible);
	if (fclose(stream) && !r)
		r = -ENOMEM;
	if (!r)
		r = read_back(text, length, ret, error);
	free(text);
	return r;
}

/* What no socket sends, a raw peer in its place does, if that makes a case. */
static int propose_with(
	const struct proposal *proposal, unsigned most, struct test_case *ret, char *error)
{
	char of_peer[PROPOSE_ERROR_SIZE];
	struct rehearsal rehearsal;
	int impossible, r;

	rehearse(proposal, most, &rehearsal);
	r = propose_as(proposal, &rehearsal, ret, error, &impossible);
	if (r != -ENOTSUP || impossible < 0)
		return r;
	rehearsal.has_impossible = true;
	rehearsal.impossible = (enum side)impossible;
	return propose_as(proposal, &rehearsal, ret, of_peer, &impossible) ? r : 0;
}

/* A case has so many steps; what an event needs of them depends on what crossed. */
int propose(const struct proposal *proposal, struct test_case *ret, char *error)
{
	static const unsigned tries[] = {REHEARSAL_MAX, REHEARSAL_MAX / 2, REHEARSAL_MAX / 4};
	int r = -EINVAL;

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries) && r == -EINVAL; i++)
		r = propose_with(proposal, tries[i], ret, error);
	return r;
}
