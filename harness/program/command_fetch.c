/* SPDX-License-Identifier: MIT */
/* lastack fetch: the packages of stacks into the cache; or what is pinned, and what is there. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "commands.h"
#include "fetch.h"

#define MEGABYTE 1e6

enum mode { MODE_FETCH, MODE_LIST, MODE_CHECK };

struct fetch_options {
	enum mode mode;
	char **selectors;
	size_t n;
};

static const struct argp_option option_table[] = {
	{"list", 'l', NULL, 0, "prints what is pinned, and what of it is in the cache", 0},
	{"check", 'c', NULL, 0, "reads what is in the cache and compares it with what is pinned",
		0},
	{0},
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct fetch_options *options = state->input;

	switch (key) {
	case 'l':
	case 'c':
		if (options->mode != MODE_FETCH)
			argp_error(state, "want one of --list and --check");
		options->mode = key == 'l' ? MODE_LIST : MODE_CHECK;
		return 0;
	case ARGP_KEY_ARGS:
		options->selectors = state->argv + state->next;
		options->n = (size_t)(state->argc - state->next);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {option_table, take_option,
	"[STACK | GLOB | default | extra | all]...",
	"Fetches the Debian packages of the stacks that results/stacks.conf pins, those of the set "
	"`default` if none is named, from where the machine's own packages come from. What is there "
	"already is not fetched again.\v"
	"They are kept in $LASTACK_CACHE, or lastack in $XDG_CACHE_HOME or ~/.cache. An interrupted "
	"download goes on the next time.",
	NULL, NULL, NULL};

struct session {
	const struct stack **stacks;
	size_t n;
	bool shows_progress;
	bool is_drawn;
	const struct stack *stack; /* what is being fetched */
	uint64_t all, done; /* bytes: of all stacks, of those that are dealt with */
	size_t n_debs, n_there; /* packages */
	const struct stack_deb *last; /* that was looked at while it came */
	size_t n_coming, n_fetched; /* packages of this stack, of all */
	uint64_t coming, fetched; /* their bytes */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static double megabytes(uint64_t bytes)
{
	return (double)bytes / MEGABYTE;
}

/* Two lines, short enough for any terminal: this package, and all of them. */
static void clear_progress(struct session *session)
{
	if (session->is_drawn)
		fputs("\r\033[K\033[1A\033[K", stderr);
	session->is_drawn = false;
}

static void draw_progress(struct session *session, const struct stack_deb *deb, uint64_t bytes)
{
	uint64_t all = session->done + bytes;

	if (!session->shows_progress)
		return;
	for (const struct stack_deb *before = session->stack->debs; before < deb; before++)
		all += before->size;
	clear_progress(session);
	fprintf(stderr, "%s: %.1f of %.1f MB\nall: %.1f of %.1f MB", session->stack->name,
		megabytes(bytes), megabytes(deb->size), megabytes(all), megabytes(session->all));
	fflush(stderr);
	session->is_drawn = true;
}

static bool look(void *context, const struct stack_deb *deb, uint64_t bytes)
{
	struct session *session = context;

	if (deb != session->last) {
		session->last = deb;
		session->n_coming++;
		session->coming += deb->size;
	}
	draw_progress(session, deb, bytes);
	return !interrupted;
}

static bool is_hopeless(int r)
{
	return r && r != -ENOENT && r != -EILSEQ && r != -EIO && r != -ENODEV;
}

static void print_summary(const struct session *session, size_t n_stacks, const char *folder)
{
	printf("%zu of %zu stacks, %zu packages, %.0f MB in %s", n_stacks, session->n,
		session->n_debs, megabytes(session->all), folder);
	if (session->n_fetched)
		printf("; %zu fetched now, %.0f MB", session->n_fetched,
			megabytes(session->fetched));
	putchar('\n');
}

static void finish_stack(struct session *session, bool is_there)
{
	for (size_t k = 0; k < session->stack->n_debs; k++)
		session->done += session->stack->debs[k].size;
	if (is_there) {
		session->n_fetched += session->n_coming;
		session->fetched += session->coming;
	}
	session->n_coming = 0;
	session->coming = 0;
}

static int fetch_all(struct session *session, const char *folder)
{
	struct fetch_watch watch = {look, session};
	static struct fetched fetched;
	struct complaint complaint;
	size_t n_stacks = 0;
	int r = 0;

	catch_signals();
	for (size_t i = 0; i < session->n && !interrupted && !is_hopeless(r); i++) {
		session->stack = session->stacks[i];
		r = fetch_ensure(session->stack, &watch, &fetched, &complaint);
		clear_progress(session);
		if (r)
			complaint_print(&complaint, stderr);
		n_stacks += !r;
		finish_stack(session, !r);
	}
	if (interrupted && r != -EINTR)
		fprintf(stderr, "lastack fetch: interrupted\n");
	if (interrupted)
		return EXIT_INTERRUPTED;
	print_summary(session, n_stacks, folder);
	return n_stacks == session->n ? EXIT_AS_EXPECTED : EXIT_TROUBLE;
}

static void print_deb(const struct stack *stack, const struct stack_deb *deb, const char *folder,
	struct session *session)
{
	char path[PATH_MAX], package[STACK_PATH_SIZE], state[32] = "-";
	uint64_t has;

	if (!cache_path(folder, deb, path) && cache_size(path) == deb->size) {
		snprintf(state, sizeof(state), "whole");
		session->done += deb->size;
		session->n_there++;
	} else if (!cache_part_path(folder, deb, path) && (has = cache_size(path))) {
		snprintf(state, sizeof(state), "%.1f MB of it", megabytes(has));
	}
	printf("%-16s %-7s %6.1f MB  %-13s %s %s\n", stack->name, word_name(stack_sets, stack->set),
		megabytes(deb->size), state, stack_deb_package(deb, package, sizeof(package)),
		word_name(stack_parts, deb->part));
}

static int list_all(struct session *session, const char *folder)
{
	for (size_t i = 0; i < session->n; i++) {
		const struct stack *stack = session->stacks[i];

		for (size_t k = 0; k < stack->n_debs; k++)
			print_deb(stack, &stack->debs[k], folder, session);
		if (!stack->n_debs)
			printf("%-16s %-7s %6s     needs no package\n", stack->name,
				word_name(stack_sets, stack->set), "");
	}
	printf("%zu of %zu packages, %.0f of %.0f MB, are in %s\n", session->n_there,
		session->n_debs, megabytes(session->done), megabytes(session->all), folder);
	return EXIT_AS_EXPECTED;
}

/* Says what is wrong; what is not there is not wrong. */
static int check_deb(const struct stack_deb *deb, const char *folder, struct session *session)
{
	struct complaint complaint;
	char path[PATH_MAX];
	int r = cache_path(folder, deb, path);

	if (!r)
		r = cache_verify(path, deb, &complaint);
	if (r == -ENOENT)
		return 0;
	if (r) {
		complaint_print(&complaint, stderr);
		return r;
	}
	session->n_there++;
	session->done += deb->size;
	return 0;
}

static int check_all(struct session *session, const char *folder)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < session->n; i++)
		for (size_t k = 0; k < session->stacks[i]->n_debs; k++)
			n_wrong += check_deb(&session->stacks[i]->debs[k], folder, session) != 0;
	printf("%zu of %zu packages are in %s and as pinned, %zu there and not as pinned\n",
		session->n_there, session->n_debs, folder, n_wrong);
	if (n_wrong)
		fprintf(stderr, "lastack fetch: remove what is not as pinned and fetch it again\n");
	return n_wrong ? EXIT_DIFFERS : EXIT_AS_EXPECTED;
}

static void count(struct session *session)
{
	for (size_t i = 0; i < session->n; i++)
		for (size_t k = 0; k < session->stacks[i]->n_debs; k++) {
			session->n_debs++;
			session->all += session->stacks[i]->debs[k].size;
		}
}

static int perform(
	const struct stack_list *list, struct fetch_options *options, struct complaint *complaint)
{
	static char everything[] = "all";
	char *all[] = {everything}, folder[PATH_MAX];
	struct session session = {.stacks = calloc(list->n, sizeof(*session.stacks))};
	bool takes_all = options->mode != MODE_FETCH && options->n == 0;
	int r = session.stacks
		? cache_folder(folder, complaint)
		: complaint_of_file(complaint, -ENOMEM, stacks_path(), "%s", strerror(ENOMEM));

	if (!r)
		r = stacks_select(list, takes_all ? all : options->selectors,
			takes_all ? 1 : options->n, session.stacks, &session.n, complaint);
	if (r) {
		complaint_print(complaint, stderr);
		r = EXIT_TROUBLE;
	} else {
		count(&session);
		session.shows_progress = command_shows_progress() && isatty(STDOUT_FILENO);
		r = options->mode == MODE_LIST        ? list_all(&session, folder)
			: options->mode == MODE_CHECK ? check_all(&session, folder)
						      : fetch_all(&session, folder);
	}
	free(session.stacks);
	return r;
}

int command_fetch(int argc, char **argv)
{
	struct fetch_options options = {.n = 0};
	struct stack_list list;
	struct complaint complaint;
	int status;

	command_parse(&parser, argc, argv, &options);
	if (stacks_load(stacks_path(), &list, &complaint)) {
		complaint_print(&complaint, stderr);
		return EXIT_TROUBLE;
	}
	status = perform(&list, &options, &complaint);
	stacks_free(&list);
	return status;
}
