/* SPDX-License-Identifier: MIT */
/* See unseen.h. */
#include "unseen.h"

#include <string.h>

#include "text.h"

static const char mib[] = "mib", state[] = "state", reason[] = "reason";

static void word_add(char *buf, size_t size, const char *word)
{
	text_add(buf, size, "%s%s", buf[0] ? " " : "", word);
}

char *unseen_print(const struct unseen *unseen, char *buf, size_t size)
{
	bool all = (unseen->counters & UNSEEN_COUNTERS) == UNSEEN_COUNTERS;

	buf[0] = '\0';
	if (all)
		word_add(buf, size, mib);
	for (unsigned i = 0; !all && i < COUNTER_COUNT; i++)
		if (unseen_has_counter(unseen, (enum counter)i))
			word_add(buf, size, counter_name((enum counter)i));
	if (unseen->states)
		word_add(buf, size, state);
	if (unseen->reasons)
		word_add(buf, size, reason);
	return buf;
}

bool unseen_add(struct unseen *unseen, const char *word)
{
	enum counter counter;

	if (!strcmp(word, mib))
		unseen->counters = UNSEEN_COUNTERS;
	else if (!strcmp(word, state))
		unseen->states = true;
	else if (!strcmp(word, reason))
		unseen->reasons = true;
	else if (counter_parse(word, &counter))
		unseen->counters |= 1u << counter;
	else
		return false;
	return true;
}
