/* SPDX-License-Identifier: MIT */
/* See targets.h. */
#include "targets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine.h"
#include "hash.h"

bool target_is_record(const char *argument)
{
	char begin[8] = "";
	struct stat status;
	FILE *stream;
	size_t length = strlen(argument);

	if (!strcmp(argument, "-") || (length > 7 && !strcmp(argument + length - 7, ".record")))
		return true;
	if (stat(argument, &status) || !S_ISREG(status.st_mode) ||
		!(stream = fopen(argument, "re")))
		return false;
	length = fread(begin, 1, sizeof(begin) - 1, stream);
	fclose(stream);
	return !length || !strncmp(begin, "record ", 7) || begin[0] == '#';
}

/* "qemu:PATH", or a path alone: a kernel image. False: a name to be looked for in stacks.conf. */
static bool take_path(const char *argument, struct target *target)
{
	const char *colon = strchr(argument, ':');
	char word[32];
	struct stat status;
	const struct word *engine = stack_engines;

	snprintf(word, sizeof(word), "%.*s", colon ? (int)(colon - argument) : 0, argument);
	while (engine->name && strcmp(engine->name, word))
		engine++;
	if (!engine->name && (!strchr(argument, '/') || stat(argument, &status)))
		return false;
	target->own.engine = engine->name ? (enum stack_engine)engine->value : ENGINE_QEMU;
	argument = engine->name ? colon + 1 : argument;
	snprintf(target->image, sizeof(target->image), "%s", argument);
	snprintf(target->own.name, sizeof(target->own.name), "%s",
		strrchr(argument, '/') ? strrchr(argument, '/') + 1 : argument);
	target->stack = &target->own;
	target->files[0] = target->image;
	return true;
}

struct taking {
	const struct stack_list *stacks;
	const struct stack **found; /* room for all */
	struct target *targets;
	size_t n;
	struct complaint *complaint;
};

/* `argument` NULL: the set `default`. */
static int take_argument(struct taking *taking, char *argument)
{
	size_t n = 0;
	int r;

	if (argument && take_path(argument, &taking->targets[taking->n])) {
		taking->n++;
		return 0;
	}
	r = stacks_select(
		taking->stacks, &argument, argument ? 1 : 0, taking->found, &n, taking->complaint);
	for (size_t i = 0; i < n; i++)
		taking->targets[taking->n++].stack = taking->found[i];
	return r;
}

static int take_all(struct taking *taking, char *const *arguments, size_t n)
{
	int r = n ? 0 : take_argument(taking, NULL);

	for (size_t i = 0; !r && i < n; i++)
		r = take_argument(taking, arguments[i]);
	return r;
}

/* Each target's repeats stand behind it. */
static void spread(struct target *targets, size_t n, unsigned repeat)
{
	for (size_t i = n * repeat; i-- > 0;) {
		struct target *target = &targets[i];
		const struct target *first = &targets[i / repeat];

		*target = *first;
		if (target->stack == &first->own)
			target->stack = &target->own;
		if (target->image[0])
			target->files[0] = target->image;
	}
}

int targets_take(const struct stack_list *stacks, char *const *arguments, size_t n, unsigned repeat,
	struct target **ret, size_t *ret_n, struct complaint *ret_complaint)
{
	size_t room = (stacks->n + 1) * (n + 1);
	struct taking taking = {.stacks = stacks,
		.found = calloc(stacks->n + 1, sizeof(*taking.found)),
		.targets = calloc(room * repeat, sizeof(*taking.targets)),
		.complaint = ret_complaint};
	int r = taking.found && taking.targets
		? take_all(&taking, arguments, n)
		: complaint_of_file(ret_complaint, -ENOMEM, "stacks", "%s", strerror(ENOMEM));

	free(taking.found);
	if (r) {
		free(taking.targets);
		return r;
	}
	spread(taking.targets, taking.n, repeat);
	*ret = taking.targets;
	*ret_n = taking.n * repeat;
	return 0;
}

static uint64_t hash_file(const char *path)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	uint64_t hash = 0;

	/* Line by line: the hash is of texts, and what is behind a NUL is hashed as well. */
	for (ssize_t length; stream && (length = getdelim(&text, &size, '\0', stream)) > 0;)
		hash = hash * 31 + text_hash(text) + (uint64_t)length;
	free(text);
	if (stream)
		fclose(stream);
	return hash;
}

void targets_cases_key(const struct catalog *catalog, bool all_variants, char ret[TARGET_KEY_SIZE])
{
	struct complaint complaint;
	char program[ENGINE_PATH_SIZE], *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	uint64_t hash = 0;

	for (size_t i = 0; stream && i < catalog->n; i++) {
		fprintf(stream, "%s\n", catalog->cases[i].name);
		case_print(&catalog->cases[i], stream);
	}
	if (stream)
		fclose(stream);
	if (!engine_own_program("lastack-guest", program, &complaint))
		hash = hash_file(program);
	snprintf(ret, TARGET_KEY_SIZE, "%016" PRIx64,
		(hash * 31 + text_hash(text ? text : "")) * 2 + all_variants);
	free(text);
}

void target_make_key(struct target *target, const char *cases_key)
{
	const struct stack *stack = target->stack;
	uint64_t hash = text_hash(cases_key);

	for (size_t i = 0; i < stack->n_debs; i++)
		hash = hash * 31 + text_hash(stack->debs[i].sha256);
	snprintf(target->key, sizeof(target->key), "%016" PRIx64, hash);
}

bool target_may_be_kept(const struct target *target)
{
	return target->stack->n_debs > 0;
}
