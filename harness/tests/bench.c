/* SPDX-License-Identifier: MIT */
/* How fast, and what the harness itself costs. Two figures, each in one run on the same machine:
 *   pooled: runs per second of the ordinary cases over one worker per CPU;
 *   own cost: a run as conducted (two processes, capture, counters, states) against a bare loop in
 * one process that makes the same calls in a reused namespace without a capture, in turn, case by
 * case. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "catalog.h"
#include "clock.h"
#include "conductor.h"
#include "pool.h"
#include "verb.h"

#define ROUNDS 40
#define POOL_RUNS 12000 /* about so many, whatever the number of cases */
/* Ports of the bare loop; the conducted runs stay below, ephemeral ones are above. */
#define BARE_FIRST 20000
#define MAX_SAMPLES ((WORLD_LAST_PORT - BARE_FIRST) / CASE_PORTS)

static int by_value(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static double percentile_us(int64_t *samples, size_t n, unsigned percent)
{
	qsort(samples, n, sizeof(*samples), by_value);
	return n ? (double)samples[(n - 1) * percent / 100] / 1e3 : 0;
}

/* A case whose calls one process can make in turn: nothing blocks, forks or waits. */
static bool is_ordinary(const struct test_case *test_case)
{
	return !test_case->script.own_world && !test_case->script.own_process &&
		!test_case->script.is_slow && !test_case->needs_version;
}

static bool is_bare(const struct test_case *test_case)
{
	for (uint32_t i = 0; i < test_case->script.n_actions; i++)
		if (test_case->script.actions[i].actor ||
			verbs[test_case->script.actions[i].verb].traits & VERB_BY_CONDUCTOR)
			return false;
	return is_ordinary(test_case) && test_case->variants[VARIANT_IPV4];
}

static enum pool_answer count_run(
	const struct job *job, size_t index, const struct record *record, void *data)
{
	*(size_t *)data += !record->skip[0] && !record->broken[0];
	return POOL_TAKEN;
}

/* Appends every ordinary run once; `jobs` NULL only counts. */
static size_t add_jobs(const struct catalog *catalog, struct job *jobs)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n; i++)
		for (unsigned variant = 0; variant < VARIANT_COUNT; variant++) {
			if (!is_ordinary(&catalog->cases[i]) ||
				!catalog->cases[i].variants[variant])
				continue;
			if (jobs) {
				jobs[n].test_case = &catalog->cases[i];
				jobs[n].variant = (enum variant)variant;
			}
			n++;
		}
	return n;
}

static void bench_pool(const struct catalog *catalog)
{
	struct pool_options options = {0};
	size_t once = add_jobs(catalog, NULL), repeats = once ? POOL_RUNS / once + 1 : 0, n = 0,
	       done = 0;
	struct job *jobs = calloc(once * repeats + 1, sizeof(*jobs));
	int64_t began;
	double seconds;

	for (size_t repeat = 0; jobs && repeat < repeats; repeat++)
		n += add_jobs(catalog, jobs + n);
	began = clock_ns(CLOCK_MONOTONIC);
	if (!jobs || pool_run(jobs, n, &options, count_run, &done)) {
		fprintf(stderr, "bench: the pool cannot run here\n");
		exit(2);
	}
	seconds = (double)(clock_ns(CLOCK_MONOTONIC) - began) / 1e9;
	printf("pooled: %zu runs of %zu in %.2f s over %u CPUs: %.0f runs/s\n", done, n, seconds,
		pool_cpus(), (double)done / seconds);
	free(jobs);
}

/* The same calls by the same functions, one process, no capture, no messages. */
struct bare {
	struct actor_process processes[2];
	struct shared *shared;
};

static void bare_call(struct bare *bare, enum side side, const struct action *action)
{
	struct actor actor = {.process = &bare->processes[side]};

	verbs[action->verb].perform(&actor, action);
}

static void bare_run(struct bare *bare, const struct script *script, uint16_t port)
{
	struct action action = {0};

	memset(bare->shared->connections, 0, sizeof(bare->shared->connections));
	memset(bare->shared->ends, 0, sizeof(bare->shared->ends));
	bare->shared->family = AF_INET;
	bare->shared->type = SOCK_STREAM;
	bare->shared->protocol = 0;
	bare->shared->is_mapped = false;
	bare->shared->port = port;
	bare->shared->n_options = script->n_options;
	memcpy(bare->shared->options, script->options, sizeof(script->options));
	for (unsigned i = 0; script->start != START_NOTHING && i < 3; i++) {
		action.verb = (uint8_t)(VERB_SETUP_LISTEN + i);
		action.operands[0] = script->start == START_CONNECTED;
		if (i < 2 || script->start == START_CONNECTED)
			bare_call(bare, i == 1 ? SIDE_CLIENT : SIDE_SERVER, &action);
	}
	for (uint32_t i = 0; i < script->n_actions; i++)
		bare_call(bare, script->actions[i].side == SIDE_CLIENT ? SIDE_CLIENT : SIDE_SERVER,
			&script->actions[i]);
	action.verb = VERB_RESET;
	bare_call(bare, SIDE_CLIENT, &action);
	bare_call(bare, SIDE_SERVER, &action);
}

static int64_t bare_samples[MAX_SAMPLES], conducted_samples[MAX_SAMPLES];

static void print_cost(size_t n)
{
	double bare = percentile_us(bare_samples, n, 50),
	       conducted = percentile_us(conducted_samples, n, 50);

	printf("own cost: %zu pairs; bare loop p50 %.0f us p99 %.0f us; conducted p50 %.0f us p99 %.0f us\n",
		n, bare, percentile_us(bare_samples, n, 99), conducted,
		percentile_us(conducted_samples, n, 99));
	printf("own cost: the harness adds %.0f us at the median, %.1f times the bare loop\n",
		conducted - bare, conducted / bare);
}

static size_t sample_case(struct world *world, struct bare *bare, const struct test_case *test_case,
	size_t n, uint16_t *port)
{
	static struct record record;
	int64_t began = clock_ns(CLOCK_MONOTONIC);

	bare_run(bare, &test_case->script, *port);
	bare_samples[n] = clock_ns(CLOCK_MONOTONIC) - began;
	*port = (uint16_t)(*port + CASE_PORTS);
	record_begin(test_case, VARIANT_IPV4, &record);
	began = clock_ns(CLOCK_MONOTONIC);
	conduct(world, &test_case->script, VARIANT_IPV4, NULL, &record);
	conducted_samples[n] = clock_ns(CLOCK_MONOTONIC) - began;
	return record.broken[0] || record.skip[0] ? n : n + 1;
}

static void bench_cost(const struct catalog *catalog, bool as_user, uid_t uid, gid_t gid)
{
	static struct world world;
	static struct bare bare;
	static const int no_channels[SHARED_ACTORS] = {-1, -1, -1, -1};
	char error[WORLD_ERROR_SIZE];
	uint16_t port = BARE_FIRST;
	cpu_set_t set;
	size_t n = 0;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	signal(SIGPIPE, SIG_IGN);
	bare.shared = calloc(1, sizeof(*bare.shared));
	if (!bare.shared || world_open(&world, "lo", as_user, uid, gid, error)) {
		fprintf(stderr, "bench: %s\n", error);
		_exit(2);
	}
	for (unsigned side = 0; side < 2; side++)
		actor_process_init(
			&bare.processes[side], (enum side)side, bare.shared, -1, no_channels);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < catalog->n && n < MAX_SAMPLES && !world.is_dirty; i++)
			if (is_bare(&catalog->cases[i]))
				n = sample_case(&world, &bare, &catalog->cases[i], n, &port);
	print_cost(n);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct catalog catalog;
	struct complaint complaint;
	bool as_user = geteuid() != 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int status = 0;
	long pid;

	actor_resume_if_asked(argc, argv);
	if (catalog_load(argv + 1, (size_t)(argc - 1), &catalog, &complaint)) {
		complaint_print(&complaint, stderr);
		return 2;
	}
	bench_pool(&catalog);
	fflush(stdout);
	pid = syscall(SYS_clone, world_clone_flags(as_user) | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0) {
		fprintf(stderr, "bench: no network namespace: %s\n", strerror(errno));
		return 2;
	}
	if (!pid)
		bench_cost(&catalog, as_user, uid, gid);
	waitpid((pid_t)pid, &status, 0);
	catalog_free(&catalog);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
