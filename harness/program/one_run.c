/* SPDX-License-Identifier: MIT */
#include "one_run.h"

#include <errno.h>
#include <stdio.h>

#include "commands.h"
#include "known.h"
#include "ladder.h"

int one_run_pick(
	const char *word, const struct test_case *test_case, const char *name, enum variant *ret)
{
	if (name && (!variant_parse(name, ret) || !test_case->variants[*ret])) {
		fprintf(stderr, "lastack %s: %s does not run as '%s'\n", word, test_case->name,
			name);
		return -EINVAL;
	}
	for (unsigned i = 0; !name && i < VARIANT_COUNT; i++)
		if (test_case->variants[i]) {
			*ret = (enum variant)i;
			return 0;
		}
	return 0;
}

enum verdict one_run_draw(const struct job *job, bool ascii)
{
	static struct record record;
	struct known_list known = {0};
	struct record_complaint complaint;
	struct judgement judgement;

	fflush(stdout);
	worker_run_once(job, NULL, NULL, &record);
	known_load(catalog_known_path(), &known, &complaint);
	judge(job->test_case, &record,
		known_find(&known, record.name, record.variant, record.system), &judgement);
	known_free(&known);
	ladder_print(&record, job->test_case, &judgement, ascii, stdout);
	return judgement.verdict;
}

int one_run_status(enum verdict verdict)
{
	if (verdict == VERDICT_BROKEN)
		return EXIT_TROUBLE;
	return verdict == VERDICT_FAIL ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}
