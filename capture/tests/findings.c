/* SPDX-License-Identifier: MIT */
/* findings FILE...: one line for each connection, for the shell tests:
 * number opener-port>other-port certainty ender cause cause ... (all that leave the same bytes
 * where nothing decides, then '|' and the others), with -v the evidence below. */
#include <stdio.h>
#include <string.h>

#include "follow.h"

static const char *const certainties[] = {"certain", "likely", "undecidable"};
static const char *const enders[] = {"nobody", "opener", "other", "both", "network"};

static void print(const struct history *history, const struct finding *finding, void *data)
{
	char text[300];

	printf("%u %u>%u %s %s", history->number, history->ends[0].port, history->ends[1].port,
		certainties[finding->certainty], enders[finding->ender]);
	for (unsigned i = 0; i < finding->n_causes; i++)
		printf("%s %s", i == finding->n_same ? " |" : "", cause_name(finding->causes[i]));
	printf("\n");
	for (unsigned i = 0; *(bool *)data && i < finding->n_evidence; i++)
		printf("\t%s\n", finding_evidence_print(finding, i, text, sizeof(text)));
	if (*(bool *)data && finding_decides(finding))
		printf("\tdecides: %s\n", finding_decides(finding));
}

int main(int argc, char **argv)
{
	bool is_verbose = argc > 1 && !strcmp(argv[1], "-v");
	int failed = 0;

	for (int i = 1 + is_verbose; i < argc; i++)
		failed |= follow_file(argv[i], print, &is_verbose) != 0;
	return failed;
}
