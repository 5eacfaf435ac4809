/* SPDX-License-Identifier: MIT */
#include "truths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "reason.h"

/* The kernel tells of the whole machine, where another run has the same ports: one at a time. The
 * turn ends with the process. */
static void wait_for_turn(void)
{
	int fd = open("/sys/kernel/tracing", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		flock(fd, LOCK_EX);
}

int truths_new(struct truths *truths, uint8_t family, uint16_t first_server, uint16_t last_server,
	char *error)
{
	*truths = (struct truths){
		.family = family, .first_server = first_server, .last_server = last_server};
	wait_for_turn();
	truths->latest = calloc(1u << 26, sizeof(*truths->latest));
	return truths->latest ? reasons_open(&truths->reasons, error) : -ENOMEM;
}

void truths_free(struct truths *truths)
{
	if (truths->reasons)
		reasons_close(truths->reasons);
	free(truths->list);
	free(truths->deeds);
	free(truths->latest);
}

static unsigned *latest_of(struct truths *truths, uint16_t client, uint16_t server)
{
	return &truths->latest[(unsigned)client << 10 | (server & 1023)];
}

struct deeds *truths_latest(struct truths *truths, uint16_t client, uint16_t server)
{
	unsigned latest = *latest_of(truths, client, server);

	return latest ? &truths->deeds[latest - 1] : NULL;
}

static void make_room(struct truths *truths)
{
	unsigned room = truths->room ? truths->room * 2 : 4096;

	truths->list = realloc(truths->list, room * sizeof(*truths->list));
	truths->deeds = realloc(truths->deeds, room * sizeof(*truths->deeds));
	if (!truths->list || !truths->deeds)
		abort();
	truths->room = room;
}

unsigned truths_add(struct truths *truths, uint16_t client, uint16_t server, const char *kind,
	enum cause claimed)
{
	unsigned *latest = latest_of(truths, client, server);

	if (truths->n == truths->room)
		make_room(truths);
	truths->list[truths->n] = (struct truth){
		.client_port = client, .server_port = server, .kind = kind, .cause = CAUSE_COUNT};
	truths->deeds[truths->n] = (struct deeds){.claimed = claimed, .previous = *latest};
	truths->current = truths->n++;
	*latest = truths->n;
	return truths->current;
}

/* Of a connection that its host has forgotten. */
static bool may_be_unknown(const struct deeds *deeds)
{
	return deeds->claimed == CAUSE_STATE_LOST || deeds->claimed == CAUSE_ORPHAN_EXPIRED ||
		deeds->claimed == CAUSE_RETRANSMISSION_TIMEOUT;
}

/* The kernel tells of the whole machine. */
static bool is_ours(const struct truths *truths, const struct reason_note *note)
{
	uint16_t server = note->source > note->destination ? note->source : note->destination;

	return note->from.family == truths->family && server >= truths->first_server &&
		server <= truths->last_server;
}

/* A listener's reset has no destination: it is about what was done last. What a newcomer in
 * SYN-SENT resets is what was left of the connection before, if only its TIME-WAIT (RFC 1337). */
static void take_reason(const struct reason_note *note, void *data)
{
	struct truths *truths = data;
	unsigned found = *latest_of(truths, note->destination, note->source);
	struct truth *truth;

	if (!is_ours(truths, note))
		return;
	if (!found)
		found = *latest_of(truths, note->source, note->destination);
	if (!note->destination)
		found = truths->n && may_be_unknown(&truths->deeds[truths->current])
			? truths->current + 1
			: 0;
	if (found && !strcmp(note->name, "TCP_INVALID_ACK_SEQUENCE"))
		found = truths->deeds[found - 1].previous;
	if (!found)
		return;
	truth = &truths->list[found - 1];
	if (!truth->reason[0])
		snprintf(truth->reason, sizeof(truth->reason), "%s", note->name);
}

void truths_take_reasons(struct truths *truths)
{
	reasons_read(truths->reasons, take_reason, truths);
}

static enum cause without_reset(const struct deeds *deeds)
{
	unsigned fins = (deeds->has_ended[CLIENT] || deeds->has_half_closed[CLIENT]) +
		(deeds->has_ended[SERVER] || deeds->has_half_closed[SERVER]);

	if (deeds->claimed != CAUSE_COUNT)
		return deeds->claimed;
	return fins == 2 ? CAUSE_ORDERLY : fins ? CAUSE_HALF_CLOSED : CAUSE_OPEN;
}

/* What the kernel's reason says by itself, and what it says only with what was done. */
static enum cause with_reason(const char *reason, enum cause claimed)
{
	static const struct {
		const char *reason;
		enum cause cause, may_be_claimed[3];
	} rows[] = {
		{"TCP_ABORT_ON_CLOSE", CAUSE_UNREAD_DATA,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_STATE", CAUSE_ABORT, {CAUSE_LISTENER_CLOSED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_DISCONNECT_WITH_DATA", CAUSE_ABORT,
			{CAUSE_LISTENER_CLOSED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_ABORT_ON_LINGER", CAUSE_LINGER2, {CAUSE_LINGER2, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_TIMEWAIT_SOCKET", CAUSE_DATA_AFTER_CLOSE,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT}},
		{"TCP_ABORT_ON_DATA", CAUSE_DATA_AFTER_CLOSE,
			{CAUSE_KEEP_ALIVE_RACE, CAUSE_LINGER2, CAUSE_COUNT}},
		{"TCP_KEEPALIVE_TIMEOUT", CAUSE_KEEPALIVE_TIMEOUT,
			{CAUSE_COUNT, CAUSE_COUNT, CAUSE_COUNT}},
		{"NO_SOCKET", CAUSE_COUNT,
			{CAUSE_REFUSED, CAUSE_STATE_LOST, CAUSE_RETRANSMISSION_TIMEOUT}},
		{"NO_SOCKET", CAUSE_COUNT, {CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT, CAUSE_COUNT}},
		{"TCP_FLAGS", CAUSE_COUNT, {CAUSE_STATE_LOST, CAUSE_ORPHAN_EXPIRED, CAUSE_COUNT}},
	};
	enum cause alone = CAUSE_COUNT;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].reason, reason))
			continue;
		for (unsigned j = 0; j < 3; j++)
			if (claimed != CAUSE_COUNT && rows[i].may_be_claimed[j] == claimed)
				return claimed;
		alone = rows[i].cause;
	}
	return alone;
}

void truths_conclude(struct truths *truths)
{
	for (unsigned i = 0; i < truths->n; i++) {
		struct truth *truth = &truths->list[i];
		const struct deeds *deeds = &truths->deeds[i];

		if (deeds->claimed == CAUSE_SELF_CONNECT || !truth->reason[0])
			truth->cause = without_reset(deeds);
		else if (!strcmp(truth->reason, "TCP_INVALID_ACK_SEQUENCE"))
			truth->cause = deeds->is_in_time_wait ? CAUSE_TIME_WAIT_ASSASSINATION
							      : CAUSE_HALF_OPEN_REUSE;
		else
			truth->cause = with_reason(truth->reason, deeds->claimed);
	}
}
