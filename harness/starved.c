/* SPDX-License-Identifier: MIT */
/* See starved.h. The file stays open as long as its process lives: to open it costs eight times
 * what it costs to read it. */
#include "starved.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void ensure_open(const struct run *run, unsigned side, unsigned number)
{
	struct actor_handle *actor = &run->world->actors[side][number];
	char path[96];

	if (actor->schedstat)
		return;
	snprintf(path, sizeof(path), "/proc/%s/schedstat",
		run->world->shared->actors[side][number].task);
	actor->schedstat = open(path, O_RDONLY | O_CLOEXEC); /* -1: told nothing, as in gVisor */
}

static void ask(struct actor_handle *actor)
{
	char text[128];
	ssize_t length =
		actor->schedstat > 0 ? pread(actor->schedstat, text, sizeof(text) - 1, 0) : -1;
	long long waited;

	text[length > 0 ? length : 0] = 0;
	if (sscanf(text, "%*d %lld", &waited) == 1)
		actor->starved_ns = waited;
}

void starved_begin(struct run *run)
{
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++) {
			struct actor_handle *actor = &run->world->actors[side][i];

			if (!actor->pid)
				continue;
			ensure_open(run, side, i);
			ask(actor);
			actor->starved_before_ns = actor->starved_ns;
		}
}

void starved_note(struct actor_handle *actor)
{
	ask(actor);
}

int64_t starved_ns(struct run *run)
{
	int64_t sum = 0;

	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++) {
			struct actor_handle *actor = &run->world->actors[side][i];

			if (!actor->pid)
				continue;
			if (!actor->has_ended) {
				ensure_open(run, side, i);
				ask(actor);
			}
			sum += actor->starved_ns - actor->starved_before_ns;
		}
	return sum;
}
