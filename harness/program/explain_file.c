/* SPDX-License-Identifier: MIT */
/* A capture file, or a pipe that may still be written. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "enough.h"
#include "explain_session.h"
#include "relay.h"

#define PROGRESS_NS 200000000
#define TICK_US 300000
#define LAST_WORDS_MS 300 /* of who writes into a pipe, whom ^C ends, too */
#define LAST_WORDS_FRAMES 65536 /* more than a pipe holds */

struct reading {
	struct explain_session *session;
	struct file *file;
	struct relay *relay; /* reads the file, if it is not NULL; else: */
	struct batch own;
	int fd;
	off_t size; /* of a regular file; 0: a pipe */
	bool shows_progress;
	int64_t began_ns;
	int64_t came_ns; /* when the last batch came, by the clock */
	int64_t shown_ns; /* the progress; 0: not yet */
	int64_t heard_ns; /* the wish to end; 0: not yet */
	uint64_t heard_frames; /* those read before it */
	bool is_stopped; /* before the end */
};

static void erase_progress(const struct reading *reading)
{
	if (reading->shown_ns)
		fprintf(stderr, "\r\033[K");
}

static void show_progress(struct reading *reading)
{
	int64_t now_ns;
	off_t at;

	if (!reading->shows_progress)
		return;
	now_ns = clock_ns(CLOCK_MONOTONIC);
	if (now_ns - (reading->shown_ns ? reading->shown_ns : reading->began_ns) < PROGRESS_NS)
		return;
	at = lseek(reading->fd, 0, SEEK_CUR);
	fprintf(stderr, "\r\033[K");
	if (reading->size > 0 && at > 0)
		fprintf(stderr, "%3d %%  ", (int)(at * 100 / reading->size));
	fprintf(stderr, "%llu frames, %llu connections",
		(unsigned long long)explainer_totals(reading->session->explainer)->frames,
		(unsigned long long)flow_begun(explainer_flows(reading->session->explainer)));
	reading->shown_ns = now_ns;
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
static int tell_meanwhile(struct reading *reading)
{
	const struct explain_totals *totals = explainer_totals(reading->session->explainer);
	int r = 0;

	if (totals->segments)
		r = explainer_take_ended(reading->session->explainer,
			totals->last_ns + (clock_ns(CLOCK_MONOTONIC) - reading->came_ns));
	fflush(stdout);
	show_progress(reading);
	return r;
}

static int add_batch(struct reading *reading, const struct batch *batch)
{
	struct explainer *explainer = reading->session->explainer;
	int64_t last_ns;
	int r = explainer_add_batch(explainer, batch);

	if (r)
		return r;
	last_ns = explainer_totals(explainer)->last_ns;
	if (!reading->relay)
		return explainer_take_ended(explainer, last_ns);
	relay_take_ended(reading->relay, explainer_flows(explainer), last_ns);
	return 0;
}

static int next_batch(struct reading *reading, const struct batch **ret)
{
	if (reading->relay)
		return relay_next(reading->relay, ret);
	*ret = &reading->own;
	return batch_read(reading->file, &reading->own);
}

/* Of a pipe; `got` is what came last. Its end is something, too. */
static bool more_is_at_hand(const struct reading *reading, int got)
{
	struct pollfd input = {.fd = reading->fd, .events = POLLIN};

	return got == BATCH_FRAMES || poll(&input, 1, 0) > 0;
}

/* Whether ^C ends it here: what was written into a pipe by then is read, however long that takes,
 * and what comes within a moment; but not for ever from who writes on. */
static bool is_over(struct reading *reading, int got)
{
	const struct explain_totals *totals = explainer_totals(reading->session->explainer);
	int64_t now_ns;

	if (!enough_said())
		return false;
	now_ns = clock_ns(CLOCK_MONOTONIC);
	if (!reading->heard_ns) {
		reading->heard_ns = now_ns;
		reading->heard_frames = totals->frames;
	}
	if (!reading->size && more_is_at_hand(reading, got))
		reading->is_stopped = totals->frames - reading->heard_frames >= LAST_WORDS_FRAMES;
	else
		reading->is_stopped =
			reading->size || now_ns - reading->heard_ns >= LAST_WORDS_MS * 1000000ll;
	return reading->is_stopped;
}

/* A batch that is not full is all there was at hand: the next one may have to be waited for. */
static int read_batches(struct reading *reading)
{
	const struct batch *batch;
	int n = 0, r;

	while (!is_over(reading, n) && (n = next_batch(reading, &batch))) {
		if (n < 0 && n != -EINTR)
			return n;
		if (n > 0)
			reading->came_ns = clock_ns(CLOCK_MONOTONIC);
		r = n > 0 ? add_batch(reading, batch) : tell_meanwhile(reading);
		if (r)
			return r;
		if (!reading->size && n > 0 && n < BATCH_FRAMES)
			fflush(stdout);
		if (ferror(stdout))
			return -EIO;
		show_progress(reading);
	}
	return 0;
}

/* What a file holds is there: another thread reads it ahead, and judges what has ended. Without
 * one, or from a pipe, each is done as it is needed. */
static int read_ahead(struct reading *reading)
{
	struct explainer *explainer = reading->session->explainer;
	int r, left = 0;

	if (relay_start(reading->file, explainer_take_history, explainer, &reading->relay))
		reading->relay = NULL;
	r = read_batches(reading);
	if (reading->relay)
		left = relay_take_all(reading->relay, explainer_flows(explainer));
	relay_stop(reading->relay);
	return r ? r : left;
}

static int read_along(struct reading *reading)
{
	int r;

	tick(true);
	r = read_batches(reading);
	tick(false);
	return r;
}

static int read_all(struct reading *reading)
{
	int r = reading->size ? read_ahead(reading) : read_along(reading);
	int finished = explainer_finish(reading->session->explainer);

	return r ? r : finished;
}

static int open_capture(struct reading *reading)
{
	const char *path = reading->session->options->path;
	bool is_stdin = !strcmp(path, "-");
	struct stat status;

	reading->session->name = is_stdin ? "standard input" : path;
	reading->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (reading->fd < 0 || fstat(reading->fd, &status)) {
		fprintf(stderr, "lastack explain: %s: %s\n", path, strerror(errno));
		return -1;
	}
	reading->size = S_ISREG(status.st_mode) ? status.st_size : 0;
	reading->shows_progress = command_shows_progress() &&
		!(isatty(STDOUT_FILENO) && reading->session->options->all);
	return 0;
}

/* Before the first byte of a pipe: whether one comes, or its end, and not ^C alone. */
static bool comes_to_something(const struct reading *reading)
{
	struct pollfd first = {.fd = reading->fd, .events = POLLIN};
	int ready = 0;

	while (!ready && !enough_said())
		ready = poll(&first, 1, -1) > 0;
	return ready || poll(&first, 1, LAST_WORDS_MS) > 0;
}

/* Why the end came early, or NULL. */
static const char *note_of(const struct reading *reading, char ret[FILE_ERROR_SIZE])
{
	if (!reading->is_stopped)
		return file_note(reading->file);
	snprintf(ret, FILE_ERROR_SIZE, "interrupted after record %llu",
		(unsigned long long)explainer_totals(reading->session->explainer)->frames);
	return ret;
}

static int explain_whole(struct reading *reading)
{
	char interrupted[FILE_ERROR_SIZE];
	const char *note;
	int r, status, printed;

	if (reading->session->options->all)
		explain_print_heading(stdout);
	reading->began_ns = clock_ns(CLOCK_MONOTONIC);
	r = read_all(reading);
	erase_progress(reading);
	note = note_of(reading, interrupted);
	status = explain_session_tell(reading->session, note);
	if (r == -ENOMEM)
		fprintf(stderr, "lastack explain: %s\n", strerror(ENOMEM));
	if (r) /* else the file's note has said why, or writing has failed */
		status = EXIT_TROUBLE;
	printed = explain_session_print(reading->session, note);
	if (!status)
		status = printed;
	return status || !reading->is_stopped ? status : EXIT_INTERRUPTED;
}

int explain_file(struct explain_session *session)
{
	struct reading reading = {.session = session, .fd = -1};
	char error[FILE_ERROR_SIZE];
	int status = EXIT_TROUBLE;

	enough_heed();
	if (open_capture(&reading)) {
		/* said */
	} else if (!reading.size && !comes_to_something(&reading)) {
		fprintf(stderr, "lastack explain: %s: interrupted before anything came\n",
			session->name);
		status = EXIT_INTERRUPTED;
	} else if (file_open_fd(reading.fd, session->name, &reading.file, error)) {
		fprintf(stderr, "lastack explain: %s\n", error);
	} else {
		status = explain_whole(&reading);
		file_close(reading.file);
	}
	if (reading.fd > STDIN_FILENO)
		close(reading.fd);
	return status;
}
