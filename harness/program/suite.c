/* SPDX-License-Identifier: MIT */
/* lastack-check FILE.case: a case as a Check suite, each variant a test with its own name, time-out
 * and process group. Check runs silent; records cross the fork in a shared page, and TAP is written
 * from them (Check's own TAP knows neither SKIP nor TODO). stdout is for the machine, stderr for
 * the person. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "catalog.h"
#include "judge.h"
#include "known.h"
#include "ladder.h"
#include "skips.h"
#include "tap.h"
#include "worker.h"

#define TIMEOUT_S 60 /* of one variant; the harness's own deadlines are shorter */
#define TIMEOUT_SLOW_S 900

struct slot {
	bool is_done;
	struct record record;
	struct judgement judgement;
};

static struct test_case test_case;
static struct known_list known;
static struct slot *slots; /* by variant, shared with Check's children */

static bool is_void(const struct record *record, void *data)
{
	struct judgement *judgement = data;

	judge(&test_case, record, known_find(&known, record->name, record->variant, record->system),
		judgement);
	return judgement->verdict == VERDICT_BROKEN;
}

static void run_variant(int variant)
{
	struct job job = {.test_case = &test_case, .variant = (enum variant)variant};
	struct slot *slot = &slots[variant];

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody is left to hear of it */
	worker_run_once(&job, is_void, &slot->judgement, &slot->record);
	is_void(&slot->record, &slot->judgement);
	slot->is_done = true;
	if (slot->judgement.verdict == VERDICT_FAIL || slot->judgement.verdict == VERDICT_BROKEN)
		ck_abort_msg(
			"%s: %s", verdict_name(slot->judgement.verdict), slot->judgement.reason);
}

static Suite *make_suite(void)
{
	static TTest tests[VARIANT_COUNT];
	Suite *suite = suite_create(test_case.name);

	for (int i = 0; i < VARIANT_COUNT; i++) {
		TCase *variant;

		if (!test_case.variants[i])
			continue;
		tests[i] = (TTest){.name = variant_name((enum variant)i),
			.fn = run_variant,
			.file = test_case.path,
			.line = 1};
		variant = tcase_create(variant_name((enum variant)i));
		tcase_set_timeout(variant, test_case.script.is_slow ? TIMEOUT_SLOW_S : TIMEOUT_S);
		_tcase_add_test(variant, &tests[i], 0, 0, i, i + 1);
		suite_add_tcase(suite, variant);
	}
	return suite;
}

/* A slot that is not done means that Check's child crashed or ran out of time. */
static void note_crashes(SRunner *runner)
{
	TestResult **results = srunner_results(runner);

	for (int i = 0; i < srunner_ntests_run(runner); i++) {
		enum variant variant;
		struct slot *slot;

		if (!variant_parse(tr_tcname(results[i]), &variant) || slots[variant].is_done)
			continue;
		slot = &slots[variant];
		record_begin(&test_case, variant, &slot->record);
		slot->judgement.verdict = VERDICT_BROKEN;
		snprintf(slot->judgement.reason, sizeof(slot->judgement.reason), "%s",
			tr_msg(results[i]));
	}
	free(results);
}

static void explain(const struct slot *slot)
{
	if (slot->judgement.verdict != VERDICT_PASS && slot->judgement.verdict != VERDICT_SKIP)
		ladder_print(
			&slot->record, &test_case, &slot->judgement, ladder_needs_ascii(), stderr);
}

static void report(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		n += test_case.variants[i];
	printf("1..%u\n", n);
	n = 0;
	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		bool fails = slots[i].judgement.verdict == VERDICT_SKIP &&
			skip_is_failure(slots[i].judgement.reason);

		if (!test_case.variants[i])
			continue;
		tap_line(++n, variant_name((enum variant)i), slots[i].judgement.verdict,
			slots[i].judgement.reason, fails, stdout);
		if (slots[i].record.again)
			printf("# %s: was late and was done again: %u\n",
				variant_name((enum variant)i), slots[i].record.again);
		explain(&slots[i]);
		if (fails)
			fprintf(stderr, "%s: skipped, and LASTACK_MUST_RUN=1: %s\n",
				slots[i].record.variant, slots[i].judgement.reason);
	}
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (test_case.variants[i] && slots[i].judgement.verdict == VERDICT_BROKEN)
			tap_bail(variant_name((enum variant)i), slots[i].judgement.reason, stdout);
}

/* Check hands messages over in a temporary file and aborts where it cannot make one. */
static bool can_make_temporary_file(void)
{
	FILE *stream = tmpfile();
	const char *folder = getenv("TMPDIR");

	if (stream) {
		fclose(stream);
		return true;
	}
	return !access(folder ? folder : "/tmp", W_OK);
}

/* Check ends the program where it cannot fork. */
static bool can_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static int refuse(const struct complaint *complaint)
{
	complaint_print(complaint, stderr);
	tap_bail(complaint->file, complaint->text, stdout);
	return 2;
}

static int run_suite(void)
{
	SRunner *runner;

	slots = mmap(NULL, VARIANT_COUNT * sizeof(*slots), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		return 2;
	unsetenv("CK_TAP_LOG_FILE_NAME"); /* the stream is ours to write */
	runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_SILENT);
	note_crashes(runner);
	report();
	srunner_free(runner);
	munmap(slots, VARIANT_COUNT * sizeof(*slots));
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, "lastack-check: cannot write to standard output: %s\n", strerror(errno));
	return 2;
}

static int load(const char *path, struct complaint *ret_complaint)
{
	struct record_complaint known_complaint;
	struct text_place place = {.file = catalog_known_path(), .complaint = ret_complaint};
	int r = case_load(path, &test_case, ret_complaint);

	if (r || !known_load(place.file, &known, &known_complaint))
		return r;
	place.line = known_complaint.line;
	return text_refuse(&place, 0, "%s", known_complaint.text);
}

/* What Check would end with words of its own for, in the midst of the TAP stream. */
static int look_around(struct complaint *ret_complaint)
{
	if (!can_make_temporary_file())
		return complaint_of_file(ret_complaint, -errno,
			getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
			"no temporary file can be made here: %s; set TMPDIR to a folder that can "
			"be written",
			strerror(errno));
	if (!can_fork())
		return complaint_of_file(ret_complaint, -errno, "lastack-check",
			"cannot start a process: %s; raise the limit on processes (ulimit -u)",
			strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	struct complaint complaint = {0};
	int r;

	actor_resume_if_asked(argc, argv);
	if (argc != 2) {
		fprintf(stderr, "Usage: lastack-check FILE.case\n");
		return 2;
	}
	if (load(argv[1], &complaint) || look_around(&complaint))
		return refuse(&complaint);
	r = run_suite();
	known_free(&known);
	case_free(&test_case);
	return r;
}
