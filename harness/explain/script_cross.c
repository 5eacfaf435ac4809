/* SPDX-License-Identifier: MIT */
/* The steps of two kernels' ends whose SYNs cross (RFC 9293 figure 8): each keeps from the other
 * what the network has not delivered yet. */
#include "script_writer.h"

/* A port whose SYNs nobody answers, nor refuses, until the server connects from there. */
static void hold_port(struct writer *writer)
{
	script_step(writer, "server", "socket as gate = fd");
	script_step(writer, "server", "setsockopt SO_REUSEPORT 1 on gate = 0");
	script_step(writer, "server", "bind 1 on gate = 0");
	script_step(writer, "server", "listen 1 on gate = 0");
	script_step(writer, "server", "blackhole on on gate = 0");
}

static void bind_end(struct writer *writer, enum side side, bool is_shared)
{
	struct end *end = &writer->ends[side];

	script_step(writer, end->word, "socket = fd");
	if (is_shared)
		script_step(writer, end->word, "setsockopt SO_REUSEPORT 1 = 0");
	script_step(writer, end->word, "bind %d = 0", side == SIDE_SERVER);
	script_step(writer, end->word, "fcntl O_NONBLOCK = 0");
	script_step(writer, end->word, "blackhole on = 0");
	end->is_deaf = true;
}

/* The SYN of each comes to the other in the order of the answers. Returns how many there are. */
static unsigned answer(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	unsigned n = 0;

	for (; writer->at < rehearsal->n && rehearsal->cues[writer->at].kind == EVENT_SYN_ACK;
		writer->at++, n++)
		script_step(writer, writer->ends[other_side(rehearsal->cues[writer->at].side)].word,
			"deliver SYN = 0");
	return n;
}

static void hear_again(struct writer *writer)
{
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
		struct end *end = &writer->ends[side];

		script_step(writer, end->word, "blackhole off = 0");
		script_step(writer, end->word, "fcntl O_NONBLOCK off = 0");
		end->is_deaf = false;
	}
}

/* Both have answered: each hears of it from the other's answer. */
static void connect_both(struct writer *writer)
{
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		script_step(writer, writer->ends[side].word, "deliver SYN,ACK = 0");
	hear_again(writer);
}

/* One has: if the other goes on, the answer came and its ACK, too. Else the other is never heard.
 */
static void connect_one(struct writer *writer, enum side answerer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	for (unsigned i = writer->at; i < rehearsal->n; i++)
		if (rehearsal->cues[i].side != answerer) {
			hear_again(writer);
			script_step(writer, writer->ends[answerer].word, "deliver SYN,ACK = 0");
			return;
		}
	writer->ends[other_side(answerer)].is_over = true;
}

int script_simultaneous(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;
	bool is_refused_first = rehearsal->cues[1].kind == EVENT_RST_ACK;
	unsigned answers;

	if (!is_refused_first)
		hold_port(writer);
	bind_end(writer, SIDE_CLIENT, false);
	bind_end(writer, SIDE_SERVER, !is_refused_first);
	script_step(writer, "client", "connect 1 = -1 EINPROGRESS");
	script_step(writer, "server", "connect 0 = -1 EINPROGRESS");
	writer->at = is_refused_first ? 3 : 2;
	answers = answer(writer);
	if (answers == 2)
		connect_both(writer);
	else if (answers)
		connect_one(writer, rehearsal->cues[writer->at - 1].side);
	return writer->at < rehearsal->n ? script_pair(writer) : 0;
}
