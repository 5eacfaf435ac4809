/* SPDX-License-Identifier: MIT */
/* The words of the program `lastack`, one file each. */
#ifndef LASTACK_HARNESS_COMMANDS_H
#define LASTACK_HARNESS_COMMANDS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "catalog.h"
#include "judge.h"

enum exit_status {
	EXIT_AS_EXPECTED = 0,
	EXIT_DIFFERS = 1,
	EXIT_TROUBLE = 2, /* misuse, or something broken */
	EXIT_INTERRUPTED = 130,
};

/* Takes the arguments behind the program's name (argv[0] is the word). Returns an exit status. */
typedef int command_function(int argc, char **argv);

command_function command_diff, command_explain, command_export, command_fetch, command_list,
	command_matrix, command_observe, command_repro, command_run, command_show;

struct command {
	const char *word;
	command_function *function;
	const char *help;
};

/* The words of this program, in the order in which they are shown; `word` NULL ends the table. One
 * table for `lastack`, another for the program of guests. */
extern const struct command commands[];

/* How this program loads lwIP (lwip.h); NULL: it cannot load anything. */
#define COMMAND_ERROR_SIZE 512
extern int (*const command_load_lwip)(const char *folder, char *error);

/* A number from `min` to `max`, or a misuse that names the option. */
unsigned long command_take_number(const char *argument, unsigned long min, unsigned long max,
	const char *option, struct argp_state *state);

/* argp_parse() with messages as "lastack WORD: ..." and misuse exiting with EXIT_TROUBLE. */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Whether a line on standard error that is drawn again and again would be one: a terminal that can.
 */
bool command_shows_progress(void);

/* "file:line: text", without a line where the file as a whole is meant. */
void command_complain(const char *path, const struct record_complaint *complaint);

#endif
