/* SPDX-License-Identifier: MIT */
/* lastack observe: conducts and records, and does not judge. What runs where nobody looks: in a
 * guest, in a sandbox, on a machine that only has the one program. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "conducting.h"
#include "late.h"
#include "plan.h"
#include "stream_end.h"

struct observe_options {
	struct conducting conducting;
	bool only_first;
	const char *path, *system;
};

struct observation {
	const struct observe_options *options;
	struct catalog catalog;
	struct job *jobs;
	size_t n, done;
	FILE *stream;
	int write_error;
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0, "where the records go as they come (default: standard output)",
		0},
	{"system", 's', "TEXT", 0, "what the records call this system (default: as uname says)", 0},
	{"first-variant", '1', NULL, 0, "of every case only its first variant", 0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct observe_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &options->conducting; return 0;
	case 'o': options->path = argument; return 0;
	case '1': options->only_first = true; return 0;
	case 's': options->system = argument; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&conducting_parser, 0, NULL, 0}, {0}};

static const struct argp parser = {option_table, take_option,
	"[TOPIC | CASE | GLOB | FILE.case | -]...",
	"Runs the cases here and writes what they showed, each record as soon as it is there, "
	"without judging it. The last line, '# complete N', says that nothing is missing.\v"
	"Exit status: 0 every run was recorded, 2 misuse or broken.",
	children, NULL, NULL};

static bool is_to_file(const char *path)
{
	return path && strcmp(path, "-");
}

/* Each record is on its way before the next run can bring the system down. */
static enum pool_answer take_record(
	const struct job *job, size_t index, const struct record *record, void *data)
{
	static struct record named;
	struct observation *observation = data;

	if (late_again(job->test_case, record))
		return POOL_AGAIN;
	named = *record;
	if (observation->options->system)
		snprintf(named.system, sizeof(named.system), "%s", observation->options->system);
	observation->done++;
	if (!record_print(&named, observation->stream) && !fflush(observation->stream))
		return POOL_TAKEN;
	observation->write_error = errno; /* ending the pool makes errnos of its own */
	return POOL_STOP;
}

static int trouble(const struct observation *observation, int r)
{
	switch (r) {
	case -EINTR:
		fprintf(stderr, "lastack observe: interrupted after %zu of %zu runs\n",
			observation->done, observation->n);
		return EXIT_INTERRUPTED;
	case -ECANCELED:
		fprintf(stderr,
			"lastack observe: cannot write %s: %s; what is there is not whole\n",
			is_to_file(observation->options->path) ? observation->options->path
							       : "the records",
			strerror(observation->write_error));
		return EXIT_TROUBLE;
	default:
		fprintf(stderr, "lastack observe: cannot start a worker: %s%s\n", strerror(-r),
			worker_mend(r));
		return EXIT_TROUBLE;
	}
}

/* Nobody judges here, and every worker and actor would get a copy of the pages. */
static void forget_expectations(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->n; i++)
		case_free(&catalog->cases[i]);
	malloc_trim(0);
}

static int run(struct observation *observation)
{
	const struct observe_options *options = observation->options;
	int r = plan_runs(&observation->catalog, &options->conducting.shard, options->only_first,
		&observation->jobs, &observation->n);

	forget_expectations(&observation->catalog);
	if (!r)
		r = pool_run(observation->jobs, observation->n,
			&observation->options->conducting.pool, take_record, observation);
	if (!r &&
		(stream_end_print(observation->n, observation->stream) ||
			fflush(observation->stream))) {
		observation->write_error = errno;
		r = -ECANCELED;
	}
	return r ? trouble(observation, r) : EXIT_AS_EXPECTED;
}

static FILE *open_output(const char *path)
{
	FILE *stream = is_to_file(path) ? fopen(path, "we") : stdout;

	if (!stream)
		fprintf(stderr, "lastack observe: cannot write %s: %s\n", path, strerror(errno));
	return stream;
}

int command_observe(int argc, char **argv)
{
	struct observe_options options = {0};
	struct observation observation = {.options = &options};
	struct complaint complaint;
	int status = EXIT_TROUBLE;

	command_parse(&parser, argc, argv, &options);
	if (catalog_load(options.conducting.selectors, options.conducting.n_selectors,
		    &observation.catalog, &complaint))
		complaint_print(&complaint, stderr);
	else if ((observation.stream = open_output(options.path)))
		status = run(&observation);
	if (observation.stream && observation.stream != stdout && fclose(observation.stream) &&
		status == EXIT_AS_EXPECTED) {
		observation.write_error = errno;
		status = trouble(&observation, -ECANCELED);
	}
	catalog_free(&observation.catalog);
	free(observation.jobs);
	return status;
}
