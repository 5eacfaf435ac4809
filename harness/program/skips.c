/* SPDX-License-Identifier: MIT */
/* Reads the environment. */
#include "skips.h"

#include <stdlib.h>
#include <string.h>

static bool may_skip(const char *reason)
{
	static const char needs[] = "needs ";
	const char *words = getenv("LASTACK_MAY_SKIP");
	size_t length;

	if (!words || strncmp(reason, needs, strlen(needs)))
		return false;
	reason += strlen(needs);
	length = strcspn(reason, " :"); /* "needs tls: why not" */
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t word = strcspn(words, " ");

		if (word == length && !memcmp(words, reason, length))
			return true;
		words += word;
	}
	return false;
}

bool skip_is_failure(const char *reason)
{
	const char *must_run = getenv("LASTACK_MUST_RUN");

	return must_run && !strcmp(must_run, "1") && !may_skip(reason);
}
