/* SPDX-License-Identifier: MIT */
/* See system.h. Must not ask the kernel: what uname(2) told is handed in. */
#include "system.h"

#include <stdio.h>
#include <string.h>

static const char debian[] = " Debian ";

void system_name(const struct utsname *system, char *ret, size_t size)
{
	const char *at = strstr(system->version, debian);
	const char *version = at ? at + strlen(debian) : system->release;
	int length = (int)strspn(version, "0123456789.");

	if (!at || !length)
		snprintf(ret, size, "linux %.60s %.20s", system->release, system->machine);
	else
		snprintf(ret, size, "linux %.*s %.20s", length, version, system->machine);
}
