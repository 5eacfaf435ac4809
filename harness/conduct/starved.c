/* SPDX-License-Identifier: MIT */
/* See starved.h. The file stays open as long as its process lives: to open it costs eight times
 * what it costs to read it. */
#include "starved.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "orders.h"

#define MOMENT_NS 1000000 /* for each time slice */

static void ensure_open(struct starved *starved, const char *task)
{
	char path[96];

	if (starved->file)
		return;
	snprintf(path, sizeof(path), "/proc/%s/schedstat", task);
	starved->file = open(path, O_RDONLY | O_CLOEXEC); /* -1: told nothing, as in gVisor */
}

void starved_note(struct starved *starved)
{
	char text[128];
	ssize_t length = starved->file > 0 ? pread(starved->file, text, sizeof(text) - 1, 0) : -1;
	long long ran, waited, slices;

	text[length > 0 ? length : 0] = 0;
	if (sscanf(text, "%lld %lld %lld", &ran, &waited, &slices) != 3)
		return;
	starved->ran_ns = ran;
	starved->waited_ns = waited;
	starved->slices = slices;
}

static void begin(struct starved *starved, const char *task)
{
	ensure_open(starved, task);
	starved_note(starved);
	starved->before_ns = starved->waited_ns;
	starved->before_slices = starved->slices;
}

static void note_yield(struct starved *starved)
{
	starved_note(starved);
	starved->yielded_ran_ns = starved->ran_ns;
	starved->yielded_waited_ns = starved->waited_ns;
	starved->yielded_slices = starved->slices;
}

void starved_yield(struct run *run, unsigned side, unsigned number)
{
	struct starved *actor = &run->world->actors[side][number].starved;

	ensure_open(actor, run->world->shared->actors[side][number].task);
	note_yield(actor);
	note_yield(&run->world->starved);
}

/* They waited for each other. */
static void forgive_yield(struct starved *starved)
{
	starved_note(starved);
	starved->before_ns += starved->waited_ns - starved->yielded_waited_ns;
	starved->before_slices += starved->slices - starved->yielded_slices;
}

int64_t starved_yielded(struct run *run, unsigned side, unsigned number)
{
	struct starved *actor = &run->world->actors[side][number].starved;
	struct starved *own = &run->world->starved;

	forgive_yield(actor);
	forgive_yield(own);
	return actor->ran_ns - actor->yielded_ran_ns + own->ran_ns - own->yielded_ran_ns;
}

static int64_t since_begin(const struct starved *starved)
{
	int64_t ns = starved->waited_ns - starved->before_ns -
		(starved->slices - starved->before_slices) * MOMENT_NS;

	return ns > 0 ? ns : 0;
}

void starved_begin(struct run *run)
{
	begin(&run->world->starved, "self");
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++)
			if (run->world->actors[side][i].pid)
				begin(&run->world->actors[side][i].starved,
					run->world->shared->actors[side][i].task);
}

static int64_t actor_starved_ns(struct run *run, unsigned side, unsigned number)
{
	struct actor_handle *actor = &run->world->actors[side][number];

	if (!actor->pid)
		return 0;
	if (!actor->has_ended) {
		ensure_open(&actor->starved, run->world->shared->actors[side][number].task);
		starved_note(&actor->starved);
	}
	return since_begin(&actor->starved);
}

int64_t starved_ns(struct run *run)
{
	int64_t sum;

	starved_note(&run->world->starved);
	sum = since_begin(&run->world->starved);
	for (unsigned side = 0; side < SHARED_SIDES; side++)
		for (unsigned i = 0; i < SHARED_ACTORS; i++)
			sum += actor_starved_ns(run, side, i);
	return sum;
}

void starved_close(struct starved *starved)
{
	if (starved->file > 0)
		close(starved->file);
	*starved = (struct starved){0};
}
