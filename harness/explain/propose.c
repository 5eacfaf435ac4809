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
			"# More bytes than a case can send at once are fewer here: the largest "
			"amount, %lld, is %lld.\n",
			(long long)rehearsal->shortened, (long long)rehearsal->shortened_to);
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

		if ((lines->has_peer && cue->side == lines->peer) || cue->is_copy)
			continue; /* what is delivered again is no event of its own */
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

/* A raw peer in the place of either end. 0; -EINVAL: a shorter case may do; or -ENOTSUP. */
static int propose_with_peer(const struct proposal *proposal, unsigned most, enum side peer,
	struct test_case *ret, char *of_peer)
{
	char other[PROPOSE_ERROR_SIZE];
	struct rehearsal rehearsal;
	bool is_too_long = false;
	int nobody;

	rehearse(proposal, most, REHEARSAL_MAX_SEGMENT, &rehearsal);
	rehearsal.has_impossible = true;
	for (int i = 0; i < 2; i++) {
		int r;

		rehearsal.impossible = i ? other_side(peer) : peer;
		r = propose_as(proposal, &rehearsal, ret, i ? other : of_peer, &nobody);
		if (!r || r == -ENOMEM)
			return r;
		is_too_long |= r == -EINVAL;
	}
	return is_too_long ? -EINVAL : -ENOTSUP;
}

static void add_reason(const char *of_peer, char *error)
{
	size_t length = strlen(error);

	snprintf(error + length, PROPOSE_ERROR_SIZE - length,
		"; nor does a raw peer in its place: %s", of_peer);
}

/* What no socket sends, a raw peer in its place does, if that makes a case. */
static int propose_with(
	const struct proposal *proposal, unsigned most, struct test_case *ret, char *error)
{
	char of_peer[PROPOSE_ERROR_SIZE] = "";
	struct rehearsal rehearsal;
	int impossible, r;

	rehearse(proposal, most, REHEARSAL_MAX_BYTES, &rehearsal);
	r = propose_as(proposal, &rehearsal, ret, error, &impossible);
	if (r != -ENOTSUP || impossible < 0)
		return r;
	r = propose_with_peer(proposal, most, (enum side)impossible, ret, of_peer);
	if (r == -ENOTSUP && strcmp(error, of_peer))
		add_reason(of_peer, error);
	return r;
}

/* A SYN,ACK answers a SYN, seen or not: a copy of the events that begins with it. The caller frees
 * it. NULL: it is not missing, or there is no memory. */
static struct record_event *add_missing_syn(const struct proposal *proposal)
{
	const struct record_event *first = proposal->events;
	struct record_event *ret;

	if (!proposal->n_events || first->event.kind != EVENT_SYN_ACK ||
		first->event.side != SIDE_SERVER)
		return NULL;
	ret = calloc(proposal->n_events + 1, sizeof(*ret));
	if (!ret)
		return NULL;
	ret[0] = (struct record_event){
		.at_ns = first->at_ns, .event = {.side = SIDE_CLIENT, .kind = EVENT_SYN}};
	memcpy(ret + 1, first, proposal->n_events * sizeof(*ret));
	return ret;
}

/* A case has so many steps; what an event needs of them depends on what crossed. */
int propose(const struct proposal *proposal, struct test_case *ret, char *error)
{
	static const unsigned tries[] = {REHEARSAL_MAX, REHEARSAL_MAX / 2, REHEARSAL_MAX / 4};
	struct proposal whole = *proposal;
	struct record_event *with_syn = add_missing_syn(proposal);
	int r = -EINVAL;

	if (with_syn) {
		whole.events = with_syn;
		whole.n_events++;
	}
	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries) && r == -EINVAL; i++)
		r = propose_with(&whole, tries[i], ret, error);
	free(with_syn);
	return r;
}
