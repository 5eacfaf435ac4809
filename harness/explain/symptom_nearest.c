/* SPDX-License-Identifier: MIT */
/* What a text that says nothing known may have meant. */
#include <stdio.h>
#include <string.h>

#include "symptom.h"
#include "vocabulary.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

/* How many words of the phrase the text has, misspelt ones included, in percent. */
static unsigned likeness(const char *text, const char *phrase)
{
	unsigned words = 0, found = 0;
	char want[40], word[40];

	for (const char *at = phrase; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		struct nearest nearest = {0};

		snprintf(want, sizeof(want), "%.*s", (int)length, at);
		for (const char *in = text; *in; in += strspn(in, " ")) {
			size_t n = strcspn(in, " ");

			snprintf(word, sizeof(word), "%.*s", (int)n, in);
			nearest_offer(&nearest, word, want);
			in += n;
		}
		words++;
		found += nearest.word != NULL;
		at += length;
	}
	return words ? found * 100 / words : 0;
}

/* Not what has to stand alone, and what says several things once. */
static bool is_offered(const struct phrase *phrase)
{
	const struct phrase *first = phrases;

	while (strcmp(first->text, phrase->text))
		first++;
	return first == phrase && *phrase->outcome && !(phrase->flags & PHRASE_ALONE);
}

size_t symptom_nearest(const char *text, const char **ret, size_t n)
{
	unsigned scores[8] = {0};
	size_t found = 0;

	if (n > N_OF(scores))
		n = N_OF(scores);
	for (const struct phrase *phrase = phrases; phrase->text; phrase++) {
		unsigned score = is_offered(phrase) ? likeness(text, phrase->text) : 0;
		size_t place = found < n ? found++ : n;

		while (place > 0 && scores[place - 1] < score) {
			if (place < n) {
				scores[place] = scores[place - 1];
				ret[place] = ret[place - 1];
			}
			place--;
		}
		if (place < n) {
			scores[place] = score;
			ret[place] = phrase->text;
		}
	}
	while (found && scores[found - 1] < 50)
		found--;
	return found;
}
