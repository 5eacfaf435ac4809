/* SPDX-License-Identifier: MIT */
/* See data.h. */
#include "data.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct place {
	const char *variable; /* of the environment; NULL: none */
	const char *source; /* below the source tree */
	const char *installed; /* below the folder of installed data */
} places[] = {
	[DATA_CASES] = {"LASTACK_CASES", "cases", "cases"},
	[DATA_KNOWN] = {"LASTACK_KNOWN", "results/known.tsv", "known.tsv"},
	[DATA_STACKS] = {"LASTACK_STACKS", "results/stacks.conf", "stacks.conf"},
	[DATA_LWIP_ADAPTER] = {NULL, "harness/engine/lwip_adapter.c", "lwip_adapter.c"},
	[DATA_SOCKETS] = {NULL, "harness/actor/sockets.h", "sockets.h"},
};

#define PLACES (sizeof(places) / sizeof(*places))

static bool join(char ret[PATH_MAX], const char *folder, const char *name)
{
	int length = snprintf(ret, PATH_MAX, "%s/%s", folder, name);

	return length < PATH_MAX && !access(ret, R_OK);
}

/* A program in a build folder has nothing beside it. */
static bool find_beside(char ret[PATH_MAX], const char *name)
{
	char folder[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	folder[length > 0 ? length : 0] = '\0';
	slash = strrchr(folder, '/');
	if (!slash || (size_t)(slash - folder) + sizeof("/../share/lastack") > sizeof(folder))
		return false;
	strcpy(slash, "/../share/lastack");
	return join(ret, folder, name);
}

/* The source tree goes before a fixed folder, where an older version may have been installed; and
 * if there is nothing, it is what complaints name. */
static void find(char ret[PATH_MAX], const struct place *place)
{
	if (find_beside(ret, place->installed) || join(ret, LASTACK_SOURCE, place->source) ||
		join(ret, LASTACK_DATA, place->installed))
		return;
	join(ret, LASTACK_SOURCE, place->source);
}

const char *data_path(enum data data)
{
	static char found[PLACES][PATH_MAX];
	const struct place *place = &places[data];
	const char *named = place->variable ? getenv(place->variable) : NULL;

	if (named && *named)
		return named;
	if (!found[data][0])
		find(found[data], place);
	return found[data];
}
