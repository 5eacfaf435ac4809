/* SPDX-License-Identifier: MIT */
/* The program: picks the word. Which words there are, words.c or words_guest.c says. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "commands.h"
#include "guest.h"
#include "vocabulary.h"

static void print_help(FILE *stream)
{
	fprintf(stream,
		"lastack: how TCP connections end, on the kernel you run\n\n"
		"Usage: lastack WORD [ARGUMENT...]\n\n");
	for (const struct command *command = commands; command->word; command++)
		fprintf(stream, "  %-8s %s\n", command->word, command->help);
	fprintf(stream,
		"\n  lastack WORD --help says more, lastack --version which one this is. Exit\n"
		"  status: 0 all as expected, 1 something differs, 2 misuse or broken, 130\n"
		"  interrupted.\n");
}

/* The status, if all that was written to stdout has arrived; else that it has not, said on stderr.
 */
static int flush(int status)
{
	bool failed_before = ferror(stdout);

	if (!fflush(stdout) && !failed_before)
		return status;
	fprintf(stderr, "lastack: cannot write to standard output%s%s\n", failed_before ? "" : ": ",
		failed_before ? "" : strerror(errno));
	return EXIT_TROUBLE;
}

void command_complain(const char *path, const struct record_complaint *complaint)
{
	if (complaint->line)
		fprintf(stderr, "%s:%u: %s\n", path, complaint->line, complaint->text);
	else
		fprintf(stderr, "%s: %s\n", path, complaint->text);
}

bool command_shows_progress(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb");
}

void command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	char name[64];

	snprintf(name, sizeof(name), "lastack %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_TROUBLE;
	if (argp_parse(argp, argc, argv, 0, NULL, input))
		exit(EXIT_TROUBLE);
}

/* A descriptor that was closed would be given to the first file or socket we open, and written to.
 * Opened so that writing says what is wrong. */
static void open_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return;
}

unsigned long command_take_number(const char *argument, unsigned long min, unsigned long max,
	const char *option, struct argp_state *state)
{
	char *end;
	unsigned long number = strtoul(argument, &end, 10);

	if (!isdigit((unsigned char)argument[0]) || *end || number < min || number > max)
		argp_error(
			state, "%s %s: want a number from %lu to %lu", option, argument, min, max);
	return number;
}

static int unknown_word(const char *word)
{
	struct nearest nearest = {0};

	for (const struct command *command = commands; command->word; command++)
		nearest_offer(&nearest, word, command->word);
	fprintf(stderr, "lastack: read '%s', want", word);
	for (const struct command *command = commands; command->word; command++)
		fprintf(stderr, "%s %s",
			command == commands       ? ""
				: command[1].word ? ","
						  : " or",
			command->word);
	fprintf(stderr, "%s\n", nearest.hint);
	return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	guest_begin_if_first(&argc, &argv);
	actor_resume_if_asked(argc, argv);
	open_standard_files();
	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_help(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return flush(EXIT_AS_EXPECTED);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("lastack " LASTACK_VERSION);
		return flush(EXIT_AS_EXPECTED);
	}
	for (const struct command *command = commands; command->word; command++)
		if (!strcmp(argv[1], command->word))
			return flush(command->function(argc - 1, argv + 1));
	return unknown_word(argv[1]);
}
