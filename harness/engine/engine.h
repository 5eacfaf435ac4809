/* SPDX-License-Identifier: MIT */
/* Engines: the ways in which a stack is made to conduct cases. Whatever the stack, an engine comes
 * down to one child process that writes the stream of records to its standard output, ending with
 * the line of stream_end.h, and whatever else it has to say to its standard error. Engines only
 * prepare; survey.c starts, reads, ends and retries. */
#ifndef LASTACK_HARNESS_ENGINE_H
#define LASTACK_HARNESS_ENGINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "case.h" /* struct complaint */
#include "stacks.h"

#define ENGINE_PATH_SIZE 512
#define ENGINE_MAX_WORDS 64

/* What is to be observed, and with what. */
struct engine_task {
	const struct stack *stack;
	/* The stack's packages in its order, fetched; or, n_files 1 and no packages, what the user
	 * named: a kernel image, a runsc, a folder with a library. */
	const char *const *files;
	size_t n_files;
	const char *feed; /* a folder of cases, as LASTACK_CASES */
	bool only_first_variant;
	const char *folder; /* the engine's own, empty; whoever made it removes it */
};

/* How the child is started. */
struct engine_plan {
	char *words[ENGINE_MAX_WORDS + 1]; /* of malloc(), NULL behind the last */
	size_t n_words;
	bool is_machine; /* it may stop in the middle without saying so: give it a second try */
};

/* Prepares the child: writes what it needs below task->folder. Returns 0, or a negative errno and
 * the complaint; engine_plan_free() in any case. */
typedef int engine_prepare_function(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint);

engine_prepare_function engine_host_prepare, engine_qemu_prepare, engine_uml_prepare,
	engine_gvisor_prepare, engine_lwip_prepare;

/* By the stack's engine. */
int engine_prepare(
	const struct engine_task *task, struct engine_plan *ret, struct complaint *ret_complaint);

/* Adds a word to the command; printf-like. What does not fit is a bug. */
void engine_plan_add(struct engine_plan *plan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void engine_plan_free(struct engine_plan *plan);

/* Writes bytes into a file of the engine's own, with this mode. 0, or a negative errno and the
 * complaint. */
int engine_write_file(const char *path, const void *bytes, size_t size, mode_t mode,
	struct complaint *ret_complaint);

/* Writes the file `member` of the task's first package to `path`, as a program. -ENOENT if the
 * package holds no such file. */
int engine_unpack_program(const struct engine_task *task, const char *member, const char *path,
	struct complaint *ret_complaint);

/* The path of a program that stands beside the running one ("lastack-guest"), or beside it when
 * installed. -ENOENT with the complaint. */
int engine_own_program(
	const char *name, char path[ENGINE_PATH_SIZE], struct complaint *ret_complaint);

#endif
