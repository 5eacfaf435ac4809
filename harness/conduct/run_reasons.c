/* SPDX-License-Identifier: MIT */
#include "run_reasons.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "reason.h"
#include "wire.h"

/* The tracepoint tells of the whole machine's resets, so these runs have ports that hardly any
 * other at the same time has: a number of the namespace chooses them. */
static void choose_reason_ports(struct world *world)
{
	unsigned sets = (WORLD_REASON_LAST_PORT - WORLD_REASON_FIRST_PORT + 1) / CASE_PORTS;
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	getsockopt(world->marker, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length);
	world->next_port =
		(uint16_t)(WORLD_REASON_FIRST_PORT + (unsigned)(cookie % sets) * CASE_PORTS);
}

void run_reasons_begin(struct run *run)
{
	char error[WORLD_ERROR_SIZE];

	if (run_is_over(run))
		return;
	if (run->world->lacks.frame_order) { /* nor tracepoints */
		run->record->unseen.reasons = true;
		return;
	}
	choose_reason_ports(run->world);
	if (reasons_open(&run->reasons, error))
		snprintf(run->record->skip, sizeof(run->record->skip), "%s", error);
}

/* Kept until the wire is known: a connection of an earlier run may still be dying at our ports. */
static void note_reason(const struct reason_note *note, void *data)
{
	struct run *run = data;
	struct run_reason *made = &run->noted[run->n_noted % RUN_MAX_REASONS];
	enum side side;

	if (!wire_side(run->world, note->source, note->destination, &side))
		return;
	if (run->n_noted++ >= RUN_MAX_REASONS) {
		run_break(run, "more than %d resets with a reason", RUN_MAX_REASONS);
		return;
	}
	*made = (struct run_reason){.source = note->source, .destination = note->destination};
	snprintf(made->name, sizeof(made->name), "%s", note->name);
}

void run_reasons_take(struct run *run)
{
	int r = run->reasons ? reasons_read(run->reasons, note_reason, run) : 0;

	if (r)
		run_break(run, "the reasons of resets cannot be read: %s", strerror(-r));
}

static struct run_reason *find_noted(
	struct run *run, const struct world_reset *reset, uint16_t destination)
{
	for (unsigned i = 0; i < run->n_noted && i < RUN_MAX_REASONS; i++) {
		struct run_reason *noted = &run->noted[i];

		if (noted->name[0] && noted->source == reset->source &&
			noted->destination == destination)
			return noted;
	}
	return NULL;
}

/* Of a listener's reset the tracepoint tells no destination. Such a note is the last choice: it may
 * be that of another run, since two namespaces can have the same of the few sets of ports. */
static struct run_reason *find_reason(struct run *run, const struct world_reset *reset)
{
	struct run_reason *noted = find_noted(run, reset, reset->destination);

	return noted ? noted : find_noted(run, reset, 0);
}

void run_reasons_tell(struct run *run)
{
	struct record *record = run->record;

	for (unsigned i = 0; run->reasons && i < run->world->n_resets; i++) {
		const struct world_reset *reset = &run->world->resets[i];
		struct run_reason *noted = find_reason(run, reset);

		if (!noted || record->n_reasons == RECORD_MAX_REASONS) {
			run_break(run,
				noted ? "more than %d resets with a reason"
				      : "the kernel told no reason for one of its resets",
				RECORD_MAX_REASONS);
			return;
		}
		record->reasons[record->n_reasons].side = reset->side;
		memcpy(record->reasons[record->n_reasons++].name, noted->name, sizeof(noted->name));
		noted->name[0] = 0;
	}
}
