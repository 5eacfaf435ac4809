/* SPDX-License-Identifier: MIT */
/* truth_test [-6] [-n CONNECTIONS] [-s SEED] [-k FILE] [-v]: makes random closings on loopback,
 * captures them, explains the capture alone, and compares that with what was done and with the
 * kernel's own reason for each reset. Prints the confusion matrix to stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "closings.h"
#include "follow.h"
#include "skip.h"
#include "stage.h"

enum { DEFAULT_NUMBER = 2000, RIGHT_PER_CENT = 99 };

/* One connection that was found, to be matched with the truth about it. */
struct found {
	uint16_t client_port, server_port;
	int64_t begun_ns;
	struct finding finding;
	uint32_t number;
};

struct founds {
	struct found *list;
	size_t n, room;
};

static bool is_verbose;

/* SYN and ACK numbers of one 4-tuple go round; within it time orders. */
static int by_tuple(const void *a, const void *b)
{
	const struct found *first = a, *second = b;

	if (first->client_port != second->client_port)
		return first->client_port < second->client_port ? -1 : 1;
	if (first->server_port != second->server_port)
		return first->server_port < second->server_port ? -1 : 1;
	return (first->begun_ns > second->begun_ns) - (first->begun_ns < second->begun_ns);
}

static void take(const struct history *history, const struct finding *finding, void *data)
{
	struct founds *founds = data;

	if (founds->n == founds->room) {
		founds->room = founds->room ? founds->room * 2 : 4096;
		founds->list = realloc(founds->list, founds->room * sizeof(*founds->list));
		if (!founds->list)
			abort();
	}
	founds->list[founds->n++] = (struct found){
		.client_port = history->ends[HISTORY_OPENER].port,
		.server_port = history->ends[HISTORY_OTHER].port,
		.begun_ns = history->begun_ns,
		.finding = *finding,
		.number = history->number,
	};
}

/* Whether it is the cause, or among those that leave the same bytes. */
static bool is_named(const struct finding *finding, enum cause cause)
{
	for (unsigned i = 0; i < finding->n_same; i++)
		if (finding->causes[i] == cause)
			return true;
	return false;
}

struct score {
	unsigned matrix[CAUSE_COUNT][CAUSE_COUNT][2]; /* truth, first cause, undecidable */
	unsigned decided, decided_right, open, open_right, unknown, late, accused, resets;
};

static void print_finding(const struct truth *truth, const struct found *found)
{
	fprintf(stderr, "connection %u, %u > %u, %s: want %s (%s), saw", found->number,
		truth->client_port, truth->server_port, truth->kind, cause_name(truth->cause),
		truth->reason[0] ? truth->reason : "no reset");
	for (unsigned i = 0; i < found->finding.n_causes; i++)
		fprintf(stderr, "%s %s", i == found->finding.n_same ? " |" : "",
			cause_name(found->finding.causes[i]));
	fprintf(stderr, "\n");
}

static void score_one(struct score *score, const struct truth *truth, const struct found *found)
{
	const struct finding *finding = &found->finding;
	bool is_open = finding->certainty == UNDECIDABLE, is_right;

	score->resets += truth->reason[0] != 0;
	score->accused += finding->causes[0] == CAUSE_FORGED;
	if (truth->is_late) {
		score->late++;
		return;
	}
	if (truth->cause == CAUSE_COUNT) {
		score->unknown++;
		print_finding(truth, found);
		return;
	}
	is_right = is_named(finding, truth->cause);
	score->matrix[truth->cause][finding->causes[0]][is_open]++;
	*(is_open ? &score->open : &score->decided) += 1;
	*(is_open ? &score->open_right : &score->decided_right) += is_right;
	if (!is_right || is_verbose)
		print_finding(truth, found);
}

/* Truths are in the order of their time, so those of one 4-tuple are. */
struct ranked {
	const struct truth *truth;
	unsigned index;
};

static int by_truths_tuple(const void *a, const void *b)
{
	const struct ranked *first = a, *second = b;

	if (first->truth->client_port != second->truth->client_port)
		return first->truth->client_port < second->truth->client_port ? -1 : 1;
	if (first->truth->server_port != second->truth->server_port)
		return first->truth->server_port < second->truth->server_port ? -1 : 1;
	return first->index < second->index ? -1 : 1;
}

static int compare_tuples(const struct truth *truth, const struct found *found)
{
	struct found as_truth = {.client_port = truth->client_port,
		.server_port = truth->server_port,
		.begun_ns = found->begun_ns};

	return by_tuple(&as_truth, found);
}

/* The one that was made, or else the one that was found. */
static void say_unmatched(const struct truth *truth, const struct found *found)
{
	if (truth)
		fprintf(stderr, "made and not found: %u > %u, %s\n", truth->client_port,
			truth->server_port, truth->kind);
	else
		fprintf(stderr, "found and not made: connection %u, %u > %u\n", found->number,
			found->client_port, found->server_port);
}

/* Scores what was both made and found; whether nothing was only one of the two. */
static bool match(
	const struct truth *truths, unsigned n, struct founds *founds, struct score *score)
{
	struct ranked *ranked = calloc(n, sizeof(*ranked));
	bool are_same = n == founds->n;

	if (!ranked)
		abort();
	for (unsigned i = 0; i < n; i++)
		ranked[i] = (struct ranked){&truths[i], i};
	qsort(ranked, n, sizeof(*ranked), by_truths_tuple);
	qsort(founds->list, founds->n, sizeof(*founds->list), by_tuple);
	for (size_t i = 0, j = 0; i < n || j < founds->n;) {
		const struct truth *truth = i < n ? ranked[i].truth : NULL;
		const struct found *found = j < founds->n ? &founds->list[j] : NULL;
		int order = !truth ? 1 : !found ? -1 : compare_tuples(truth, found);

		if (!order)
			score_one(score, truth, found);
		else
			say_unmatched(order < 0 ? truth : NULL, found);
		are_same &= !order;
		i += order <= 0;
		j += order >= 0;
	}
	free(ranked);
	return are_same;
}

/* Rows are the truth; only what occurs is listed. */
static void print_matrix(const struct score *score)
{
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		bool is_first = true;

		for (unsigned j = 0; j < CAUSE_COUNT; j++)
			for (unsigned open = 0; open < 2; open++) {
				if (!score->matrix[i][j][open])
					continue;
				fprintf(stderr, "%-24s %s %s%s %u\n",
					is_first ? cause_name((enum cause)i) : "",
					i == j ? "=" : ">", cause_name((enum cause)j),
					open ? " (undecidable)" : "", score->matrix[i][j][open]);
				is_first = false;
			}
	}
	fprintf(stderr,
		"decided: %u, right %u (%.2f %%); undecidable: %u, cause among the equal ones %u "
		"(%.2f %%); forged said of %u of %u genuine resets; without truth: %u; late: %u\n",
		score->decided, score->decided_right,
		100.0 * score->decided_right / (score->decided ? score->decided : 1), score->open,
		score->open_right, 100.0 * score->open_right / (score->open ? score->open : 1),
		score->accused, score->resets, score->unknown, score->late);
}

static int compare(struct closings *closings, unsigned wanted, const char *path)
{
	struct score *score = calloc(1, sizeof(*score));
	const struct truth *truths;
	struct founds founds = {0};
	unsigned n;
	bool are_same;

	truths = closings_truths(closings, &n);
	if (!score || follow_file(path, take, &founds))
		return 1;
	are_same = match(truths, n, &founds, score);
	print_matrix(score);
	fprintf(stderr, "made %u, found %zu\n", n, founds.n);
	stage_check(are_same, "exactly the connections that were made are found");
	stage_check((n - score->late) * 4ull >= wanted, "as many as can be judged were in time");
	stage_check(score->decided_right * 100ull >= score->decided * (uint64_t)RIGHT_PER_CENT,
		"99 % of what is decided is right");
	stage_check(score->open_right * 100ull >= score->open * (uint64_t)RIGHT_PER_CENT,
		"99 % of what is not decided names the cause among the equal ones");
	stage_check(!score->accused, "no genuine reset is said to be forged");
	stage_check(
		score->unknown * 1000ull <= n, "what was done agrees with the kernel's reasons");
	free(score);
	free(founds.list);
	return 0;
}

static int run(int family, unsigned n, unsigned seed, const char *path)
{
	char error[SOURCE_ERROR_SIZE] = "";
	struct closings *closings;
	struct stage stage = {0};
	int r;

	if (stage_open(&stage, path, error) || closings_new(family, seed, &stage, &closings, error))
		return tests_skip(error);
	r = closings_run(closings, n, error);
	if (r)
		fprintf(stderr, "%s\n", error);
	stage_check(!r, "all closings were made");
	stage_check(stage_close(&stage), "the capture is complete");
	r = compare(closings, n, path);
	closings_free(closings);
	stage_plan();
	return r;
}

int main(int argc, char **argv)
{
	unsigned n = DEFAULT_NUMBER, seed = 1;
	char path[] = "/tmp/truth-XXXXXX";
	const char *kept = NULL;
	int option, fd, r, family = AF_INET;

	while ((option = getopt(argc, argv, "6n:s:k:v")) != -1)
		switch (option) {
		case '6': family = AF_INET6; break;
		case 'n': n = (unsigned)strtoul(optarg, NULL, 10); break;
		case 's': seed = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'k': kept = optarg; break;
		case 'v': is_verbose = true; break;
		default: return 2;
		}
	fd = mkstemp(path);
	if (fd < 0)
		return 2;
	close(fd);
	r = run(family, n, seed, kept ? kept : path);
	unlink(path);
	return r;
}
