/* SPDX-License-Identifier: MIT */
/* The pool's loop: hands jobs to workers that are ready, takes records from those that are done.
 * Knows nothing of what a run does or of what is wanted. */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "abilities.h"
#include "clock.h"
#include "late.h"
#include "userstack.h"

#define LANES_PER_WORKER 16 /* their time is waiting, not CPU */
#define FOREIGN_LANES_PER_WORKER 2 /* there it is CPU */
#define MAX_SEATS 320
#define MAX_FAILURES 1000
/* Behind every deadline that a worker keeps itself, of which the longest call's is one. */
#define JOB_DEADLINE_MS 180000

enum seat_state { SEAT_EMPTY, SEAT_STARTING, SEAT_READY, SEAT_BUSY, SEAT_RETIRED };

/* A place for a worker. Lanes are seats whose worker does one job only. */
struct seat {
	struct worker worker;
	enum seat_state state;
	bool is_lane;
	size_t job;
	int64_t since_ns;
};

/* Jobs in the order in which they are given out. */
struct queue {
	size_t *jobs;
	size_t n, next;
};

struct pool {
	const struct job *jobs;
	struct queue shared, isolated;
	size_t first_again; /* in the isolated queue: from here on, runs that were void */
	unsigned char *again; /* by job: how often it was void */
	struct seat seats[MAX_SEATS];
	unsigned n_seats, n_cpus;
	size_t under_way;
	bool has_stopped;
	bool has_failed; /* workers die before they stand: give up */
	char not_here[RECORD_TEXT_SIZE]; /* why no world can be had: every further job is skipped */
	bool had_world; /* one was had before, so that a refusal may pass */
	unsigned failures; /* worlds that failed to come about, one after another */
	int start_error;
	int signals;
	pool_done *done;
	void *data;
};

unsigned pool_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

unsigned pool_cpu(unsigned n)
{
	cpu_set_t set;
	unsigned count = pool_cpus();

	if (sched_getaffinity(0, sizeof(set), &set))
		return 0;
	n %= count;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && !n--)
			return cpu;
	return 0;
}

static struct queue *queue_of(struct pool *pool, const struct seat *seat)
{
	return seat->is_lane ? &pool->isolated : &pool->shared;
}

static size_t waiting(const struct queue *queue)
{
	return queue->n - queue->next;
}

/* What is left is to be done again, and alone. */
static bool is_again(const struct pool *pool)
{
	return !waiting(&pool->shared) && pool->isolated.next >= pool->first_again;
}

static void finish(struct pool *pool, size_t job, const struct record *record)
{
	switch (pool->done(&pool->jobs[job], job, record, pool->data)) {
	case POOL_TAKEN: return;
	case POOL_STOP: pool->has_stopped = true; return;
	case POOL_AGAIN:
		pool->again[job]++;
		pool->isolated.jobs[pool->isolated.n++] = job;
		return;
	}
}

static void finish_without_run(struct pool *pool, size_t job, bool is_skip, const char *why)
{
	static struct record record;

	record_begin(pool->jobs[job].test_case, pool->jobs[job].variant, &record);
	snprintf(is_skip ? record.skip : record.broken, RECORD_TEXT_SIZE, "%s", why);
	finish(pool, job, &record);
}

static void empty_seat(struct pool *pool, struct seat *seat)
{
	if (seat->state == SEAT_BUSY)
		pool->under_way--;
	worker_end(&seat->worker);
	seat->state = SEAT_EMPTY;
}

/* Workers that no job waits for hold processes and descriptors that others may need. */
static void end_idle(struct pool *pool)
{
	for (unsigned i = 0; i < pool->n_seats; i++)
		if (pool->seats[i].state == SEAT_READY && !waiting(queue_of(pool, &pool->seats[i])))
			empty_seat(pool, &pool->seats[i]);
}

static void start_seat(struct pool *pool, struct seat *seat)
{
	int r = worker_start(&seat->worker, pool_cpu((unsigned)(seat - pool->seats)));

	if (r) {
		pool->start_error = r;
		end_idle(pool);
		return;
	}
	seat->state = SEAT_STARTING;
	seat->since_ns = clock_ns(CLOCK_MONOTONIC);
}

/* How many seats of this kind are at work on it, or will be. */
static size_t seats_for(const struct pool *pool, bool lanes)
{
	size_t n = 0;

	for (unsigned i = 0; i < pool->n_seats; i++)
		n += pool->seats[i].is_lane == lanes &&
			(pool->seats[i].state == SEAT_STARTING ||
				pool->seats[i].state == SEAT_READY);
	return n;
}

/* As many worlds are made ahead as there are jobs for them. */
static void fill_seats(struct pool *pool)
{
	for (unsigned i = 0; i < pool->n_seats && !pool->not_here[0] && !pool->has_stopped; i++) {
		struct seat *seat = &pool->seats[i];

		if (is_again(pool) && (pool->under_way || seats_for(pool, true)))
			return;
		if (seat->state == SEAT_EMPTY &&
			seats_for(pool, seat->is_lane) < waiting(queue_of(pool, seat)))
			start_seat(pool, seat);
	}
}

static void give_jobs(struct pool *pool)
{
	for (unsigned i = 0; i < pool->n_seats && !pool->has_stopped; i++) {
		struct seat *seat = &pool->seats[i];
		struct queue *queue = queue_of(pool, seat);

		if (is_again(pool) && pool->under_way)
			return;
		if (seat->state != SEAT_READY || !waiting(queue))
			continue;
		seat->job = queue->jobs[queue->next];
		if (worker_give(&seat->worker, &pool->jobs[seat->job])) {
			worker_end(&seat->worker);
			seat->state = SEAT_EMPTY;
			continue;
		}
		queue->next++;
		seat->state = SEAT_BUSY;
		seat->since_ns = clock_ns(CLOCK_MONOTONIC);
		pool->under_way++;
	}
}

/* Whether news can be expected of this seat. */
static bool is_at_work(const struct seat *seat)
{
	return seat->state == SEAT_STARTING || seat->state == SEAT_BUSY;
}

static bool any_at_work(const struct pool *pool)
{
	for (unsigned i = 0; i < pool->n_seats; i++)
		if (is_at_work(&pool->seats[i]))
			return true;
	return false;
}

/* What was possible a moment ago and is refused now is a limit that the other seats have reached,
 * or others have: go on with fewer. */
static void refuse_world(struct pool *pool, struct seat *seat, const char *why)
{
	if ((!pool->had_world && !any_at_work(pool)) || ++pool->failures > MAX_FAILURES)
		snprintf(pool->not_here, sizeof(pool->not_here), "%s", why);
	else
		seat->state = SEAT_RETIRED;
}

/* Nobody is at work: give up the worlds that no job waits for, and ask again for those that were
 * refused. Namespaces end some time behind their processes, and nothing tells when: look again
 * every ten milliseconds, or take a signal. */
static int begin_anew(struct pool *pool)
{
	struct pollfd signals = {.fd = pool->signals, .events = POLLIN};

	if (pool->failures && poll(&signals, 1, 10) > 0)
		return -EINTR;
	end_idle(pool);
	for (unsigned i = 0; i < pool->n_seats; i++)
		if (pool->seats[i].state == SEAT_RETIRED)
			pool->seats[i].state = SEAT_EMPTY;
	return 0;
}

static void seat_died(struct pool *pool, struct seat *seat)
{
	bool was_busy = seat->state == SEAT_BUSY;

	empty_seat(pool, seat);
	if (was_busy)
		finish_without_run(pool, seat->job, false, "the worker died during the run");
	else if (++pool->failures > MAX_FAILURES)
		pool->has_failed = true;
}

static void hear_seat(struct pool *pool, struct seat *seat)
{
	struct worker_message message;

	if (worker_take(&seat->worker, &message)) {
		seat_died(pool, seat);
		return;
	}
	switch (message.news) {
	case WORKER_READY:
		seat->state = SEAT_READY;
		pool->had_world = true;
		pool->failures = 0;
		return;
	case WORKER_NOT_HERE:
		empty_seat(pool, seat);
		refuse_world(pool, seat, message.text);
		return;
	case WORKER_DONE: break;
	}
	pool->under_way--;
	seat->state = SEAT_READY;
	seat->worker.slot->again = pool->again[seat->job];
	finish(pool, seat->job, seat->worker.slot);
	if (message.is_spent || seat->is_lane)
		empty_seat(pool, seat);
}

static void end_overdue(struct pool *pool)
{
	for (unsigned i = 0; i < pool->n_seats; i++) {
		struct seat *seat = &pool->seats[i];

		int64_t deadline_ms;
		char why[64];

		if (seat->state != SEAT_BUSY)
			continue;
		deadline_ms = JOB_DEADLINE_MS + pool->jobs[seat->job].test_case->script.deadline_ms;
		if (clock_ns(CLOCK_MONOTONIC) - seat->since_ns <= deadline_ms * 1000000)
			continue;
		empty_seat(pool, seat);
		snprintf(why, sizeof(why), "the worker did not answer within %lld s",
			(long long)deadline_ms / 1000);
		finish_without_run(pool, seat->job, false, why);
	}
}

/* Waits for news of a worker or for a signal. */
static int hear(struct pool *pool)
{
	struct pollfd heard[MAX_SEATS + 1];
	struct seat *who[MAX_SEATS + 1];
	nfds_t n = 0;
	int r;

	heard[n++] = (struct pollfd){.fd = pool->signals, .events = POLLIN};
	for (unsigned i = 0; i < pool->n_seats; i++)
		if (is_at_work(&pool->seats[i])) {
			who[n] = &pool->seats[i];
			heard[n++] = (struct pollfd){
				.fd = pool->seats[i].worker.channel, .events = POLLIN};
		}
	r = poll(heard, n, 1000);
	if (r < 0 && errno != EINTR)
		return -errno;
	if (heard[0].revents)
		return -EINTR;
	for (nfds_t i = 1; r > 0 && i < n; i++)
		if (heard[i].revents)
			hear_seat(pool, who[i]);
	end_overdue(pool);
	return 0;
}

static void skip_rest(struct pool *pool, struct queue *queue)
{
	while (waiting(queue) && !pool->has_stopped)
		finish_without_run(pool, queue->jobs[queue->next++], true, pool->not_here);
}

static int loop(struct pool *pool)
{
	int r = 0;

	while (!r && (pool->under_way || waiting(&pool->shared) || waiting(&pool->isolated))) {
		if (pool->has_stopped && !pool->under_way)
			return -ECANCELED;
		if (pool->has_failed)
			return -ECHILD;
		if (pool->not_here[0]) {
			skip_rest(pool, &pool->shared);
			skip_rest(pool, &pool->isolated);
		}
		if (!any_at_work(pool) && (r = begin_anew(pool)))
			return r;
		fill_seats(pool);
		give_jobs(pool);
		if (any_at_work(pool))
			r = hear(pool);
		else if (waiting(&pool->shared) || waiting(&pool->isolated))
			return pool->start_error ? pool->start_error : -ECHILD;
	}
	return pool->has_stopped ? -ECANCELED : r;
}

/* A third of the runs, each of which would have a world made for it. */
static bool finish_impossible(struct pool *pool, size_t job)
{
	static struct record record;

	if (!worker_cannot(&pool->jobs[job], &record))
		return false;
	finish(pool, job, &record);
	return true;
}

/* Slow runs first: they wait while the others work. */
static int fill_queues(struct pool *pool, size_t n, const struct pool_options *options)
{
	bool is_foreign = !user_stack && abilities_of_foreigner();

	pool->shared.jobs = calloc(n + 1, sizeof(size_t));
	pool->isolated.jobs = calloc(n * LATE_TRIES + 1, sizeof(size_t));
	pool->again = calloc(n + 1, sizeof(*pool->again));
	if (!pool->shared.jobs || !pool->isolated.jobs || !pool->again)
		return -ENOMEM;
	for (int slow = 1; slow >= 0; slow--)
		for (size_t i = 0; i < n; i++) {
			const struct script *script = &pool->jobs[i].test_case->script;
			struct queue *queue = options->isolate ||
					(!user_stack &&
						variant_needs_own_world(
							pool->jobs[i].variant, script))
				? &pool->isolated
				: &pool->shared;

			if (script->is_slow == slow && !(is_foreign && finish_impossible(pool, i)))
				queue->jobs[queue->n++] = i;
		}
	pool->first_again = pool->isolated.n;
	return 0;
}

static void lay_seats(struct pool *pool, const struct pool_options *options)
{
	unsigned workers = options->workers ? options->workers : pool_cpus();
	unsigned lanes = workers *
		(!user_stack && abilities_of_foreigner() ? FOREIGN_LANES_PER_WORKER
							 : LANES_PER_WORKER);

	if (workers > MAX_SEATS / (LANES_PER_WORKER + 1))
		workers = MAX_SEATS / (LANES_PER_WORKER + 1);
	pool->n_seats = workers + lanes;
	if (pool->n_seats > MAX_SEATS)
		pool->n_seats = MAX_SEATS;
	for (unsigned i = workers; i < pool->n_seats; i++)
		pool->seats[i].is_lane = true;
}

/* What ended the pool must not end the program once it is let through: it has still to say so. */
static void take_signals(int signals)
{
	struct signalfd_siginfo taken;

	while (read(signals, &taken, sizeof(taken)) > 0)
		;
}

int pool_run(const struct job *jobs, size_t n, const struct pool_options *options, pool_done *done,
	void *data)
{
	static struct pool pool;
	sigset_t taken, before;
	int r;

	memset(&pool, 0, sizeof(pool));
	pool.jobs = jobs;
	pool.done = done;
	pool.data = data;
	sigemptyset(&taken);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, &before);
	pool.signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	r = pool.signals < 0 ? -errno : fill_queues(&pool, n, options);
	if (!r) {
		lay_seats(&pool, options);
		r = loop(&pool);
	}
	for (unsigned i = 0; i < pool.n_seats; i++)
		worker_free(&pool.seats[i].worker);
	free(pool.shared.jobs);
	free(pool.isolated.jobs);
	free(pool.again);
	if (pool.signals >= 0) {
		take_signals(pool.signals);
		close(pool.signals);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
