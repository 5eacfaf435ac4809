/* SPDX-License-Identifier: MIT */
/* The steps of a kernel's end to which strange segments come before there is a connection, or where
 * there is none: a raw peer sends them. */
#include <stdlib.h>

#include "script_writer.h"

enum { SYN_APART = 100 }; /* or it would be a repeated one */

static const char *flags_word(const struct cue *cue)
{
	switch (cue->kind) {
	case EVENT_SYN: return "SYN";
	case EVENT_SYN_ACK: return "SYN,ACK";
	case EVENT_FIN: return "FIN,ACK";
	case EVENT_RST: return "RST";
	case EVENT_RST_ACK: return "RST,ACK";
	case EVENT_DATA: break;
	}
	return "";
}

/* With its place: so it does not move on what comes next. From `first`, which lies at the initial
 * sequence number. */
static void send_stray(
	struct writer *writer, const struct cue *cue, int64_t first, int64_t acknowledges)
{
	int64_t offset = cue->seq - first;
	char place[64], acknowledgment[32] = "";

	snprintf(place, sizeof(place), "seq=%+lld",
		llabs(offset) > INT32_MAX ? 0 : (long long)offset);
	if (acknowledges && cue->kind != EVENT_RST && llabs(acknowledges) <= INT32_MAX)
		snprintf(acknowledgment, sizeof(acknowledgment), " ack=%+lld",
			(long long)acknowledges);
	if (cue->kind == EVENT_DATA)
		script_step(writer, "peer", "> data %lld %s%s = sent", (long long)cue->bytes, place,
			acknowledgment);
	else
		script_step(
			writer, "peer", "> %s %s%s = sent", flags_word(cue), place, acknowledgment);
}

/* In SYN-SENT only an answer to the SYN counts. What acknowledges something else draws a bare reset
 * that lies there (RFC 9293 3.10.7.3), and needs not be an event. */
static void draw_in_syn_sent(struct writer *writer, const struct cue *cue)
{
	if (cue[-1].side == cue->side || cue_is_reset(&cue[-1]) || cue[-1].ack != cue->seq)
		script_step(writer, "peer", "> ACK ack=%+lld = sent", (long long)(cue->seq - 1));
}

int script_odd_answers(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	script_step(writer, "client", "connect &");
	script_step(writer, "peer", "< = SYN seq 0");
	for (writer->at = 1; writer->at < rehearsal->n; writer->at++) {
		const struct cue *cue = &rehearsal->cues[writer->at];

		if (cue->side == SIDE_CLIENT && cue->kind != EVENT_RST)
			return script_refuse(
				writer, "the client sent more than its SYN before an answer to it");
		if (cue->side == SIDE_CLIENT) {
			draw_in_syn_sent(writer, cue);
			continue;
		}
		if (cue->ack == 1 && cue->kind == EVENT_RST_ACK) {
			script_step(writer, "peer", "> RST,ACK = sent");
			script_step(writer, "client", "await = -1 ECONNREFUSED");
			writer->ends[SIDE_CLIENT].is_over = true;
			break;
		}
		if (cue->ack == 1 && cue->kind == EVENT_SYN_ACK) {
			script_step(writer, "peer", "> SYN,ACK = sent");
			script_step(writer, "client", "await = 0");
			break;
		}
		send_stray(writer, cue, 0, cue->ack - 1);
	}
	writer->at++;
	return script_go_on_with_peer(writer, SIDE_SERVER);
}

/* What a listener takes for a SYN is in its place; one that it did not answer had not come. */
static void send_syn(struct writer *writer, const struct cue *cue)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	bool is_answered = writer->at + 1 < rehearsal->n && cue[1].kind == EVENT_SYN_ACK;

	if (!is_answered)
		script_step(writer, "listener", "blackhole on = 0");
	script_step(writer, "peer", "> SYN seq=+%u = sent",
		SYN_APART * writer->ends[SIDE_CLIENT].syns++);
	if (!is_answered)
		script_step(writer, "listener", "blackhole off = 0");
}

/* By the segment before, if that is an event and draws it. */
static int draw_from_listener(struct writer *writer, const struct cue *cue)
{
	const struct cue *before = writer->at && cue[-1].side == SIDE_CLIENT ? cue - 1 : NULL;

	if (cue->kind == EVENT_SYN_ACK) {
		if (!before || before->kind != EVENT_SYN)
			script_step(writer, "peer", "> SYN = sent");
		return 0;
	}
	if (cue->kind != EVENT_RST)
		return script_refuse(writer, "the %s answers as no listener does",
			writer->ends[SIDE_SERVER].word);
	if (!before || cue_is_reset(before) || before->kind == EVENT_SYN)
		script_step(writer, "peer", "> ACK = sent");
	return 0;
}

int script_stranger(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	const struct cue *stray = rehearsal->cues;
	int64_t first;
	int r = 0;

	while (stray->side == SIDE_SERVER && stray < &rehearsal->cues[rehearsal->n - 1])
		stray++;
	first = stray->seq;
	for (; writer->at < rehearsal->n && !r; writer->at++) {
		const struct cue *cue = &rehearsal->cues[writer->at];

		if (cue->side == SIDE_SERVER)
			r = draw_from_listener(writer, cue);
		else if (cue->kind == EVENT_SYN)
			send_syn(writer, cue);
		else
			send_stray(writer, cue, first, 0);
	}
	return r;
}

/* Nothing of the table: says what there is. */
int script_unknown(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	char text[160] = "";
	size_t length = 0;

	for (unsigned i = 0; i < rehearsal->n && i < 4; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s",
			i ? ", " : "", writer->ends[cue->side].word,
			cue->kind == EVENT_DATA          ? "data"
				: cue->kind == EVENT_FIN ? "FIN"
							 : flags_word(cue));
	}
	return script_refuse(writer, "it begins with %s: no case makes such a beginning", text);
}

int script_syn_with_fin(struct writer *writer)
{
	script_step(writer, "peer", "> SYN,FIN seq=+0 = sent");
	return 0;
}

/* Bytes came with the SYN, were accepted, and thrown away before the client's ACK. */
int script_fast_open_reset(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	script_step(writer, "server", "setsockopt TCP_FASTOPEN 8 on listener = 0");
	script_step(writer, "peer", "> SYN data %lld = sent", (long long)rehearsal->cues[1].bytes);
	script_step(writer, "peer", "< now = SYN,ACK");
	script_step(writer, "server", "accept = fd");
	script_step(writer, "server", "close = 0");
	for (writer->at = 4; writer->at < rehearsal->n; writer->at++) {
		if (rehearsal->cues[writer->at].is_copy)
			script_step(writer, "server", "deliver RST = 0");
		else
			script_step(writer, "peer", "> ACK = sent");
	}
	return 0;
}
