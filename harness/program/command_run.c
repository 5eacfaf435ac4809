/* SPDX-License-Identifier: MIT */
/* lastack run: conducts, judges, shows and records. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "conducting.h"
#include "known.h"
#include "ladder.h"
#include "late.h"
#include "plan.h"
#include "recordfile.h"
#include "signature.h"
#include "skips.h"

#define DEFAULT_RECORD "lastack.record"

struct run_options {
	struct conducting conducting;
	const char *record_path, *pcap_dir;
	bool verbose, ascii, quiet;
	unsigned long repeat;
};

struct session {
	const struct run_options *options;
	struct catalog catalog;
	struct known_list known;
	struct job *jobs;
	struct record *records; /* by run; of a repeated run the first that was as expected, else
	                           the last */
	size_t n, done, total; /* runs; jobs done; jobs, that is, runs times repeats */
	size_t again; /* runs that the machine was too late for, done again */
	size_t unstable; /* repeats that differed from the first of their run */
	bool shows_progress;
	size_t counts[VERDICT_KNOWN + 1];
	int64_t began_ns;
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0,
		"where the record goes (default: " DEFAULT_RECORD "; '-': standard output; "
		"'none')",
		0},
	{"pcap", 'p', "DIR", 0, "write a capture of every run into DIR (TOPIC-CASE.VARIANT.pcap)",
		0},
	{"verbose", 'v', NULL, 0, "draw the ladder of every run, not only of those not as expected",
		0},
	{"quiet", 'q', NULL, 0, "no ladders: the summary, which names what is not PASS", 0},
	{"ascii", 'a', NULL, 0, "draw in ASCII", 0},
	{"repeat", 'n', "N", 0,
		"do every run N times; one that behaves differently is not as expected", 0},
	{"isolate", 'i', NULL, 0, "a network namespace of its own for every run", 0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &options->conducting; return 0;
	case 'n': options->repeat = command_take_number(argument, 1, 100000, "-n", state); return 0;
	case 'o': options->record_path = argument; return 0;
	case 'p': options->pcap_dir = argument; return 0;
	case 'v': options->verbose = true; return 0;
	case 'q': options->quiet = true; return 0;
	case 'a': options->ascii = true; return 0;
	case 'i': options->conducting.pool.isolate = true; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&conducting_parser, 0, NULL, 0}, {0}};

static const struct argp parser = {option_table, take_option,
	"[TOPIC | CASE | GLOB | FILE.case | -]...",
	"Runs the cases on this kernel and judges what they showed.\vWithout arguments: all cases but the topic slow. '-' reads a "
	"case from standard input. Exit status: 0 all as expected, 1 something differs, 2 misuse or broken. "
	"LASTACK_MUST_RUN=1 makes a skipped run a difference; LASTACK_MAY_SKIP=\"tls veth\" names needs that may be missing.",
	children, NULL, NULL};

static void name_pcap(const struct session *session, struct job *job)
{
	char name[RECORD_NAME_SIZE];

	if (!session->options->pcap_dir)
		return;
	snprintf(name, sizeof(name), "%s", job->test_case->name);
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '-';
	if (snprintf(job->pcap_path, sizeof(job->pcap_path), "%s/%s.%s.pcap",
		    session->options->pcap_dir, name,
		    variant_name(job->variant)) >= (int)sizeof(job->pcap_path))
		job->pcap_path[sizeof(job->pcap_path) - 1] = 0;
}

/* The workers are forks of this process, and a fork costs by the page: they do not get these. */
static int allocate_records(struct session *session)
{
	size_t size = (session->n + 1) * sizeof(*session->records);

	session->records =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (session->records == MAP_FAILED) {
		session->records = NULL;
		return -ENOMEM;
	}
	madvise(session->records, size, MADV_DONTFORK);
	return 0;
}

static int plan(struct session *session)
{
	unsigned long repeat = session->options->repeat;
	struct job *jobs;
	int r = plan_runs(&session->catalog, &session->options->conducting.shard, false,
		&session->jobs, &session->n);

	if (r)
		return r;
	jobs = reallocarray(session->jobs, session->n + 1, repeat * sizeof(*jobs));
	if (!jobs)
		return -ENOMEM;
	session->jobs = jobs;
	for (size_t i = 0; i < session->n; i++)
		name_pcap(session, &jobs[i]);
	session->total = session->n * session->options->repeat;
	for (size_t i = session->n; i < session->total; i++)
		session->jobs[i] = session->jobs[i - session->n];
	return allocate_records(session);
}

static void show_progress(const struct session *session)
{
	if (session->shows_progress)
		fprintf(stderr, "\r%zu of %zu runs, %zu not as expected \033[K", session->done,
			session->total,
			session->counts[VERDICT_FAIL] + session->counts[VERDICT_BROKEN]);
}

static void clear_progress(const struct session *session)
{
	if (session->shows_progress)
		fputs("\r\033[K", stderr);
}

static bool is_worth_a_ladder(const struct session *session, enum verdict verdict)
{
	if (session->options->quiet)
		return false;
	return session->options->verbose || verdict == VERDICT_FAIL || verdict == VERDICT_BROKEN;
}

/* Whether two records of one run showed the same: verdict and signature. */
static bool is_same(const struct record *a, const struct record *b)
{
	char *first = signature_text(a), *second = signature_text(b);
	bool same = first && second && a->verdict == b->verdict && !strcmp(first, second);

	free(first);
	free(second);
	return same;
}

static void replace(struct session *session, struct record *kept, const struct record *judged)
{
	if (kept->verdict != VERDICT_NONE)
		session->counts[kept->verdict]--;
	session->counts[judged->verdict]++;
	*kept = *judged;
}

/* Keeps the first record of a run for which the machine was not late. A later one that differs is
 * counted, shown, and kept if it is worse. */
static void keep(struct session *session, struct record *kept, const struct record *judged)
{
	if (kept->verdict == VERDICT_NONE) {
		replace(session, kept, judged);
		return;
	}
	if (is_same(kept, judged))
		return;
	if (kept->late_ms && !judged->late_ms) {
		replace(session, kept, judged);
		return;
	}
	session->unstable++;
	clear_progress(session);
	printf("UNSTABLE %s %s: %s, then %s\n", judged->name, judged->variant,
		verdict_name(kept->verdict), verdict_name(judged->verdict));
	if (kept->verdict == VERDICT_PASS && judged->verdict != VERDICT_PASS)
		replace(session, kept, judged);
}

/* Whether it matters that the machine was late: it is not as wanted, or not as it was before. */
static bool is_doubtful(const struct record *kept, const struct record *judged)
{
	return judged->verdict == VERDICT_BROKEN ||
		(kept->verdict != VERDICT_NONE && !is_same(kept, judged));
}

static enum pool_answer take_record(
	const struct job *job, size_t index, const struct record *record, void *data)
{
	static struct record judged;
	struct session *session = data;
	struct record *kept = &session->records[index % session->n];
	struct judgement judgement;
	size_t unstable = session->unstable;

	judged = *record;
	judge(job->test_case, &judged,
		known_find(&session->known, judged.name, judged.variant, judged.system),
		&judgement);
	judged.verdict = judgement.verdict;
	snprintf(judged.reason, sizeof(judged.reason), "%s", judgement.reason);
	if (late_again(job->test_case, &judged) && is_doubtful(kept, &judged)) {
		session->again++;
		return POOL_AGAIN;
	}
	keep(session, kept, &judged);
	session->done++;
	if (is_worth_a_ladder(session, judgement.verdict) || session->unstable != unstable) {
		clear_progress(session);
		ladder_print(&judged, job->test_case, &judgement, session->options->ascii, stdout);
		fflush(stdout);
	}
	show_progress(session);
	return ferror(stdout) ? POOL_STOP : POOL_TAKEN;
}

static size_t count_in(const struct session *session, size_t from, size_t to, enum verdict verdict)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += session->records[i].verdict == verdict;
	return n;
}

static size_t topic_end(const struct session *session, size_t from)
{
	size_t length = strcspn(session->records[from].name, "/") + 1, to = from;

	while (to < session->n &&
		!strncmp(session->records[to].name, session->records[from].name, length))
		to++;
	return to;
}

/* Every SKIP and KNOWN with its reason, each reason once. */
static void print_reasons(const struct session *session, enum verdict verdict)
{
	for (size_t i = 0; i < session->n; i++) {
		const struct record *record = &session->records[i];
		bool said = false;

		if (record->verdict != verdict)
			continue;
		for (size_t j = 0; j < i && verdict == VERDICT_SKIP && !said; j++)
			said = session->records[j].verdict == verdict &&
				!strcmp(session->records[j].reason, record->reason);
		if (!said)
			printf("%s %s %s: %s\n", verdict_name(verdict), record->name,
				record->variant, record->reason);
	}
}

static size_t count_cases(const struct session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->n; i++)
		n += !i || strcmp(session->records[i].name, session->records[i - 1].name);
	return n;
}

static void print_closing_line(const struct session *session)
{
	const struct shard *shard = &session->options->conducting.shard;
	double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - session->began_ns) / 1e9;
	size_t n_cases = count_cases(session);

	if (shard->of)
		printf("part %u of %u: ", shard->number, shard->of);
	printf("%zu case%s, %zu run%s in %.1f s (%.0f runs/s) on %s\n", n_cases,
		n_cases == 1 ? "" : "s", session->total, session->total == 1 ? "" : "s", seconds,
		(double)session->total / seconds, session->n ? session->records[0].system : "?");
}

static void print_summary(const struct session *session)
{
	static const enum verdict columns[] = {
		VERDICT_PASS, VERDICT_FAIL, VERDICT_BROKEN, VERDICT_SKIP, VERDICT_KNOWN};

	printf("%-14s %6s %6s %6s %6s %6s %6s\n", "topic", "runs", "PASS", "FAIL", "BROKEN", "SKIP",
		"KNOWN");
	for (size_t from = 0, to; from < session->n; from = to) {
		to = topic_end(session, from);
		printf("%-14.*s %6zu", (int)strcspn(session->records[from].name, "/"),
			session->records[from].name, to - from);
		for (unsigned i = 0; i < sizeof(columns) / sizeof(*columns); i++)
			printf(" %6zu", count_in(session, from, to, columns[i]));
		putchar('\n');
	}
	printf("%-14s %6zu", "all", session->n);
	for (unsigned i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		printf(" %6zu", session->counts[columns[i]]);
	putchar('\n');
	if (session->options->quiet) { /* else its ladder names it */
		print_reasons(session, VERDICT_BROKEN);
		print_reasons(session, VERDICT_FAIL);
	}
	print_reasons(session, VERDICT_SKIP);
	print_reasons(session, VERDICT_KNOWN);
	if (session->options->repeat > 1)
		printf("%lu times: %zu of %zu repeats differed in verdict or signature\n",
			session->options->repeat, session->unstable, session->total - session->n);
	if (session->again)
		printf("%zu %s done again: the machine was late\n", session->again,
			session->again == 1 ? "run was" : "runs were");
	print_closing_line(session);
}

static void complain_of_record(const char *path, int error)
{
	fprintf(stderr,
		"lastack run: cannot write the record %s: %s; -o names another place, or 'none'\n",
		path, strerror(-error));
}

static int write_record(const struct session *session)
{
	const char *path = session->options->record_path;
	int r;

	if (!strcmp(path, "none"))
		return 0;
	r = recordfile_write(path, session->records, session->n);
	if (r)
		complain_of_record(path, r);
	else if (strcmp(path, "-"))
		printf("record: %s\n", path);
	return r;
}

static int exit_status(const struct session *session)
{
	size_t skips = 0;

	if (session->counts[VERDICT_BROKEN])
		return EXIT_TROUBLE;
	if (session->counts[VERDICT_FAIL] || session->unstable)
		return EXIT_DIFFERS;
	for (size_t i = 0; i < session->n; i++)
		skips += session->records[i].verdict == VERDICT_SKIP &&
			skip_is_failure(session->records[i].skip);
	if (skips) {
		fprintf(stderr, "lastack run: %zu runs were skipped and LASTACK_MUST_RUN=1\n",
			skips);
		return EXIT_DIFFERS;
	}
	return EXIT_AS_EXPECTED;
}

static int trouble(const struct session *session, int r)
{
	clear_progress(session);
	switch (r) {
	case -EINTR:
		fprintf(stderr,
			"lastack run: interrupted after %zu of %zu runs; no record was written\n",
			session->done, session->total);
		return EXIT_INTERRUPTED;
	case -ECANCELED:
		fprintf(stderr,
			"lastack run: standard output takes no more; no record was written\n");
		return EXIT_TROUBLE;
	default:
		fprintf(stderr, "lastack run: cannot start a worker: %s%s\n", strerror(-r),
			worker_mend(r));
		return EXIT_TROUBLE;
	}
}

static int make_pcap_dir(const char *path)
{
	char inside[WORKER_PATH_SIZE];

	if (!path)
		return 0;
	snprintf(inside, sizeof(inside), "%s/.", path);
	if ((!mkdir(path, 0777) || errno == EEXIST) && !access(inside, W_OK | X_OK))
		return 0;
	fprintf(stderr, "lastack run: cannot write captures into %s: %s; -p names another folder\n",
		path, strerror(errno));
	return -errno;
}

/* Before the runs: what they took minutes for should not be lost in the end. */
static int check_record_path(const char *path)
{
	int r = !strcmp(path, "none") ? 0 : recordfile_check(path);

	if (r)
		complain_of_record(path, r);
	return r;
}

static int run_session(struct session *session)
{
	int r = plan(session);

	if (r)
		return trouble(session, r);
	session->began_ns = clock_ns(CLOCK_MONOTONIC);
	session->shows_progress = command_shows_progress() && isatty(STDOUT_FILENO);
	r = pool_run(session->jobs, session->total, &session->options->conducting.pool, take_record,
		session);
	if (r)
		return trouble(session, r);
	clear_progress(session);
	if (strcmp(session->options->record_path, "-"))
		print_summary(session);
	if (write_record(session))
		return EXIT_TROUBLE;
	return exit_status(session);
}

int command_run(int argc, char **argv)
{
	struct run_options options = {
		.record_path = DEFAULT_RECORD, .repeat = 1, .ascii = ladder_needs_ascii()};
	struct session session = {.options = &options};
	struct complaint complaint;
	struct record_complaint known_complaint;
	int status = EXIT_TROUBLE;

	command_parse(&parser, argc, argv, &options);
	if (!strcmp(options.record_path, "-"))
		options.quiet = true;
	if (catalog_load(options.conducting.selectors, options.conducting.n_selectors,
		    &session.catalog, &complaint))
		complaint_print(&complaint, stderr);
	else if (known_load(catalog_known_path(), &session.known, &known_complaint))
		command_complain(catalog_known_path(), &known_complaint);
	else if (!make_pcap_dir(options.pcap_dir) && !check_record_path(options.record_path))
		status = run_session(&session);
	catalog_free(&session.catalog);
	known_free(&session.known);
	free(session.jobs);
	if (session.records)
		munmap(session.records, (session.n + 1) * sizeof(*session.records));
	return status;
}
