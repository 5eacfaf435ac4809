/* SPDX-License-Identifier: MIT */
/* lastack explain: how every connection of a capture ended, who ended it, and why. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "decode.h"
#include "explain_json.h"
#include "explain_words.h"
#include "file.h"
#include "ladder.h"
#include "propose.h"
#include "text.h"
#include "worst.h"

#define BATCH 256
#define PROGRESS_NS 200000000
#define TICK_US 300000

enum { LADDER_KEY = 0x100, CASE_KEY, FILTER_KEY };

struct explain_options {
	const char *path;
	struct explain_filter filter;
	bool all, json, ascii;
	int64_t ladder, proposed; /* numbers of connections; -1: not asked for */
	size_t worst;
};

/* What is going on. */
struct session {
	const struct explain_options *options;
	const char *name; /* of the capture, for people */
	struct explainer *explainer;
	struct explain_summary summary;
	struct worst worst;
	struct worst_entry wanted; /* the connection that --ladder or --case names */
	bool has_wanted, is_out_of_memory;
	bool shows_progress;
	off_t size; /* of the file; 0: not known */
	int fd;
	int64_t came_ns; /* when the last batch came, by the clock */
	int64_t shown_ns; /* the progress; 0: not yet */
};

static const struct argp_option option_table[] = {
	{"worst", 'n', "N", 0, "show so many in full (default: 10)", 0},
	{"all", 'a', NULL, 0, "every connection, a line each, as they end", 0},
	{"json", 'j', NULL, 0, "the same as JSON lines; the last is {\"summary\": ...}", 0},
	{"filter", FILTER_KEY, "HOST:PORT", 0,
		"only with that end: HOST, :PORT, HOST:PORT, [IPv6]:PORT", 0},
	{"ladder", LADDER_KEY, "N", 0, "connection N in full, with its ladder", 0},
	{"case", CASE_KEY, "N", 0, "a case (`lastack run`) that does connection N again", 0},
	{"ascii", 'A', NULL, 0, "draw in ASCII", 0},
	{0},
};

static int64_t take_number(const char *argument, const char *option, struct argp_state *state)
{
	char *end;
	unsigned long number = strtoul(argument, &end, 10);

	if (*end || argument[0] < '0' || argument[0] > '9' || number >= UINT32_MAX)
		argp_error(state, "%s %s: want a number", option, argument);
	return (int64_t)number;
}

/* What is asked for at once must go together. */
static void check_options(const struct explain_options *options, struct argp_state *state)
{
	if (!options->path)
		argp_error(state, "want a capture file, or - for standard input");
	if (options->all + options->json + (options->ladder >= 0) + (options->proposed >= 0) > 1)
		argp_error(state, "want one of --all, --json, --ladder and --case");
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct explain_options *options = state->input;

	switch (key) {
	case 'n': options->worst = (size_t)take_number(argument, "-n", state); return 0;
	case 'a': options->all = true; return 0;
	case 'j': options->json = true; return 0;
	case 'A': options->ascii = true; return 0;
	case FILTER_KEY:
		if (!explain_filter_parse(argument, &options->filter))
			argp_error(state,
				"--filter %s: want ADDRESS:PORT, ADDRESS, :PORT or [IPv6]:PORT",
				argument);
		return 0;
	case LADDER_KEY: options->ladder = take_number(argument, "--ladder", state); return 0;
	case CASE_KEY: options->proposed = take_number(argument, "--case", state); return 0;
	case ARGP_KEY_ARG:
		if (options->path)
			argp_error(state, "want one file, read also '%s'", argument);
		options->path = argument;
		return 0;
	case ARGP_KEY_END: check_options(options, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {option_table, take_option, "FILE|-",
	"Tells of every connection of a capture (pcap, pcapng, either compressed) how it ended, who ended "
	"it first, the cause and what shows it: a summary, then the worst ones in full.\vIn a line of "
	"--all, 'cause?' is likely, 'cause|other' what its bytes do not decide. A damaged file is "
	"explained up to there. Exit status: 0 explained, 2 misuse or no capture.",
	NULL, NULL, NULL};

static void take(const struct history *history, const struct finding *finding, void *data)
{
	struct session *session = data;
	const struct explain_options *options = session->options;

	if (history->number == options->ladder || history->number == options->proposed) {
		session->wanted = (struct worst_entry){*history, *finding};
		session->has_wanted = true;
	}
	if (!explain_filter_takes(&options->filter, history))
		return;
	explain_count(&session->summary, history, finding);
	if (options->json)
		session->is_out_of_memory |= explain_json_connection(history, finding, stdout) != 0;
	else if (options->all)
		explain_print_line(history, finding, stdout);
	else
		worst_offer(&session->worst, history, finding);
}

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void erase_progress(const struct session *session)
{
	if (session->shown_ns)
		fprintf(stderr, "\r\033[K");
}

static void show_progress(struct session *session)
{
	int64_t now_ns;
	off_t at;

	if (!session->shows_progress)
		return;
	now_ns = clock_ns();
	if (now_ns - session->shown_ns < PROGRESS_NS)
		return;
	at = lseek(session->fd, 0, SEEK_CUR);
	fprintf(stderr, "\r\033[K");
	if (session->size > 0 && at > 0)
		fprintf(stderr, "%3d %%  ", (int)(at * 100 / session->size));
	fprintf(stderr, "%llu frames, %llu connections",
		(unsigned long long)explainer_totals(session->explainer)->frames,
		(unsigned long long)session->summary.connections);
	session->shown_ns = now_ns;
}

static void note_tick(int number)
{
}

/* On a pipe a wait for more is interrupted from time to time: file_next_batch() says -EINTR. */
static void tick(bool is_on)
{
	const struct sigaction action = {.sa_handler = note_tick}; /* without SA_RESTART */
	const struct itimerval every = {{0, TICK_US}, {0, TICK_US}}, never = {{0, 0}, {0, 0}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, is_on ? &every : &never, NULL);
}

/* While nothing comes: what has ended is told by the clock. */
static void tell_meanwhile(struct session *session)
{
	const struct explain_totals *totals = explainer_totals(session->explainer);

	if (totals->segments)
		explainer_take_ended(
			session->explainer, totals->last_ns + (clock_ns() - session->came_ns));
	fflush(stdout);
	show_progress(session);
}

static int add_batch(struct session *session, const struct frame_header *batch, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = explainer_add(session->explainer, batch[i].linktype, batch[i].bytes,
			batch[i].captured, batch[i].length, batch[i].time_ns);

		if (r)
			return r;
	}
	explainer_take_ended(session->explainer, explainer_totals(session->explainer)->last_ns);
	return 0;
}

/* A batch that is not full is all there was at hand: the next one may have to be waited for. */
static int read_batches(struct session *session, struct file *file)
{
	struct frame_header batch[BATCH];
	int n, r;

	while ((n = file_next_batch(file, batch, BATCH))) {
		if (n == -EINTR && !ferror(stdout)) {
			tell_meanwhile(session);
			continue;
		}
		if (n < 0)
			return n;
		session->came_ns = clock_ns();
		r = add_batch(session, batch, (size_t)n);
		if (r)
			return r;
		if (!session->size && n < BATCH)
			fflush(stdout);
		if (ferror(stdout))
			return -EIO;
		show_progress(session);
	}
	return 0;
}

static int read_all(struct session *session, struct file *file)
{
	int r, finished;

	if (!session->size)
		tick(true);
	r = read_batches(session, file);
	if (!session->size)
		tick(false);
	finished = explainer_finish(session->explainer);
	return r ? r : finished;
}

/* What a reader of the findings must know of the capture; 0, or EXIT_TROUBLE if nothing in it could
 * be read. */
static int tell_of_capture(const struct session *session, const struct file *file)
{
	const struct explain_totals *totals = explainer_totals(session->explainer);
	const char *note = file_note(file), *linktype = linktype_name(totals->unknown_linktype);

	if (note)
		fprintf(stderr, "lastack explain: %s: %s\n", session->name, note);
	if (totals->unknown)
		fprintf(stderr,
			"lastack explain: %s: %llu frames of link type %d%s%s%s are not understood\n",
			session->name, (unsigned long long)totals->unknown,
			totals->unknown_linktype, linktype ? " (" : "", linktype ? linktype : "",
			linktype ? ")" : "");
	if (totals->short_frames)
		fprintf(stderr,
			"lastack explain: %s: %llu frames are cut short before the end of their "
			"headers\n",
			session->name, (unsigned long long)totals->short_frames);
	if (totals->malformed)
		fprintf(stderr, "lastack explain: %s: %llu frames contradict themselves\n",
			session->name, (unsigned long long)totals->malformed);
	if (!totals->segments)
		fprintf(stderr, "lastack explain: %s: no TCP in %llu frames\n", session->name,
			(unsigned long long)totals->frames);
	return totals->unknown && totals->unknown == totals->frames ? EXIT_TROUBLE : 0;
}

static void print_findings(struct session *session)
{
	const struct explain_summary *summary = &session->summary;
	char begun[EXPLAIN_TIME_SIZE], lasted[EXPLAIN_TIME_SIZE];

	printf("%s: %llu connection%s", session->name, (unsigned long long)summary->connections,
		summary->connections == 1 ? "" : "s");
	if (summary->connections)
		printf(", from %s, within %s", explain_time(summary->first_ns, false, begun),
			explain_duration(summary->last_ns - summary->first_ns, lasted));
	printf("\n\n");
	explain_print_summary(summary);
	worst_sort(&session->worst);
	for (size_t i = 0; i < session->worst.n; i++) {
		putchar('\n');
		explain_print_full(
			&session->worst.entries[i].history, &session->worst.entries[i].finding);
	}
}

static void print_ladder(const struct session *session)
{
	const struct explain_events *events = explainer_events(session->explainer);
	char left[EXPLAIN_END_SIZE], right[EXPLAIN_END_SIZE];
	const struct history *history = &session->wanted.history;

	explain_print_full(history, &session->wanted.finding);
	putchar('\n');
	ladder_print_arrows(
		&(struct ladder_arrows){
			.left = explain_end(&history->ends[HISTORY_OPENER], left),
			.right = explain_end(&history->ends[HISTORY_OTHER], right),
			.events = events->events,
			.frames = events->frames,
			.n = events->n,
			.cut_after = events->cut_after,
			.left_out = events->left_out,
		},
		session->options->ascii, stdout);
}

static int print_case(const struct session *session)
{
	const struct explain_events *events = explainer_events(session->explainer);
	const struct history *history = &session->wanted.history;
	char about[RECORD_TEXT_SIZE], opener[EXPLAIN_END_SIZE], other[EXPLAIN_END_SIZE],
		error[PROPOSE_ERROR_SIZE];
	struct test_case test_case;
	int r;

	snprintf(about, sizeof(about), "Connection %u of a capture, %s to %s: %s", history->number,
		explain_end(&history->ends[HISTORY_OPENER], opener),
		explain_end(&history->ends[HISTORY_OTHER], other),
		cause_name(session->wanted.finding.causes[0]));
	r = propose(&(struct proposal){.history = history,
			    .finding = &session->wanted.finding,
			    .about = about,
			    .events = events->events,
			    .n_events = events->n,
			    .left_out = events->left_out},
		&test_case, error);
	if (r) {
		fprintf(stderr, "lastack explain: connection %u: %s\n", history->number,
			r == -ENOMEM ? strerror(ENOMEM) : error);
		return EXIT_TROUBLE;
	}
	case_print(&test_case, stdout);
	case_free(&test_case);
	return EXIT_AS_EXPECTED;
}

/* The connection that --ladder or --case names. */
static int print_wanted(const struct session *session)
{
	const struct explain_options *options = session->options;

	if (!session->has_wanted) {
		fprintf(stderr, "lastack explain: %s: no connection %lld: there are %llu, from 0\n",
			session->name,
			(long long)(options->ladder >= 0 ? options->ladder : options->proposed),
			(unsigned long long)session->summary.connections);
		return EXIT_TROUBLE;
	}
	if (options->proposed >= 0)
		return print_case(session);
	print_ladder(session);
	return EXIT_AS_EXPECTED;
}

static int print_results(struct session *session, const struct file *file)
{
	const struct explain_options *options = session->options;
	char name[RECORD_TEXT_SIZE];

	if (options->ladder >= 0 || options->proposed >= 0)
		return print_wanted(session);
	if (options->json) {
		text_clean(session->name, sizeof(name), name);
		session->is_out_of_memory |= explain_json_summary(&session->summary,
			explainer_totals(session->explainer), name, file_note(file), stdout);
	} else if (!options->all) {
		print_findings(session);
	}
	return EXIT_AS_EXPECTED;
}

static int explain_file(struct session *session, struct file *file)
{
	int r = read_all(session, file), status;

	erase_progress(session);
	status = tell_of_capture(session, file);
	if (r == -ENOMEM) {
		fprintf(stderr, "lastack explain: %s\n", strerror(ENOMEM));
		return EXIT_TROUBLE;
	}
	if (r || ferror(stdout)) /* the file's note has said why */
		status = EXIT_TROUBLE;
	r = print_results(session, file);
	if (session->is_out_of_memory)
		fprintf(stderr, "lastack explain: %s\n", strerror(ENOMEM));
	return r || session->is_out_of_memory ? EXIT_TROUBLE : status;
}

static int begin(struct session *session)
{
	const struct explain_options *options = session->options;
	int64_t keep = options->ladder >= 0 ? options->ladder : options->proposed;
	int r = worst_new(options->worst, &session->worst);

	if (!r)
		r = explainer_new(keep, take, session, &session->explainer);
	return r;
}

/* A descriptor, or -1 with the reason said. */
static int open_capture(struct session *session)
{
	const char *path = session->options->path;
	bool is_stdin = !strcmp(path, "-");
	struct stat status;

	session->name = is_stdin ? "standard input" : path;
	session->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (session->fd < 0 || fstat(session->fd, &status)) {
		fprintf(stderr, "lastack explain: %s: %s\n", path, strerror(errno));
		return -1;
	}
	session->size = S_ISREG(status.st_mode) ? status.st_size : 0;
	session->shows_progress =
		isatty(STDERR_FILENO) && !(isatty(STDOUT_FILENO) && session->options->all);
	return session->fd;
}

int command_explain(int argc, char **argv)
{
	struct explain_options options = {
		.ascii = ladder_needs_ascii(), .ladder = -1, .proposed = -1, .worst = 10};
	struct session session = {.options = &options};
	char error[FILE_ERROR_SIZE];
	struct file *file = NULL;
	int status = EXIT_TROUBLE, r;

	command_parse(&parser, argc, argv, &options);
	if (open_capture(&session) < 0)
		return EXIT_TROUBLE;
	r = file_open_fd(session.fd, session.name, &file, error);
	if (r) {
		fprintf(stderr, "lastack explain: %s\n", error);
	} else if ((r = begin(&session))) {
		fprintf(stderr, "lastack explain: %s\n", strerror(-r));
	} else {
		if (options.all)
			explain_print_heading(stdout);
		status = explain_file(&session, file);
	}
	explainer_free(session.explainer);
	worst_free(&session.worst);
	file_close(file);
	if (session.fd != STDIN_FILENO)
		close(session.fd);
	return status;
}
