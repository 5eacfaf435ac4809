/* SPDX-License-Identifier: MIT */
/* See survey.h. */
#include "survey.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "plan.h"
#include "pool.h"
#include "stream_end.h"
#include "survey_child.h"

#define MAX_SEATS 64
#define MAX_TRIES 2

/* A column that is being observed. */
struct seat {
	struct survey_column *column; /* NULL: free */
	struct survey_child child;
	char folder[ENGINE_PATH_SIZE], feed[ENGINE_PATH_SIZE + 8];
	bool is_machine;
	bool *found; /* by run of the plan */
	int64_t began_ns;
	size_t n_before; /* records of earlier tries */
};

struct survey {
	struct survey_column *columns;
	size_t n, next;
	const struct survey_options *options;
	struct job *runs;
	size_t n_runs;
	struct seat *seats;
	size_t n_seats;
	int signals;
	int error; /* a negative errno: there is no going on */
};

static void tell(const struct survey *survey, enum survey_news news, const struct seat *seat)
{
	if (survey->options->on_news)
		survey->options->on_news(news, seat->column, seat->n_before + seat->child.n_done,
			survey->n_runs, survey->options->data);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int write_case(
	const struct test_case *test_case, const char *feed, struct complaint *ret_complaint)
{
	char path[2 * ENGINE_PATH_SIZE], *slash;
	FILE *stream;
	int r = 0;

	snprintf(path, sizeof(path), "%s/%s.case", feed, test_case->name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, 0755) && errno != EEXIST)
		return complaint_of_file(ret_complaint, -errno, path, "%s", strerror(errno));
	*slash = '/';
	stream = fopen(path, "we");
	if (!stream || case_print(test_case, stream))
		r = errno ? -errno : -EIO;
	if (stream && fclose(stream) && !r)
		r = -errno;
	return r ? complaint_of_file(ret_complaint, r, path, "%s", strerror(-r)) : 0;
}

/* The cases of which some run has not been found out about. */
static int write_feed(
	const struct survey *survey, const struct seat *seat, struct complaint *ret_complaint)
{
	int r = 0;

	if (mkdir(seat->feed, 0755))
		return complaint_of_file(ret_complaint, -errno, seat->feed, "%s", strerror(errno));
	for (size_t i = 0; !r && i < survey->n_runs; i++)
		if (!seat->found[i] &&
			(!i || seat->found[i - 1] ||
				survey->runs[i - 1].test_case != survey->runs[i].test_case))
			r = write_case(survey->runs[i].test_case, seat->feed, ret_complaint);
	return r;
}

static int prepare(struct survey *survey, struct seat *seat, struct complaint *ret_complaint)
{
	struct engine_task task = {.stack = seat->column->stack,
		.files = seat->column->files,
		.n_files = seat->column->n_files,
		.feed = seat->feed,
		.only_first_variant = survey->options->only_first_variant,
		.folder = seat->folder};
	struct engine_plan plan = {0};
	int r;

	snprintf(seat->folder, sizeof(seat->folder), "%s/lastack-XXXXXX", survey->options->folder);
	if (!mkdtemp(seat->folder))
		return complaint_of_file(ret_complaint, -errno, survey->options->folder,
			"no folder can be made here: %s; set TMPDIR to one that can be written to",
			strerror(errno));
	snprintf(seat->feed, sizeof(seat->feed), "%s/cases", seat->folder);
	r = write_feed(survey, seat, ret_complaint);
	if (!r && !task.stack->n_debs && task.n_files && access(task.files[0], R_OK))
		r = complaint_of_file(ret_complaint, -errno, task.files[0], "%s", strerror(errno));
	if (!r)
		r = engine_prepare(&task, &plan, ret_complaint);
	if (!r && (r = survey_child_start(&seat->child, plan.words, seat->feed)))
		complaint_of_file(ret_complaint, r, plan.words[0], "%s", strerror(-r));
	seat->is_machine = plan.is_machine;
	engine_plan_free(&plan);
	return r;
}

static size_t run_index(const struct survey *survey, const struct record *record)
{
	for (size_t i = 0; i < survey->n_runs; i++)
		if (!strcmp(survey->runs[i].test_case->name, record->name) &&
			!strcmp(variant_name(survey->runs[i].variant), record->variant))
			return i;
	return survey->n_runs;
}

static void place(struct survey *survey, struct seat *seat, const struct record *record)
{
	size_t i = run_index(survey, record);
	struct record_list *kept = &seat->column->records;

	if (i == survey->n_runs || seat->found[i])
		return;
	if (record_list_put(kept, i, record)) {
		survey->error = -ENOMEM;
		return;
	}
	if (seat->column->system[0])
		snprintf(kept->records[i]->system, sizeof(kept->records[i]->system), "%s",
			seat->column->system);
	seat->found[i] = true;
	seat->n_before++;
}

/* Takes the whole records out of what came; a last one may have been cut off. Returns whether the
 * stream says that it is whole. */
static bool take_stream(struct survey *survey, struct seat *seat)
{
	static struct record record;
	struct record_complaint complaint;
	unsigned line = 0;
	char *text = seat->child.text, *last;
	size_t said = 0, length = seat->child.length;
	FILE *stream = length ? fmemopen(text, length, "r") : NULL;

	while (stream && record_read(stream, &line, &record, &complaint) > 0)
		place(survey, seat, &record);
	if (stream)
		fclose(stream);
	if (!stream || text[length - 1] != '\n')
		return false;
	text[length - 1] = '\0';
	last = strrchr(text, '\n');
	return last && stream_end_parse(last + 1, &said);
}

static void fill_in(struct survey *survey, struct seat *seat, const char *why)
{
	struct survey_column *column = seat->column;
	struct record record;

	for (size_t i = 0; i < survey->n_runs; i++) {
		if (seat->found[i])
			continue;
		record_begin(survey->runs[i].test_case, survey->runs[i].variant, &record);
		snprintf(record.system, sizeof(record.system), "%s",
			column->system[0] ? column->system : column->stack->name);
		snprintf(record.broken, sizeof(record.broken), "%s", why);
		if (record_list_put(&column->records, i, &record))
			survey->error = -ENOMEM;
		column->n_silent++;
	}
}

/* `why` NULL: it never began. */
static void leave(struct survey *survey, struct seat *seat, const char *why)
{
	if (why)
		fill_in(survey, seat, why);
	if (!why || survey->error)
		record_list_free(&seat->column->records);
	seat->column->seconds = (double)(clock_ns(CLOCK_MONOTONIC) - seat->began_ns) / 1e9;
	tell(survey, SURVEY_DONE, seat);
	remove_folder(seat->folder);
	survey_child_free(&seat->child);
	free(seat->found);
	memset(seat, 0, sizeof(*seat));
}

static void begin_try(struct survey *survey, struct seat *seat)
{
	struct complaint complaint = {0};

	seat->column->tries++;
	if (!prepare(survey, seat, &complaint)) {
		tell(survey, seat->column->tries > 1 ? SURVEY_RETRIED : SURVEY_STARTED, seat);
		return;
	}
	survey_child_end(&seat->child);
	snprintf(seat->column->trouble, sizeof(seat->column->trouble), "%.100s: %.140s",
		complaint.file, complaint.text);
	leave(survey, seat, seat->column->tries > 1 ? seat->column->trouble : NULL);
}

/* Why nothing is known of what is missing. */
static void explain(const struct seat *seat, int status, const char *what, char *why, size_t size)
{
	char line[128];

	survey_child_last_line(&seat->child, line, sizeof(line));
	if (!what && WIFSIGNALED(status))
		what = "it was killed";
	snprintf(why, size, "cut off after %zu runs: %s; its console %s%s%s", seat->n_before,
		what ? what : "it ended early", line[0] ? "ended with \"" : "said nothing", line,
		line[0] ? "\"" : " (is the image whole?)");
}

/* The child has nothing more to say, or has said nothing for too long (`what`). */
static void end_try(struct survey *survey, struct seat *seat, const char *what)
{
	char why[RECORD_TEXT_SIZE];
	int status = survey_child_end(&seat->child);
	bool is_whole = take_stream(survey, seat) && !what;

	seat->child.n_done = 0;
	explain(seat, status, what, why, sizeof(why));
	if (seat->n_before == survey->n_runs)
		is_whole = true;
	if (is_whole || !seat->is_machine || seat->column->tries == MAX_TRIES) {
		if (!is_whole && !seat->column->trouble[0])
			snprintf(seat->column->trouble, sizeof(seat->column->trouble), "%s", why);
		leave(survey, seat, why);
		return;
	}
	remove_folder(seat->folder);
	survey_child_free(&seat->child);
	begin_try(survey, seat);
}

static int occupy(struct survey *survey, struct seat *seat, struct survey_column *column)
{
	seat->column = column;
	seat->began_ns = clock_ns(CLOCK_MONOTONIC);
	survey_child_free(&seat->child);
	seat->found = calloc(survey->n_runs + 1, sizeof(*seat->found));
	if (!seat->found || record_list_begin(&column->records, survey->n_runs))
		return -ENOMEM;
	begin_try(survey, seat);
	return 0;
}

static int fill_seats(struct survey *survey)
{
	int r = 0;

	for (size_t i = 0; i < survey->n_seats && !r; i++)
		while (!survey->seats[i].column && survey->next < survey->n && !r) {
			struct survey_column *column = &survey->columns[survey->next++];

			if (!column->trouble[0] && !column->records.n)
				r = occupy(survey, &survey->seats[i], column);
		}
	return r;
}

static void hear_seat(struct survey *survey, struct seat *seat)
{
	size_t before = seat->child.n_done;

	if (!survey_child_read(&seat->child))
		end_try(survey, seat, NULL);
	else if (clock_ns(CLOCK_MONOTONIC) - seat->child.heard_ns >
		survey->options->patience_s * 1000000000LL)
		end_try(survey, seat, "it said nothing for too long");
	else if (seat->child.n_done != before)
		tell(survey, SURVEY_PROGRESS, seat);
}

/* Waits for news of a child or for a signal. Returns 1 when nobody is left. */
static int hear(struct survey *survey)
{
	struct pollfd heard[1 + 2 * MAX_SEATS];
	nfds_t n = 0;

	heard[n++] = (struct pollfd){.fd = survey->signals, .events = POLLIN};
	for (size_t i = 0; i < survey->n_seats; i++)
		if (survey->seats[i].column) {
			heard[n++] = (struct pollfd){
				.fd = survey->seats[i].child.records, .events = POLLIN};
			heard[n++] = (struct pollfd){
				.fd = survey->seats[i].child.console, .events = POLLIN};
		}
	if (n == 1)
		return 1;
	if (poll(heard, n, 1000) < 0 && errno != EINTR)
		return -errno;
	if (heard[0].revents)
		return -EINTR;
	for (size_t i = 0; i < survey->n_seats; i++)
		if (survey->seats[i].column)
			hear_seat(survey, &survey->seats[i]);
	return 0;
}

static int loop(struct survey *survey)
{
	int r = 0;

	while (!r)
		if (!(r = fill_seats(survey)) && !(r = hear(survey)))
			r = survey->error;
	return r < 0 ? r : survey->error;
}

static void clear_seats(struct survey *survey)
{
	for (size_t i = 0; i < survey->n_seats; i++) {
		struct seat *seat = &survey->seats[i];

		if (!seat->column)
			continue;
		survey_child_end(&seat->child);
		survey_child_free(&seat->child);
		remove_folder(seat->folder);
		free(seat->found);
		record_list_free(&seat->column->records);
	}
	free(survey->seats);
}

static int begin(struct survey *survey, struct complaint *ret_complaint)
{
	const struct survey_options *options = survey->options;
	static const struct shard everything;
	int r = plan_runs(options->catalog, &everything, options->only_first_variant, &survey->runs,
		&survey->n_runs);

	survey->n_seats = options->at_once ? options->at_once : pool_cpus();
	if (survey->n_seats > MAX_SEATS)
		survey->n_seats = MAX_SEATS;
	survey->seats = calloc(survey->n_seats, sizeof(*survey->seats));
	if (r || !survey->seats)
		return complaint_of_file(ret_complaint, -ENOMEM, "survey", "%s", strerror(ENOMEM));
	return 0;
}

int survey_run(struct survey_column *columns, size_t n, const struct survey_options *options,
	struct complaint *ret_complaint)
{
	struct survey survey = {.columns = columns, .n = n, .options = options};
	sigset_t taken, before;
	struct signalfd_siginfo info;
	int r = begin(&survey, ret_complaint);

	sigemptyset(&taken);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, &before);
	survey.signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!r && survey.signals < 0)
		r = complaint_of_file(ret_complaint, -errno, "signalfd", "%s", strerror(errno));
	if (!r)
		r = loop(&survey);
	clear_seats(&survey);
	free(survey.runs);
	while (survey.signals >= 0 && read(survey.signals, &info, sizeof(info)) > 0)
		; /* what ended the survey must not end the program: it has still to say so */
	if (survey.signals >= 0)
		close(survey.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
