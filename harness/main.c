/* SPDX-License-Identifier: MIT */
/* The program: picks the word. */
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
#include "vocabulary.h"

static const struct command {
	const char *word;
	command_function *function;
	const char *help;
} commands[] = {
	{"run", command_run, "conduct and judge cases on this kernel, and record what they showed"},
	{"list", command_list, "the cases there are, by topic; `list verbs`: what a case can say"},
	{"show", command_show,
		"one case with its sources, and its ladder; `show language`: how to write one"},
	{"matrix", command_matrix, "record files as one table, Markdown or JSON"},
	{"diff", command_diff, "what differs between two record files"},
	{"export", command_export, "record files as KTAP, or as KernelCI's KCIDB JSON"},
};

static void print_help(FILE *stream)
{
	fprintf(stream,
		"lastack: how TCP connections end, on the kernel you run\n\n"
		"Usage: lastack WORD [ARGUMENT...]\n\n");
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(stream, "  %-8s %s\n", commands[i].word, commands[i].help);
	fprintf(stream,
		"\n  lastack WORD --help says more. Exit status: 0 all as expected, 1 something\n"
		"  differs, 2 misuse or broken, 130 interrupted.\n");
}

int command_flush(int status)
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

static int unknown_word(const char *word)
{
	struct nearest nearest = {0};

	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		nearest_offer(&nearest, word, commands[i].word);
	fprintf(stderr, "lastack: read '%s', want run, list, show, matrix, diff or export", word);
	if (nearest.word)
		fprintf(stderr, ": did you mean '%s'?", nearest.word);
	fputc('\n', stderr);
	return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	actor_resume_if_asked(argc, argv);
	open_standard_files();
	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_help(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return command_flush(EXIT_AS_EXPECTED);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("lastack " LASTACK_VERSION);
		return command_flush(EXIT_AS_EXPECTED);
	}
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].word))
			return command_flush(commands[i].function(argc - 1, argv + 1));
	return unknown_word(argv[1]);
}
