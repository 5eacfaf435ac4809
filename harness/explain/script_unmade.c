/* SPDX-License-Identifier: MIT */
/* The steps of connections that were never made, or that nobody accepted, and of those to oneself.
 */
#include "script_writer.h"

int script_refused(struct writer *writer)
{
	script_step(writer, "client", "socket = fd");
	script_step(writer, "client", "connect = -1 ECONNREFUSED");
	return 0;
}

int script_unanswered(struct writer *writer)
{
	script_step(writer, "listener", "blackhole on = 0");
	script_step(writer, "client", "fcntl O_NONBLOCK = 0");
	script_step(writer, "client", "connect = -1 EINPROGRESS");
	script_step(writer, "client", "poll OUT now = 0");
	return 0;
}

int script_abandoned(struct writer *writer)
{
	script_step(writer, "client", "fcntl O_NONBLOCK = 0");
	script_step(writer, "client", "blackhole on = 0");
	script_step(writer, "client", "connect = -1 EINPROGRESS");
	script_step(writer, "client", "close = 0");
	script_step(writer, "listener", "deliver SYN,ACK = 0");
	return 0;
}

int script_half_open_lost(struct writer *writer)
{
	script_step(writer, "peer", "> SYN = sent");
	script_step(writer, "peer", "< now = SYN,ACK");
	script_step(writer, "listener", "close = 0");
	script_step(writer, "peer", "> ACK = sent");
	return 0;
}

int script_half_open(struct writer *writer)
{
	script_step(writer, "peer", "> SYN = sent");
	script_step(writer, "peer", "< now = SYN,ACK");
	return 0;
}

/* The SYN brings bytes, and nobody listens. */
int script_fast_open_refused(struct writer *writer)
{
	script_step(writer, "client", "socket = fd");
	script_step(writer, "client", "fast-open %lld = -1 ECONNREFUSED",
		(long long)writer->rehearsal->cues[1].bytes);
	return 0;
}

/* The SYN brings bytes, and nobody hears it. */
int script_fast_open_unanswered(struct writer *writer)
{
	long long bytes = writer->rehearsal->cues[1].bytes;

	script_step(writer, "listener", "blackhole on = 0");
	script_step(writer, "client", "fast-open %lld DONTWAIT = %lld", bytes, bytes);
	return 0;
}

int script_self_connected(struct writer *writer)
{
	const struct rehearsal *rehearsal = writer->rehearsal;

	script_step(writer, "client", "socket = fd");
	script_step(writer, "client", "bind 0 = 0");
	script_step(writer, "client", "connect 0 = 0");
	for (unsigned i = 0; i < rehearsal->n; i++) {
		const struct cue *cue = &rehearsal->cues[i];

		if (cue->kind == EVENT_DATA) {
			script_step(writer, "client", "send %lld = %lld", (long long)cue->bytes,
				(long long)cue->bytes);
			if (i + 1 == rehearsal->n || cue[1].kind != EVENT_RST_ACK)
				script_step(writer, "client", "recv %lld = %lld",
					(long long)cue->bytes, (long long)cue->bytes);
		} else if (cue->kind == EVENT_RST_ACK && (!i || cue[-1].kind != EVENT_DATA)) {
			script_step(writer, "client", "setsockopt SO_LINGER 1 0 = 0");
		}
		if (cue->kind == EVENT_FIN || cue->kind == EVENT_RST_ACK)
			script_step(writer, "client", "close = 0");
	}
	return 0;
}

int script_listener_closed(struct writer *writer)
{
	script_step(writer, "client", "connect = 0");
	for (unsigned i = 0; i < writer->rehearsal->n; i++) {
		const struct cue *cue = &writer->rehearsal->cues[i];

		if (cue->side == SIDE_CLIENT && cue->kind == EVENT_DATA)
			script_step(writer, "client", "send %lld = %lld", (long long)cue->bytes,
				(long long)cue->bytes);
		else if (cue->side == SIDE_CLIENT && cue->kind == EVENT_FIN)
			script_step(writer, "client", "shutdown WR = 0");
	}
	script_step(writer, "listener", "close = 0");
	script_step(writer, "client", "recv 64 = -1 ECONNRESET");
	return 0;
}
