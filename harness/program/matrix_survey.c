/* SPDX-License-Identifier: MIT */
/* See matrix_survey.h. */
#include "matrix_survey.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "known.h"
#include "outfile.h"
#include "stream_end.h"
#include "survey.h"
#include "targets.h"
#include "worker.h"

#define KEY_LINE "# key "

struct matrix {
	const struct matrix_request *request;
	struct catalog catalog;
	struct known_list known;
	struct stack_list stacks;
	struct target *targets;
	struct survey_column *columns; /* as many, in the same order */
	size_t n;
	bool shows_progress;
};

static bool watch_fetch(void *context, const struct stack_deb *deb, uint64_t bytes)
{
	const struct matrix *matrix = context;

	if (matrix->shows_progress)
		fprintf(stderr, "\r%s: %" PRIu64 " of %" PRIu64 " MB \033[K", stack_deb_file(deb),
			bytes / 1000000, deb->size / 1000000);
	return true;
}

static void fetch_all(struct matrix *matrix)
{
	const struct fetch_watch watch = {watch_fetch, matrix};

	for (size_t i = 0; i < matrix->n; i++) {
		struct target *target = &matrix->targets[i];
		struct survey_column *column = &matrix->columns[i];
		struct complaint complaint = {0};

		column->stack = target->stack;
		column->files = target->files;
		column->n_files =
			target->image[0] ? 1 : target->stack->n_debs; /* none of the host */
		if (!target->image[0])
			stack_system(target->stack, column->system, sizeof(column->system));
		if (target->is_kept || target->image[0] || !target->stack->n_debs)
			continue;
		if (fetch_ensure(target->stack, &watch, &target->fetched, &complaint))
			snprintf(column->trouble, sizeof(column->trouble), "%.100s: %.140s",
				complaint.file, complaint.text);
		for (size_t k = 0; k < target->fetched.n; k++)
			target->files[k] = target->fetched.paths[k];
	}
	if (matrix->shows_progress)
		fputs("\r\033[K", stderr);
}

/* Takes the column of the last time if it has this key. */
static void take_kept(struct matrix *matrix, size_t i)
{
	struct target *target = &matrix->targets[i];
	struct record_complaint complaint;
	char line[64] = "";
	FILE *stream;

	if (!target_may_be_kept(target) || matrix->request->again ||
		!(stream = fopen(target->path, "re")))
		return;
	if (fgets(line, sizeof(line), stream) && !strncmp(line, KEY_LINE, strlen(KEY_LINE)) &&
		!strncmp(line + strlen(KEY_LINE), target->key, strlen(target->key)))
		target->is_kept =
			!record_list_load(target->path, &matrix->columns[i].records, &complaint);
	fclose(stream);
}

struct column_file {
	const struct target *target;
	const struct record_list *records;
};

static int print_column(const void *what, FILE *stream)
{
	const struct column_file *file = what;
	int r = 0;

	fprintf(stream, KEY_LINE "%s\n", file->target->key);
	for (size_t i = 0; !r && i < file->records->n; i++)
		r = record_print(file->records->records[i], stream);
	return r ? r : stream_end_print(file->records->n, stream);
}

static const struct test_case *find_case(const struct matrix *matrix, const char *name)
{
	for (size_t i = 0; i < matrix->catalog.n; i++)
		if (!strcmp(matrix->catalog.cases[i].name, name))
			return &matrix->catalog.cases[i];
	return NULL;
}

static void judge_column(struct matrix *matrix, struct record_list *records)
{
	for (size_t i = 0; i < records->n; i++) {
		struct record *record = records->records[i];
		const struct test_case *test_case = find_case(matrix, record->name);
		struct judgement judgement;

		if (!test_case)
			continue;
		judge(test_case, record,
			known_find(&matrix->known, record->name, record->variant, record->system),
			&judgement);
		record->verdict = judgement.verdict;
		snprintf(record->reason, sizeof(record->reason), "%s", judgement.reason);
	}
}

static int write_column(const struct target *target, const struct survey_column *column)
{
	const struct column_file file = {target, &column->records};
	int r = outfile_write(target->path, print_column, &file);

	if (r)
		fprintf(stderr, "lastack matrix: %s: %s\n", target->path, strerror(-r));
	return r;
}

static void show_progress(enum survey_news news, const struct survey_column *column, size_t done,
	size_t total, void *data)
{
	const struct matrix *matrix = data;

	if (news == SURVEY_RETRIED)
		fprintf(stderr, "%s%s: cut off; once more with what is left\n",
			matrix->shows_progress ? "\r\033[K" : "", column->stack->name);
	if (matrix->shows_progress)
		fprintf(stderr, "\r%s: %zu of %zu runs \033[K", column->stack->name, done, total);
}

/* A column is written as soon as it is done: what ends the survey does not undo it. */
static void take_news(enum survey_news news, const struct survey_column *column, size_t done,
	size_t total, void *data)
{
	struct matrix *matrix = data;
	size_t i = (size_t)(column - matrix->columns);

	show_progress(news, column, done, total, data);
	if (news != SURVEY_DONE)
		return;
	judge_column(matrix, &matrix->columns[i].records);
	if (column->n_silent) /* another time it may be whole */
		snprintf(matrix->targets[i].key, sizeof(matrix->targets[i].key), "none");
	write_column(&matrix->targets[i], column);
}

static void summarize(const struct matrix *matrix)
{
	static const enum verdict verdicts[] = {
		VERDICT_PASS, VERDICT_FAIL, VERDICT_KNOWN, VERDICT_SKIP, VERDICT_BROKEN};

	printf("%-24s %6s", "stack", "runs");
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
		printf(" %6s", verdict_name(verdicts[i]));
	printf(" %8s %7s\n", "seconds", "retries");
	for (size_t i = 0; i < matrix->n; i++) {
		const struct survey_column *column = &matrix->columns[i];
		size_t counts[VERDICT_KNOWN + 1] = {0};

		for (size_t k = 0; k < column->records.n; k++)
			counts[column->records.records[k]->verdict]++;
		printf("%-24s %6zu", column->stack->name, column->records.n);
		for (size_t k = 0; k < sizeof(verdicts) / sizeof(*verdicts); k++)
			printf(" %6zu", counts[verdicts[k]]);
		if (matrix->targets[i].is_kept)
			printf(" %8s %7s\n", "kept", "-");
		else
			printf(" %8.1f %7u\n", column->seconds,
				column->tries ? column->tries - 1 : 0);
		if (column->trouble[0])
			printf("  %s\n", column->trouble);
	}
}

/* A stack that was not there is a column all the same: it says why. */
static int fill_absent(const struct matrix *matrix, struct survey_column *column)
{
	for (size_t i = 0; i < matrix->catalog.n; i++) {
		const struct test_case *test_case = &matrix->catalog.cases[i];
		unsigned variant = 0;
		struct record record;

		while (variant + 1 < VARIANT_COUNT && !test_case->variants[variant])
			variant++;
		record_begin(test_case, (enum variant)variant, &record);
		snprintf(record.system, sizeof(record.system), "%s",
			column->system[0] ? column->system : column->stack->name);
		snprintf(record.skip, sizeof(record.skip), "%s", column->trouble);
		record.verdict = VERDICT_SKIP;
		snprintf(record.reason, sizeof(record.reason), "%s", column->trouble);
		if (record_list_add(&column->records, &record))
			return -ENOMEM;
	}
	return 0;
}

/* The columns have none any more then. */
static int collect(const struct matrix *matrix, struct record_list *all)
{
	for (size_t i = 0; i < matrix->n; i++) {
		struct survey_column *column = &matrix->columns[i];

		if (!column->records.n && fill_absent(matrix, column))
			return -ENOMEM;
		if (record_list_take(all, &column->records))
			return -ENOMEM;
	}
	return 0;
}

static int prepare_folder(const char *folder)
{
	if (mkdir(folder, 0777) && errno != EEXIST) {
		fprintf(stderr, "lastack matrix: cannot make the folder %s: %s; -d names another\n",
			folder, strerror(errno));
		return -errno;
	}
	if (access(folder, W_OK | X_OK)) {
		fprintf(stderr, "lastack matrix: cannot write into %s: %s; -d names another\n",
			folder, strerror(errno));
		return -errno;
	}
	return 0;
}

/* Surveys the columns that were not kept. They stand together for survey_run(). */
static int survey(struct matrix *matrix, struct complaint *ret_complaint)
{
	const char *folder = getenv("TMPDIR");
	const struct survey_options options = {.catalog = &matrix->catalog,
		.only_first_variant = !matrix->request->all_variants,
		.at_once = matrix->request->jobs,
		.patience_s = matrix->request->patience_s,
		.folder = folder && *folder ? folder : "/tmp",
		.on_news = take_news,
		.data = matrix};
	int r = survey_run(matrix->columns, matrix->n, &options, ret_complaint);

	if (matrix->shows_progress)
		fputs("\r\033[K", stderr);
	if (r == -EINTR)
		fprintf(stderr,
			"lastack matrix: interrupted; the columns that were done are kept in %s\n",
			matrix->request->folder);
	else if (r)
		complaint_print(ret_complaint, stderr);
	return r;
}

static int load(struct matrix *matrix)
{
	const struct matrix_request *request = matrix->request;
	struct complaint complaint = {0};
	struct record_complaint known_complaint;
	int r = catalog_load(request->cases, request->n_cases, &matrix->catalog, &complaint);

	if (!r)
		r = stacks_load(stacks_path(), &matrix->stacks, &complaint);
	if (!r)
		r = targets_take(&matrix->stacks, request->stacks, request->n_stacks,
			request->repeat, &matrix->targets, &matrix->n, &complaint);
	matrix->columns = calloc(matrix->n + 1, sizeof(*matrix->columns));
	if (r || !matrix->columns)
		complaint_print(&complaint, stderr);
	else if ((r = known_load(catalog_known_path(), &matrix->known, &known_complaint)))
		command_complain(catalog_known_path(), &known_complaint);
	return r ? r : prepare_folder(request->folder);
}

/* Whether the column before it is the same stack: then how often it has been there. */
static unsigned repeat_number(const struct matrix *matrix, size_t i)
{
	unsigned n = 1;

	while (i >= n && matrix->targets[i - n].stack->line == matrix->targets[i].stack->line &&
		!strcmp(matrix->targets[i - n].stack->name, matrix->targets[i].stack->name))
		n++;
	return n;
}

static void take_all_kept(struct matrix *matrix)
{
	char cases_key[TARGET_KEY_SIZE];

	targets_cases_key(&matrix->catalog, matrix->request->all_variants, cases_key);
	for (size_t i = 0; i < matrix->n; i++) {
		struct target *target = &matrix->targets[i];
		unsigned number = repeat_number(matrix, i);
		char suffix[16] = "";

		if (number > 1)
			snprintf(suffix, sizeof(suffix), ".%u", number);
		snprintf(target->path, sizeof(target->path), "%s/%s%s.record",
			matrix->request->folder, target->stack->name, suffix);
		target_make_key(target, cases_key);
		take_kept(matrix, i);
	}
}

/* Of the columns; a stack that was not there has none. */
static size_t count(const struct matrix *matrix, enum verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < matrix->n; i++)
		for (size_t k = 0; k < matrix->columns[i].records.n; k++)
			n += matrix->columns[i].records.records[k]->verdict == verdict;
	return n;
}

static int status_of(const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->n; i++)
		if (matrix->columns[i].trouble[0] || matrix->columns[i].n_silent)
			return EXIT_TROUBLE;
	if (count(matrix, VERDICT_BROKEN))
		return EXIT_TROUBLE;
	return count(matrix, VERDICT_FAIL) ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}

static int run(struct matrix *matrix, struct record_list *all)
{
	struct complaint complaint = {0};
	int r = load(matrix), status;

	if (r)
		return EXIT_TROUBLE;
	matrix->shows_progress = command_shows_progress();
	take_all_kept(matrix);
	fetch_all(matrix);
	r = survey(matrix, &complaint);
	if (r)
		return r == -EINTR ? EXIT_INTERRUPTED : EXIT_TROUBLE;
	for (size_t i = 0; i < matrix->n; i++)
		if (matrix->targets[i].is_kept)
			judge_column(matrix, &matrix->columns[i].records);
	summarize(matrix);
	status = status_of(matrix);
	return collect(matrix, all) ? EXIT_TROUBLE : status;
}

int matrix_survey(const struct matrix_request *request, struct record_list *all)
{
	struct matrix matrix = {.request = request};
	int status = run(&matrix, all);

	for (size_t i = 0; matrix.columns && i < matrix.n; i++)
		record_list_free(&matrix.columns[i].records);
	free(matrix.columns);
	free(matrix.targets);
	stacks_free(&matrix.stacks);
	known_free(&matrix.known);
	catalog_free(&matrix.catalog);
	return status;
}
