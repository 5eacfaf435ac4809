/* SPDX-License-Identifier: MIT */
/* See telling.h. */
#include "telling.h"

struct taking {
	struct telling *telling;
	enum side sender;
	const struct segment *segment;
	const struct flow_note *note;
	int64_t at_ns;
	telling_room *room;
	void *data;
};

static enum event_opts options_of(const struct segment *segment)
{
	if (segment->has_timestamps)
		return EVENT_OPTS_TS;
	return segment->options_length ? EVENT_OPTS_OTHER : EVENT_OPTS_NONE;
}

static struct record_event *add_event(const struct taking *taking, enum event_kind kind)
{
	const struct segment *segment = taking->segment;
	struct record_event *made = taking->room(taking->data);

	taking->telling->last = made;
	taking->telling->connection = taking->note->connection;
	if (!made)
		return NULL;
	made->at_ns = taking->at_ns;
	made->event = (struct event){
		.side = taking->sender,
		.kind = kind,
		.given = EVENT_HAS_SEQ | EVENT_HAS_ACK | EVENT_HAS_WIN | EVENT_HAS_IPID |
			EVENT_HAS_TTL | EVENT_HAS_TOS | EVENT_HAS_OPTS,
		.seq = taking->note->seq,
		.ack = segment->flags & SEGMENT_ACK ? taking->note->ack : 0,
		.win = segment->window,
		.ipid = segment->ipid,
		.ttl = segment->ttl,
		.tos = segment->tos,
		.opts = options_of(segment),
	};
	return made;
}

/* More bytes in the same direction, nothing telling in between: the same event goes on. */
static bool continues(const struct taking *taking)
{
	const struct record_event *last = taking->telling->last;

	return last && last->event.kind == EVENT_DATA &&
		taking->telling->connection == taking->note->connection &&
		last->event.side == taking->sender;
}

static void tell_data(const struct taking *taking)
{
	struct record_event *made =
		continues(taking) ? taking->telling->last : add_event(taking, EVENT_DATA);

	if (made)
		made->event.bytes += taking->note->new_bytes;
}

static void tell_fin(const struct taking *taking)
{
	struct record_event *made = add_event(taking, EVENT_FIN);

	if (!made)
		return;
	made->event.given |= EVENT_HAS_CARRIES;
	made->event.with_data = taking->segment->payload > 0;
	made->event.seq +=
		taking->segment->payload; /* the FIN's own number, behind the bytes it came with */
}

struct record_event *telling_take(struct telling *telling, enum side sender,
	const struct segment *segment, const struct flow_note *note, int64_t at_ns,
	telling_room *room, void *data)
{
	const struct taking taking = {telling, sender, segment, note, at_ns, room, data};

	if (note->is_new_syn)
		add_event(&taking, segment->flags & SEGMENT_ACK ? EVENT_SYN_ACK : EVENT_SYN);
	if (note->new_bytes)
		tell_data(&taking);
	if (note->is_new_fin)
		tell_fin(&taking);
	if (!note->is_reset)
		return NULL;
	return add_event(&taking, segment->flags & SEGMENT_ACK ? EVENT_RST_ACK : EVENT_RST);
}
