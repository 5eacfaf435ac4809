/* SPDX-License-Identifier: MIT */
/* The steps of a kernel's end and a raw peer in the place of the other: what no socket sends, the
 * peer sends, where the capture had it. */
#include <stdlib.h>

#include "script_writer.h"

enum { SYN_APART = 100 };

/* How many positions it takes. */
static int64_t length_of(const struct cue *cue)
{
	return cue->bytes + (cue->kind == EVENT_FIN);
}

/* Positions of a capture are those of the case, unless something was made less. */
static bool has_places(const struct writer *writer)
{
	return !writer->rehearsal->shortened && !writer->rehearsal->left_out;
}

/* Where it lies, if that is not what comes next. */
static void print_place(char *text, size_t size, const char *name, int64_t offset)
{
	*text = 0;
	if (offset)
		snprintf(text, size, " %s=%+lld", name, (long long)offset);
}

static void play_reset(struct writer *writer, const struct cue *cue)
{
	char place[32];

	print_place(place, sizeof(place), "seq", cue->offset);
	script_step(
		writer, "peer", "> %s%s = sent", cue->kind == EVENT_RST ? "RST" : "RST,ACK", place);
	if (!cue->offset && !writer->ends[other_side(cue->side)].is_over)
		script_arrive(writer, cue);
}

/* In the midst of a connection. Each has a number of its own, or it would be a repeated one. */
static void play_syn(struct writer *writer, const struct cue *cue)
{
	const struct history_segment *seen = &writer->proposal->history->foreign_syn;
	struct end *peer = &writer->ends[cue->side];
	int64_t offset = (seen->frame ? seen->seq - peer->next : 0) + SYN_APART * peer->syns++;

	script_step(writer, "peer", "> %s seq=%+lld = sent",
		cue->kind == EVENT_SYN ? "SYN" : "SYN,ACK", (long long)offset);
}

/* Of bytes that lie across what was sent before, the events of a capture count the new ones. */
static int64_t bytes_of(const struct cue *cue, const struct end *peer)
{
	bool is_across = peer->next == peer->highest || cue->seq + cue->bytes > peer->highest;

	return cue->seq < peer->highest && is_across ? peer->highest + cue->bytes - cue->seq
						     : cue->bytes;
}

/* Where bytes or a FIN lie, from where the kernel expects them, and what they acknowledge, from all
 * that came. */
struct place {
	int64_t seq, bytes, offset, older;
	bool has_ack;
};

static int find_place(
	struct writer *writer, const struct cue *cue, const struct cue *data, struct place *ret)
{
	const struct end *peer = &writer->ends[cue->side];
	const struct end *kernel = &writer->ends[other_side(cue->side)];

	*ret = (struct place){.seq = data ? data->seq : cue->seq,
		.bytes = data ? data->bytes : 0,
		.has_ack = !writer->rehearsal->has_handshake || cue->ack >= 1};
	if (has_places(writer)) {
		ret->bytes = data ? bytes_of(data, peer) : 0;
		ret->offset = ret->seq - peer->next;
	}
	if (has_places(writer) && !writer->proposal->history->is_midstream && ret->has_ack)
		ret->older = cue->ack - kernel->next;
	if (ret->bytes > REHEARSAL_MAX_SEGMENT || llabs(ret->offset) > INT32_MAX ||
		llabs(ret->older) > INT32_MAX)
		return script_refuse(writer,
			"the %s sent bytes further from what came next than a case can place them",
			peer->word);
	return 0;
}

static void send_placed(
	struct writer *writer, const struct place *place, bool has_data, bool is_fin)
{
	const char *flags = is_fin ? place->has_ack ? "FIN,ACK " : "FIN "
		: place->has_ack   ? ""
				   : "none ";
	char amount[32] = "", where[32], acknowledges[32];

	if (has_data)
		snprintf(amount, sizeof(amount), "data %lld", (long long)place->bytes);
	print_place(where, sizeof(where), "seq", place->offset);
	if (!place->offset && !place->has_ack)
		snprintf(where, sizeof(where), " seq=+0"); /* not taken: nothing moves on */
	print_place(acknowledges, sizeof(acknowledges), "ack", place->older);
	script_step(writer, "peer", "> %s%s%s%s = sent", flags, amount, where, acknowledges);
}

/* Sends bytes, a FIN, or a FIN with the bytes of the cue before. Behind its own end, and out of
 * place, nothing is taken. */
static int play_stream(struct writer *writer, const struct cue *cue)
{
	struct end *peer = &writer->ends[cue->side], *kernel = &writer->ends[other_side(cue->side)];
	const struct cue *data = cue->kind == EVENT_DATA ? cue : cue->with_data ? cue - 1 : NULL;
	bool is_fin = cue->kind == EVENT_FIN;
	struct place place;
	int r = find_place(writer, cue, data, &place);

	if (r)
		return r;
	send_placed(writer, &place, data, is_fin);
	if (place.seq + place.bytes + is_fin > peer->highest)
		peer->highest = place.seq + place.bytes + is_fin;
	if (place.offset || !place.has_ack)
		return 0;
	peer->next += place.bytes + is_fin;
	if (peer->has_fin || kernel->is_over)
		return 0;
	peer->has_fin = is_fin;
	if (is_fin && data)
		script_arrive(writer, data);
	script_arrive(writer, cue);
	return 0;
}

static int play_peer(struct writer *writer, const struct cue *cue)
{
	switch (cue->kind) {
	case EVENT_RST:
	case EVENT_RST_ACK: play_reset(writer, cue); return 0;
	case EVENT_SYN:
	case EVENT_SYN_ACK: play_syn(writer, cue); return 0;
	case EVENT_DATA:
	case EVENT_FIN: break;
	}
	return cue->is_held ? 0 : play_stream(writer, cue);
}

static bool is_drawn(const struct writer *writer, const struct cue *cue)
{
	const struct end *end = &writer->ends[cue->side];

	if (cue->kind == EVENT_RST_ACK && !end->is_closed && !end->is_over)
		return false;
	return cue_is_reset(cue) || cue->kind == EVENT_SYN_ACK;
}

/* What the peer sent has drawn it; behind a reset, which draws nothing, a pure ACK that is no event
 * draws the bare reset of a host without the socket. */
static int draw(struct writer *writer, const struct cue *cue, enum side peer)
{
	const struct cue *before = writer->at && cue_is_reset(&cue[-1]) ? cue - 1 : NULL;

	if (before && (cue->kind != EVENT_RST || (before->side == peer && before->offset)))
		return script_refuse(
			writer, "both ends were reset, and a raw peer takes the place of one only");
	if (before)
		script_step(writer, "peer", "> ACK = sent");
	return 0;
}

static int play_kernel(struct writer *writer, const struct cue *cue, enum side peer)
{
	const struct cue *next = writer->at + 1 < writer->rehearsal->n ? cue + 1 : NULL;
	int r;

	if (cue->is_copy) {
		script_step(writer, writer->ends[cue->side].word, "deliver RST = 0");
		return 0;
	}
	if (is_drawn(writer, cue))
		return draw(writer, cue, peer);
	r = script_make(writer, cue);
	writer->ends[cue->side].next += length_of(cue);
	if (!r && !cue_is_reset(cue) && !cue->is_held && (!next || next->side != peer))
		script_step(writer, "peer", "> ACK = sent");
	return r;
}

/* The peer acknowledges what came before the kernel goes on, as the end in the capture did. */
static int play_on(struct writer *writer, enum side peer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	int r = 0;

	for (; writer->at < rehearsal->n && !r; writer->at++) {
		const struct cue *cue = &rehearsal->cues[writer->at];

		if (cue->side == peer)
			r = play_peer(writer, cue);
		else
			r = play_kernel(writer, cue, peer);
	}
	return r;
}

/* Of a connection that began before the capture: the first position that it shows. */
static int64_t first_position(const struct writer *writer, enum side side)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	for (unsigned i = 0; !rehearsal->has_handshake && i < rehearsal->n; i++)
		if (rehearsal->cues[i].side == side && !cue_is_reset(&rehearsal->cues[i]))
			return rehearsal->cues[i].seq;
	return 1;
}

int script_with_peer(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	enum side peer = script_peer_side(writer->proposal, rehearsal);

	if (!rehearsal->has_handshake && cue_is_reset(&rehearsal->cues[0]))
		return script_refuse(writer, "it was never seen to be connected");
	writer->ends[peer].is_peer = true;
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		writer->ends[side].next = writer->ends[side].highest = first_position(writer, side);
	script_step(writer, writer->ends[other_side(peer)].word, "state = ESTABLISHED");
	return play_on(writer, peer);
}

int script_go_on_with_peer(struct writer *writer, enum side peer)
{
	writer->ends[peer].is_peer = true;
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		writer->ends[side].next = writer->ends[side].highest = 1;
	return play_on(writer, peer);
}

/* SYNs that cross (RFC 9293 figure 8): the client is the kernel's end. What the kernel answers, a
 * SYN,ACK, is the next cue of its own. */
int script_crossing(struct writer *writer)
{
	const struct cue *cues = writer->rehearsal->cues;
	unsigned n = writer->rehearsal->n, at = 2;

	if (n == at || cues[at].side != SIDE_CLIENT || cues[at].kind != EVENT_SYN_ACK)
		return script_refuse(
			writer, "SYNs crossed, and what followed answers neither of them");
	at++;
	if (at < n && cues[at].kind == EVENT_SYN_ACK)
		return script_refuse(writer, "both ends answer SYNs that cross");
	script_step(writer, "client", "connect &");
	script_step(writer, "peer", "< = SYN seq 0");
	script_step(writer, "peer", "> SYN = sent");
	script_step(writer, "peer", "< now = SYN,ACK");
	if (at < n && cue_is_reset(&cues[at]) && cues[at].side == SIDE_SERVER && !cues[at].offset) {
		script_step(writer, "peer", "> %s = sent",
			cues[at++].kind == EVENT_RST ? "RST" : "RST,ACK");
		script_step(writer, "client", "await = -1 ECONNRESET"); /* tcp_reset() */
		writer->ends[SIDE_CLIENT].is_over = writer->ends[SIDE_CLIENT].is_closed = true;
	} else if (at == n || !cue_is_reset(&cues[at])) {
		script_step(writer, "peer", "> ACK = sent");
		script_step(writer, "client", "await = 0");
	}
	writer->at = at;
	return script_go_on_with_peer(writer, SIDE_SERVER);
}
